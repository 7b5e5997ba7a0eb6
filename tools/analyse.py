#!/usr/bin/env python3
"""Have gcc's -fanalyzer, clang-tidy and cppcheck read the C sources.

    tools/analyse.py BUILD [TOOL]...    BUILD has a compile_commands.json

What they find is printed, and makes this fail, unless tools/analysers.toml has a row for it
that says why it is none.  A row that nothing was found for any more makes it fail, too.
"""

import collections
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[1]
ACCEPTED = ROOT / "tools" / "analysers.toml"
Finding = collections.namedtuple("Finding", "tool check file line text")

MESSAGE = re.compile(
    r"^(?P<file>[^\s:]+):(?P<line>\d+):\d+: "
    r"(?P<kind>warning|error|performance|portability|style): (?P<text>.*) \[(?P<check>\S+?)\]$"
)


def compilations(build):
    """(folder, source, words of the command) of each source of ours."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        folder = pathlib.Path(entry["directory"])
        source = (folder / entry["file"]).resolve()
        if source.is_relative_to(ROOT / "src"):
            yield folder, source, shlex.split(entry["command"])


def without_outputs(words):
    """A command that writes no file, and goes on after warnings."""
    words, result = iter(words), []
    for word in words:
        if word in ("-o", "-MF", "-MQ"):
            next(words)
        elif word not in ("-MD", "-Werror"):
            result.append(word)
    return result


def run(command, folder):
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    return done.stdout + done.stderr


def program(*names):
    for name in names:
        if shutil.which(name):
            return name
    sys.exit(f"analyse: none of {', '.join(names)} is there; Debian has packages of that name")


def gcc_commands(build):
    gcc = program("gcc-12", "gcc")
    extra = ["-fanalyzer", "-g0", "-o", "/dev/null"]
    plain = ["-fdiagnostics-plain-output", "-fanalyzer-verbosity=0"]
    for folder, _, words in compilations(build):
        yield [gcc, *without_outputs(words)[1:], *extra, *plain], folder


def tidy_commands(build):
    tidy = program("clang-tidy-19", "clang-tidy")
    for folder, source, _ in compilations(build):
        yield [tidy, "-p", str(build), "--quiet", str(source)], folder


def cppcheck_commands(build):
    options = ["--std=c11", "--enable=warning,performance,portability", "--quiet"]
    options += [f"--library={library}" for library in ("posix", "gnu", "python")]
    options += ["--suppress=missingInclude", "-DPy_UNREACHABLE()=abort()"]
    options += ["-DPy_BEGIN_ALLOW_THREADS=", "-DPy_END_ALLOW_THREADS="]
    options += ["--template={file}:{line}:{column}: {severity}: {message} [{id}]"]
    headers = ["-I", str(ROOT / "src"), "-I", str(build / "src" / "py")]
    for _, source, _ in compilations(build):
        yield [program("cppcheck"), *options, *headers, str(source)], ROOT


TOOLS = {"gcc": gcc_commands, "clang-tidy": tidy_commands, "cppcheck": cppcheck_commands}


def findings(tool, build):
    """Those of all sources; what is said of a header is said once."""
    jobs = list(TOOLS[tool](build))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        outputs = pool.map(lambda job: (job[1], run(*job)), jobs)
        found = {}
        for folder, output in outputs:
            for match in filter(None, map(MESSAGE.match, output.splitlines())):
                path = (folder / match["file"]).resolve()
                number = int(match["line"])
                line = path.read_text().splitlines()[number - 1].strip()
                name = str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
                finding = Finding(tool, match["check"], name, line, match["text"])
                found[finding] = f"{name}:{number}: {match['text']} [{tool}: {match['check']}]"
    return found, len(jobs)


def matches(row, finding):
    keys = ("tool", "check", "file", "line")
    # A header of Python's lies elsewhere on each machine.
    own = all(row[key] == getattr(finding, key) for key in keys if key != "file")
    return own and (row["file"] == finding.file or finding.file.endswith("/" + row["file"]))


def main(build, *tools):
    rows = tomllib.loads(ACCEPTED.read_text())["accepted"]
    failed = False
    for tool in tools or TOOLS:
        found, sources = findings(tool, pathlib.Path(build).resolve())
        mine = [row for row in rows if row["tool"] == tool]
        new = [text for f, text in found.items() if not any(matches(row, f) for row in mine)]
        stale = [row for row in mine if not any(matches(row, finding) for finding in found)]
        for text in new:
            print(text)
        for row in stale:
            print(f"{ACCEPTED.name}: {tool} finds it no more: {row['file']}: {row['line']}")
        print(f"{tool}: {sources} sources, {len(new)} findings, {len(mine)} accepted")
        failed |= bool(new or stale) or sources == 0
    return failed


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
