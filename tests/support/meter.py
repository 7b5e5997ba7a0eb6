"""The loop-back meter of tests/c, built and run."""

import contextlib
import json
import pathlib
import subprocess

SOURCES = pathlib.Path(__file__).resolve().parents[1] / "c"
SRC = SOURCES.parents[1] / "src"
FLAGS = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread"]


def build(folder):
    """The program; tests/c/native.c becomes native.so beside it."""
    program = folder / "meter"
    sources = [SOURCES / f"{stem}.c" for stem in ("meter", "meter_clock", "meter_thru")]
    sources += ["-I", SRC, SRC / "rt" / "jacktime.c"]
    compile_it(*sources, "-ljack", "-o", program)
    compile_it("-shared", "-fPIC", SOURCES / "native.c", "-o", folder / "native.so")
    return program


def compile_it(*words):
    command = [str(word) for word in ("cc", *FLAGS, *words)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr


class Meter:
    """What a session needs of the meter; `program` was built."""

    def __init__(self, program):
        self.program = program

    def start(self, mode, server, *words):
        command = [self.program, mode, "--server", server.name, *map(str, words)]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)

    @contextlib.contextmanager
    def thru(self, server, *words):
        """A thru client in C, while the block runs."""
        process = self.start("thru", server, *words)
        try:
            assert self.answer(process) == {"ready": True}
            yield
        finally:
            self.end(process)

    def measure(self, server, cycles, *targets, before=contextlib.nullcontext):
        """What it counts; `before()` is entered once the signal is there."""
        process = self.start("measure", server, "--cycles", cycles, "--wait", *targets)
        try:
            self.locked = self.answer(process)["locked"]
            with before():
                process.stdin.write("go\n")
                process.stdin.flush()
                found = self.answer(process)
        finally:
            self.end(process)
        for loop in found["loops"]:
            judged = loop["right"] + loop["broken"] + loop["unsent"]
            assert judged == found["cycles"] == cycles
        return found

    @staticmethod
    def answer(process):
        line = process.stdout.readline()
        assert line, process.communicate(timeout=30)[1]
        return json.loads(line)

    @staticmethod
    def end(process):
        try:
            process.communicate(timeout=30)
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()
