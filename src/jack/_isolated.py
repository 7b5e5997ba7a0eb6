"""What the extension calls in the interpreter of an isolated callback."""

import gc
import importlib
import sys
import traceback

import jack


def resolve(target):
    """The object that "package.module:function" names; imports the module."""
    module, _, name = target.partition(":")
    found = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    if not callable(found):
        raise TypeError(f"{target} must be callable, not {type(found).__name__}")
    return found


def prepare(spec, rings):
    """Give the callback, and NumPy if what was imported uses it, else None."""
    _path, argv, target, init, args, places, collect = spec
    sys.argv = list(argv)
    if not collect:
        gc.disable()
    function = resolve(target)
    if init is not None:
        args = list(args)
        for place, ring in zip(places, rings, strict=True):
            args[place] = ring
        resolve(init)(*args)
    gc.collect()
    gc.freeze()
    return function, sys.modules.get("numpy")


def describe(error):
    """Its type, message and traceback as text, and whether it ends the callback quietly."""
    kind = type(error)
    name = kind.__qualname__
    if kind.__module__ != "builtins":
        name = f"{kind.__module__}.{name}"
    try:
        message = str(error)
    except Exception as second:
        message = f"<its text raised {type(second).__name__}>"
    text = "".join(traceback.format_exception(error))
    return name, message, text, isinstance(error, jack.CallbackExit)
