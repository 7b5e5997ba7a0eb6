"""The house's rules for sources, the built extension and its stub."""

import ast
import importlib.metadata
import inspect
import os
import pathlib
import re
import subprocess
import sys

import pytest

import jack
from jack import _jack

ROOT = pathlib.Path(__file__).parents[2]
STUB = ROOT / "src" / "jack" / "_jack.pyi"
BUILT = tuple(ROOT / "docs" / name for name in ("_build", "generated", "reference"))
LAYERS = {"rt": {"rt"}, "core": {"core", "rt"}, "py": {"py", "core", "rt"}}


def files(*patterns):
    found = sorted(path for pattern in patterns for path in ROOT.glob(pattern))
    assert found, patterns
    return [path for path in found if path.is_file()]


def c_files():
    return files(*(f"{top}/**/*.[ch]" for top in ("src", "tests/c", "tests/fuzz", "benchmarks/c")))


def text_files():
    tops = ("src", "tests", "tools", "examples", "benchmarks", "docs", ".ci")
    found = files("*.md", "*.toml", "meson.build", "Makefile", *(f"{t}/**/*" for t in tops))
    found = [path for path in found if not any(map(path.is_relative_to, BUILT))]
    found = [path for path in found if "seeds" not in path.parts]  # of the fuzzers: bytes
    return [path for path in found if path.suffix not in (".pyc", ".wav", ".png", ".so")]


def name(path):
    return str(path.relative_to(ROOT))


each_c_file = pytest.mark.parametrize("path", c_files(), ids=name)


def test_c_layout():
    # The one release that pyproject.toml names: each lays out otherwise.
    program = pathlib.Path(sys.executable).with_name("clang-format")
    command = [program, "--dry-run", "-Werror", *c_files()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", text_files(), ids=name)
def test_text(path):
    text = path.read_text(encoding="utf-8")
    lines = text.split("\n")
    if path.suffix in (".c", ".h", ".py"):
        assert len(lines) <= 500
    assert not [n for n, line in enumerate(lines, 1) if line != line.rstrip()]
    assert text == "" or (text.endswith("\n") and not text.endswith("\n\n"))
    if path.name != "Makefile":
        assert "\t" not in text
    if path != pathlib.Path(__file__):
        assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b", text)


@each_c_file
def test_function_length(path):
    limit = 40 if path.is_relative_to(ROOT / "src" / "rt") else 50
    start = None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            assert number - start + 1 < limit, f"the function before line {number}"
            start = None


@each_c_file
def test_includes(path):
    text = path.read_text()
    included = re.findall(r'^#include "(.+)"', text, re.MULTILINE)
    if path.suffix == ".h":
        code = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL).split("\n")
        code = [line for line in code if line.strip()]
        guard = code[0].removeprefix("#ifndef ")
        assert re.fullmatch(r"\w+_H", guard)
        assert code[1] == f"#define {guard}"
        assert code[-1].strip() == "#endif"
    elif path.with_suffix(".h").exists():
        first = re.search(r'^#include ["<](.+)[">]', text, re.MULTILINE)[1]
        assert first in (f"{path.parent.name}/{path.stem}.h", f"{path.stem}.h")
    layer = path.parent.name
    if path.is_relative_to(ROOT / "src"):
        tops = {i.partition("/")[0] for i in included if "/" in i}
        assert tops <= LAYERS[layer], "an include points only down"
        assert layer == "py" or "Python.h" not in text


def test_exports_only_its_init_function():
    command = ["nm", "-D", "--defined-only", _jack.__file__]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert {line.split()[-1] for line in output.splitlines()} == {"PyInit__jack"}


def public(names):
    return {n for n in names if not n.startswith("_")}


def stub_classes():
    tree = ast.parse(STUB.read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


def stub_names(body):
    names = set()
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.AnnAssign):
            names.add(node.target.id)
        elif isinstance(node, ast.ImportFrom) and node.module == "jack._errors":
            names.update(alias.asname for alias in node.names)
    return public(names)


def test_stub_has_every_name():
    tree = ast.parse(STUB.read_text(encoding="utf-8"))
    assert stub_names(tree.body) == public(vars(_jack))


def test_package_has_every_name():
    assert set(jack.__all__) == public(vars(_jack)) | {"Error"} | set(jack._LATER)
    assert sorted(set(jack.__all__)) == sorted(jack.__all__)


@pytest.mark.parametrize("name", jack._LATER)
def test_names_that_are_python_have_words(name):
    thing = getattr(jack, name)
    assert inspect.getdoc(thing)
    for member in public(vars(thing)):
        value = getattr(thing, member)
        if callable(value) or isinstance(value, property):
            assert inspect.getdoc(value), member


@pytest.mark.parametrize("class_name", stub_classes())
def test_stub_has_every_member(class_name):
    ours = getattr(_jack, class_name)
    members = public(vars(ours))
    if issubclass(ours, tuple):  # a struct sequence brings these
        members -= {"n_fields", "n_sequence_fields", "n_unnamed_fields"}
    assert stub_names(stub_classes()[class_name].body) == members


def described():
    """(name, object) of everything public that has words for users."""
    for top in sorted(public(vars(_jack))):
        thing = getattr(_jack, top)
        if callable(thing):
            yield top, thing
        if inspect.isclass(thing) and thing.__module__ != "jack._errors":
            yield from ((f"{top}.{n}", getattr(thing, n)) for n in public(vars(thing)))


def test_everything_has_a_docstring():
    assert [n for n, thing in described() if not (thing.__doc__ or "").strip()] == []


def test_every_function_has_a_signature():
    functions = {n: t for n, t in described() if inspect.isroutine(t)}
    functions = {n: t for n, t in functions.items() if not inspect.isdatadescriptor(t)}
    assert len(functions) > 70
    for function in functions.values():
        inspect.signature(function)


def run_outside(tmp_path, *arguments):
    """Python outside the tree, so that it finds the installed package only."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=110,
    )


def test_stub_fits_the_extension(tmp_path):
    if int(importlib.metadata.version("mypy").partition(".")[0]) < 2:  # takes imports for names
        pytest.skip("the mypy that has a wheel for this Python is too old")
    allowed = tmp_path / "allowed"
    allowed.write_text("jack._jack.Buffer.__buffer__\n")  # a name since Python 3.12 only
    configuration = tmp_path / "mypy.ini"
    configuration.write_text("[mypy]\nignore_missing_imports = True\n")
    options = ["--allowlist", allowed, "--ignore-unused-allowlist"]
    options += ["--mypy-config-file", configuration]
    done = run_outside(tmp_path, "-m", "mypy.stubtest", "jack", *options)
    assert done.returncode == 0, done.stdout + done.stderr


def test_import_is_clean(tmp_path):
    done = run_outside(tmp_path, "-W", "error", "-c", "import jack")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_import_is_light(tmp_path):
    program = (
        "import sys; before = {*sys.modules, *sys.builtin_module_names}; import jack;"
        "print(*(m for m in set(sys.modules) - before if m.partition('.')[0] != 'jack'))"
    )
    done = run_outside(tmp_path, "-c", program)
    assert (done.returncode, done.stdout, done.stderr) == (0, "\n", "")
