"""Makes the page of all calls: for each its libjack functions, and from where it may be
called.  All of it is read from the stub's docstrings and from the engine in src/core."""

import ast
import pathlib
import re

ROOT = pathlib.Path(__file__).parents[2]
STUB = ROOT / "src" / "jack" / "_jack.pyi"
CORE = ROOT / "src" / "core"
ASKED = re.compile(r"RTJ_ASK\((.*?)\);", re.DOTALL)
FUNCTION = re.compile(r"\bjack\w*_\w+\b")
# What the engine calls by way of functions of its own.
BY_WAY = {"rtj_turns_close": "jack_client_close", "load": "jack_internal_client_load"}
# What libjack takes to the server by itself, outside of RTJ_ASK().
FURTHER = {
    "jack_client_open",
    "jack_get_client_name_by_uuid",
    "jack_get_uuid_for_client_name",
    "jack_release_timebase",
    "jack_reserve_client_name",
    "jack_session_notify",
    "jack_set_buffer_size",
    "jack_set_timebase_callback",
}
READS_FILES = {"jack_get_all_properties", "jack_get_properties", "jack_get_property"}
ALLOCATES = {
    *("gain", "get_ports", "meter", "mix", "mlock", "open_stream", "play", "play_file"),
    *("playrec", "rec", "rec_file", "set_error_function", "set_info_function"),
    *("set_native_callback", "set_isolated_callback", "silence", "snapshot", "tone", "events"),
}
ENDS_THINGS = {"clear", "close", "detach", "unregister", "remove", "stop", "reload", "share"}
HOSTS = {"Server", "NetSlave", "NetMaster", "NetAdapter"}  # they start and end threads
# Whatever their words: send() of a MIDI port does not wait in JACK's callbacks.
DOES_NOT_WAIT = {"fileno", "reset", "send", "set_sync_timeout", "transport_stop"}

HEAD = """\
# All calls

For each call: which functions of libjack it uses, who may call it, and whether it has a place
in the audio thread, in a process, timebase or sync callback. The table is made from the
descriptions in the [reference](jack/index) and from the sources.

- **any**: from any thread, with no lock of yours. Calls of several threads on one object do
  not disturb each other.
- **no: asks the server**: it waits for the server's answer. In the audio thread it makes the
  block late.
- **no: waits**: it waits until something happens.
- **no: allocates**, **no: reads files**, **no**: it takes as long as that may take.
- **before activate()**: it is refused while the client is active.
- **does not wait**: it neither asks the server nor waits. It is Python all the same: in a
  callback without lookahead it runs under the interpreter's lock, so it is as safe for realtime
  as that callback is. [The tiers](../tiers.md) tell what that means.
- **made for it**: it means something there alone, in the callback or thread that is named.
"""


def asked_functions(folder):
    """libjack's functions that wait for the server, as the engine calls them."""
    found = set(FURTHER)
    for path in sorted(folder.glob("*.c")):
        for call in ASKED.findall(path.read_text(encoding="utf-8")):
            found.update(name for word, name in BY_WAY.items() if re.search(rf"\b{word}\(", call))
            found.update(re.findall(r"\bjack_\w+(?=\()", call))
    return found


def libjack(doc):
    """The functions behind the last "libjack:" of a docstring."""
    if not re.search(r"libjack\w*:", doc):
        return []
    return list(dict.fromkeys(FUNCTION.findall(re.split(r"libjack\w*:", doc)[-1])))


def who(doc):
    text = " ".join(doc.split())
    for words, answer in {
        "For the process callback": "the process callback",
        "As write_midi_event(), without a copy": "the process callback",
        "in the process callback, in every block anew": "the process callback",
        "In the function of set_process_thread() alone": "the process thread",
        "The block is done: clients that depend": "the process thread",
        "The writer's.": "the thread that writes",
        "The reader's.": "the thread that reads",
        "Neither reader nor writer may be at work": "while nobody reads or writes",
        "One thread may read": "one thread that reads, one that writes",
    }.items():
        if words in text:
            return answer
    return "any"


def in_the_audio_thread(owner, name, doc, functions, asked, is_coroutine):
    text = " ".join(doc.split())
    if who(doc) in ("the process callback", "the process thread"):
        return "made for it"
    if is_coroutine:
        return "no: asyncio, trio"
    if asked.intersection(functions):
        return "no: asks the server"
    if READS_FILES.intersection(functions):
        return "no: reads files"
    if name in DOES_NOT_WAIT and owner not in HOSTS:
        return "does not wait"
    if name in ALLOCATES:
        return "no: allocates"
    if name.startswith("set_") and name.endswith("_callback"):
        sync = name == "set_sync_callback" or owner is None
        return "does not wait" if sync else "before activate()"
    if name in ENDS_THINGS or owner in HOSTS or re.search(r"[Nn]ot from ", text):
        return "no"
    if name == "process" or re.search(r"(?<!never )\b[Ww]aits?\b", text):
        return "no: waits"
    return "does not wait"


def rows(tree, asked):
    """(class or None, name, libjack's functions, who, in the audio thread), in order."""
    for owner, body in [(None, tree.body), *classes(tree)]:
        seen = set()
        for node in body:
            if not isinstance(node, ast.FunctionDef) or node.name in seen:
                continue
            doc = ast.get_docstring(node)
            if node.name.startswith("_") or not doc:
                continue
            seen.add(node.name)
            functions = libjack(doc)
            coroutine = "Coroutine" in ast.unparse(node.returns or ast.Constant(None))
            where = in_the_audio_thread(
                owner, node.name, doc, functions, asked, coroutine
            )
            yield owner, node.name, functions, who(doc), where


def classes(tree):
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, node.body


def page(stub, core):
    tree = ast.parse(stub.read_text(encoding="utf-8"))
    lines = [HEAD]
    section = object()
    for owner, name, functions, caller, audio in rows(tree, asked_functions(core)):
        if owner != section:
            section = owner
            lines += ["", f"## {owner or 'The module'}", ""]
            lines += ["| call | libjack | called from | in the audio thread |"]
            lines += ["| --- | --- | --- | --- |"]
        full = f"jack.{owner}.{name}" if owner else f"jack.{name}"
        code = ", ".join(f"`{function}`" for function in functions) or "–"
        lines.append(f"| {{py:obj}}`{name} <{full}>` | {code} | {caller} | {audio} |")
    return "\n".join(lines) + "\n"


def setup(app):
    def write(app):
        folder = pathlib.Path(app.srcdir) / "reference"
        folder.mkdir(exist_ok=True)
        (folder / "calls.md").write_text(page(STUB, CORE), encoding="utf-8")

    app.connect("builder-inited", write, priority=900)  # after autoapi
    return {"version": "1", "parallel_read_safe": True}
