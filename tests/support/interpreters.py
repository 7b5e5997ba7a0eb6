"""Programs in interpreters with a lock of their own each, at the same time."""

import sys

# `create()` gives an interpreter with its own lock, `run(interpreter, program)` runs a text
# in it, in the calling thread; `run_all()` runs each text in an interpreter and a thread.
PREAMBLE = """
import os, sys, threading
import _xxsubinterpreters as interpreters

def create():
    return interpreters.create(isolated=True)

def run(interpreter, program):
    failure = interpreters.run_string(interpreter, program)
    if failure is not None:  # raised by Python 3.12
        raise RuntimeError(failure)

def run_all(*programs):
    created = [create() for _ in programs]
    failures = []

    def work(interpreter, program):
        try:
            run(interpreter, program)
        except BaseException as error:
            failures.append(error)

    threads = [
        threading.Thread(target=work, args=pair)
        for pair in zip(created, programs, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for interpreter in created:
        interpreters.destroy(interpreter)
    assert not failures, failures
"""

if sys.version_info >= (3, 13):
    PREAMBLE = PREAMBLE.replace("_xxsubinterpreters", "_interpreters").replace(
        "create(isolated=True)", 'create("isolated")'
    )
