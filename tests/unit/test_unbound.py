"""Whether every function of JACK's headers is bound, or listed with its reason."""

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "unbound.py"
unbound = runpy.run_path(str(TOOL))
Function = unbound["Function"]

HEADER = """
#ifdef __cplusplus
extern "C"
{
#endif
#define NOT_THIS(x) \\
    jack_in_a_macro(x);
typedef void (*JackCallback)(void *arg);
struct thing { int (*jack_member)(int); };
static inline int jack_inline(int a) { return jack_called(a); }
/** See jack_in_a_comment(); which is @deprecated. */
int jack_simple (jack_client_t *client) JACK_OPTIONAL_WEAK_EXPORT;
/**
 * Caching the result is DEPRECATED.
 */
const char **
jack_two_lines (const char *a, // a comment; with a semicolon
                int (*function)(int));
/** @deprecated Use another. */
void jack_by_tag(void);
void jack_by_macro(void) JACK_OPTIONAL_WEAK_DEPRECATED_EXPORT;
extern const char *JACK_VARIABLE;
extern int jack_last ();
#ifdef __cplusplus
}
#endif
"""


def test_what_a_header_declares():
    assert unbound["declared_in"](HEADER) == {
        "jack_simple": True,
        "jack_two_lines": False,
        "jack_by_tag": True,
        "jack_by_macro": True,
        "jack_last": False,
    }


DECLARED = {
    "jack_bound": Function("a.h", False),
    "jack_old": Function("a.h", True),
    "jack_new": Function("b.h", False),
}
STUB = '"""libjack: jack_other,\n    jack_own."""'


def complaints(declared=DECLARED, called=("jack_bound",), uncalled=(), rows=None):
    rows = {"jack_old": "Deprecated"} if rows is None else rows
    listed = {name: (section, "why") for name, section in rows.items()}
    return unbound["complaints"](declared, set(called), set(uncalled), listed, STUB)


def test_nothing_is_missing():
    found = complaints(called=("jack_bound", "jack_new"))
    assert found == []


def test_neither_bound_nor_listed():
    assert complaints() == ["jack_new (b.h): neither bound nor listed"]
    assert complaints(called=("jack_bound", "jack_new"), rows={}) == [
        "jack_old (a.h): neither bound nor listed"
    ]


def test_in_a_table_only():
    assert complaints(uncalled=("jack_new",)) == [
        "jack_new: in a table of src/core/, but nothing calls it"
    ]


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ({"jack_bound": "Of no use in Python"}, "jack_bound: listed in docs/unbound.md, but bound"),
        ({"jack_new": "Deprecated"}, "jack_new: not deprecated by b.h, but listed in 'Deprecated'"),
        ({"jack_new": "Too hard"}, "jack_new: listed in a section of another name, 'Too hard'"),
        (
            {"jack_old": "Of no use in Python"},
            "jack_old: deprecated by a.h, but listed in 'Of no use in Python'",
        ),
        (
            {"jack_new": "Done without the library"},
            "jack_new: why is said to do it, but no docstring names it",
        ),
        ({"jack_gone": "Deprecated"}, "jack_gone: listed, but no header declares it"),
    ],
)
def test_what_the_list_claims_wrongly(rows, complaint):
    others = {"jack_old": "Deprecated", "jack_new": "Of no use in Python"}
    assert complaints(rows=others) == []
    assert complaint in complaints(rows=others | rows)


def test_done_without_the_library():
    declared = {"jack_own": Function("a.h", False)}
    assert complaints(declared, (), (), {"jack_own": "Done without the library"}) == []


def test_tables_and_list_are_read():
    called, uncalled = unbound["bound"](ROOT)
    assert {"jack_client_open", "jack_transport_start", "jackctl_server_create"} <= called
    assert uncalled == set()
    rows = unbound["listed"]((ROOT / "docs" / "unbound.md").read_text("utf-8"))
    assert rows["jack_client_new"] == ("Deprecated", "`Client()`")


def test_fails_for_want_of_headers(tmp_path):
    command = [sys.executable, TOOL, "--headers", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "no headers" in done.stderr


def test_nothing_is_missing_here(capsys):
    assert unbound["main"]([]) == 0
    assert capsys.readouterr().out.endswith(" 0 complaints\n")
