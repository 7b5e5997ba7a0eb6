"""The addresses of what ctypes, cffi and Numba call functions and pointers.

Neither ctypes nor cffi is imported: whoever comes with an object of theirs has done so.
"""

import operator
import sys


def function_address(fn: object) -> int:
    """Where a C function is; for a PyCapsule the extension knows itself."""
    address = _foreign_address(fn)
    if address is not None:
        return address
    if isinstance(getattr(fn, "address", None), int):  # Numba's cfunc
        return fn.address  # type: ignore[attr-defined,no-any-return]
    if isinstance(fn, int) and not isinstance(fn, bool):
        return fn
    raise TypeError(
        "fn must be a function pointer of ctypes or cffi, a PyCapsule, a cfunc of Numba, "
        f"or an address, not {type(fn).__name__}"
    )


def pointer_address(arg: object) -> int | None:
    """Where `arg` points to; None when it is no pointer."""
    if isinstance(arg, int):
        return operator.index(arg)
    return _foreign_address(arg)


def _foreign_address(pointer: object) -> int | None:
    ctypes = sys.modules.get("ctypes")
    if ctypes is not None and isinstance(pointer, _pointer_types(ctypes)):
        return ctypes.cast(pointer, ctypes.c_void_p).value or 0
    cffi = sys.modules.get("_cffi_backend")
    if cffi is not None and isinstance(pointer, cffi._CDataBase):
        return int(cffi.FFI().cast("uintptr_t", pointer))
    return None


def _pointer_types(ctypes: object) -> tuple[type, ...]:
    """Those that hold an address; other objects of ctypes are buffers."""
    names = "_CFuncPtr", "_Pointer", "c_void_p", "c_char_p", "c_wchar_p"
    by_reference = type(ctypes.byref(ctypes.c_int()))  # type: ignore[attr-defined]
    return (*(getattr(ctypes, name) for name in names), by_reference)
