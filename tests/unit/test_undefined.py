"""The build refuses an extension with a symbol that nothing brings."""

import runpy
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from jack import _jack

TOOL = Path(__file__).parents[2] / "tools" / "undefined.py"
strays = runpy.run_path(str(TOOL))["strays"]

SOURCE = """
#include <Python.h>
#include <math.h>
extern int rtj_forgotten(double number);
extern int optional(void) __attribute__((weak));
static int execute(PyObject *module)
{
    double number = PyFloat_AsDouble(module);
    return (CALL) + (optional ? optional() : 0);
}
static PyModuleDef_Slot slots[] = {{Py_mod_exec, execute}, {0, NULL}};
static PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "made", .m_slots = slots};
PyMODINIT_FUNC PyInit_made(void) { return PyModuleDef_Init(&definition); }
"""


def made(folder, call, *libraries):
    """An extension whose function does `call`, linked with `libraries`."""
    source, extension = folder / "made.c", folder / "made.so"
    source.write_text(SOURCE)
    include = f"-I{sysconfig.get_path('include')}"
    command = ["cc", "-shared", "-fPIC", f"-DCALL={call}", include, source, "-o", extension]
    subprocess.run([*command, *libraries], check=True, timeout=60)
    return extension


def check(extension, folder):
    stamp = folder / "stamp"
    command = [sys.executable, TOOL, shutil.which("nm"), extension, stamp]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert stamp.exists() == (done.returncode == 0)
    return done


def refused(done, symbol):
    assert done.returncode == 1
    assert f"made.so: {symbol} is undefined" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    return True


def test_of_a_source_that_the_build_forgot(tmp_path):
    assert refused(check(made(tmp_path, "rtj_forgotten(number)"), tmp_path), "rtj_forgotten")


def test_of_a_library_that_is_not_linked(tmp_path):
    call = "(int)sqrt(number)"
    assert refused(check(made(tmp_path, call), tmp_path), "sqrt")
    assert check(made(tmp_path, call, "-lm"), tmp_path).returncode == 0


def test_what_is_no_extension(tmp_path):
    (tmp_path / "empty.c").write_text("int nothing;\n")
    command = ["cc", "-shared", "-fPIC", tmp_path / "empty.c", "-o", tmp_path / "empty.so"]
    subprocess.run(command, check=True, timeout=60)
    done = check(tmp_path / "empty.so", tmp_path)
    assert done.returncode == 1
    assert "lists no symbols" in done.stderr


def test_of_the_installed_one(tmp_path):
    assert check(_jack.__file__, tmp_path).returncode == 0


def test_what_may_be_undefined():
    listing = "PyLong_Type U\n_Py_NoneStruct U\nfree@GLIBC_2.2.5 U\n__gmon_start__ w\nrtj_a U\n"
    assert strays(listing) == ["rtj_a"]
