"""Makes docstrings fit for the pages.

help() shows a docstring as it is written, but to Sphinx's napoleon all that follows a list of
parameters belongs to it: that is put in front.  Then comes, for each call, where it has a
place, as on the page of all calls.
"""

import ast
import re

import calls

LIBJACK = re.compile(r"\s*(?:As )?libjack\w*:[^:]*$")


def reorder(lines):
    """`lines`, in the order that napoleon needs."""
    for begin in range(len(lines) - 1):
        if lines[begin] == "Parameters" and lines[begin + 1].startswith("---"):
            break
    else:
        return lines
    for end in range(begin + 3, len(lines)):
        if lines[end] and not lines[end][0].isspace() and not lines[end - 1]:
            return [*lines[:begin], *lines[end:], "", *lines[begin:end]]
    return lines


def places(stub, core):
    """{full name: (libjack's functions, who may call, in the audio thread)}"""
    tree = ast.parse(stub.read_text(encoding="utf-8"))
    return {
        ".".join(filter(None, ("jack", owner, name))): place
        for owner, name, *place in calls.rows(tree, calls.asked_functions(core))
    }


def add_place(lines, functions, caller, audio):
    text = "\n".join(lines).rstrip()
    if functions:
        text = LIBJACK.sub("", text)
    thread = "any thread" if caller == "any" else caller
    fields = [f":called from: {thread}", f":in the audio thread: {audio}"]
    if functions:
        fields.append(":libjack: " + ", ".join(f"``{name}``" for name in functions))
    return [*text.splitlines(), "", *fields, ""]


def setup(app):
    known = places(calls.STUB, calls.CORE)
    done = set()

    def process(app, what, name, object, options, lines):
        lines[:] = reorder(lines)

    def place(app, what, name, obj, skip, options):
        # The other event does not tell whose method it is about.
        name = name.replace("jack._jack.", "jack.")
        if name in known and id(obj) not in done:
            done.add(id(obj))
            obj.docstring = "\n".join(add_place(obj.docstring.splitlines(), *known[name]))

    app.connect("autodoc-process-docstring", process, priority=100)  # before napoleon
    app.connect("autoapi-skip-member", place)
    return {"version": "1", "parallel_read_safe": True}
