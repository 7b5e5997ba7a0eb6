"""Completion: what bash shows for it, and scripts for the others."""

import os
import shutil
import subprocess
import sys

import pytest

from support import commands

# What bash would call on TAB after a line, of words as it has ended them at colons.
HARNESS = r"""
eval "$(pyjack completion bash)"
complete -p pyjack > /dev/null || exit 1
while IFS= read -r line; do
    read -ra COMP_WORDS <<< "${line//:/ : }"
    [[ $line == *[\ :] ]] && COMP_WORDS+=("")
    COMP_LINE=$line COMP_POINT=${#line} COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _pyjack_completion pyjack "${COMP_WORDS[COMP_CWORD]}" 2> /dev/null
    (IFS='|'; echo "${COMPREPLY[*]}")
done
"""


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
def test_bash(jackd, studio):
    studio.outports.register("my port")
    cases = {
        "pyjack tran": "transport",
        "pyjack connect a": "a|a:o1|a:o2|a:my\\ port",
        "pyjack connect a:": "o1|o2|my\\ port",
        "pyjack connect a:o1 b:i": "i1|i2",
        "pyjack watch --only pr": "properties",
        "pyjack -s none-such connect a": "",
        "pyjack graph --form": "--format",
    }
    folder = os.path.dirname(sys.executable)
    done = subprocess.run(
        ["bash", "-c", HARNESS],
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}",
             "JACK_DEFAULT_SERVER": jackd.name},
        input="".join(f"{line}\n" for line in cases),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""
    assert dict(zip(cases, done.stdout.splitlines(), strict=True)) == cases


def test_zsh_and_fish():
    assert commands.run("none", "completion", "zsh").out.startswith("#compdef pyjack\n")
    assert "complete --no-files --command pyjack" in commands.run("none", "completion", "fish").out
