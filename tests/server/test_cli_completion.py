"""Completion: what bash, zsh and fish make of it, each asked itself."""

import os
import pty
import re
import shutil
import subprocess
import sys

import pytest

from support.waiting import wait_for

# What bash would call on TAB after a line, of words as it has ended them at colons.
BASH = r"""
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
FISH = """
pyjack completion fish | source
while read line
    complete -C $line
    echo end
end
"""
# Typed on a terminal, with control and T after each line: what would be listed, and the line.
ZSH = r"""
PS1= PS2=
autoload -Uz compinit && compinit -u -D
source <(pyjack completion zsh)
exec 9> "$said"
compadd() {
    local -a found
    builtin compadd -O found "$@"
    print -lr -- $found >&9
    builtin compadd "$@"
}
finish() { zle complete-word; print -r -- "=$BUFFER" >&9; BUFFER= }
zle -N finish
bindkey '^T' finish
print -r -- ready >&9
"""


def needs(shell):
    return pytest.mark.skipif(not shutil.which(shell), reason=f"{shell} is not installed")


@pytest.fixture
def environment(jackd, studio):
    """For a shell; with ports whose names are odd."""
    studio.outports.register("my port")
    studio.outports.register("one,two")
    folder = os.path.dirname(sys.executable)
    path = f"{folder}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "JACK_DEFAULT_SERVER": jackd.name, "TERM": "dumb"}


def ask(shell, environment, lines):
    done = subprocess.run(
        shell,
        env=environment,
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout


@needs("bash")
def test_bash(environment):
    cases = {
        "pyjack tran": "transport",
        "pyjack connect a": "a|a:o1|a:o2|a:my\\ port|a:one\\,two",
        "pyjack connect a:": "o1|o2|my\\ port|one\\,two",
        "pyjack connect a:o1 b:i": "i1|i2",
        "pyjack watch --only pr": "properties",
        "pyjack -s none-such connect a": "",
        "pyjack graph --form": "--format",
    }
    said = ask(["bash", "-c", BASH], environment, cases)
    assert dict(zip(cases, said.splitlines(), strict=True)) == cases


@needs("fish")
def test_fish(environment, tmp_path):
    cases = {
        "pyjack tran": ["transport\tShow, start, stop or move the transport."],
        "pyjack connect a": ["a", "a:my port", "a:o1", "a:o2", "a:one,two"],
        "pyjack connect 'a:my": ["a:my port"],
        "pyjack graph --form": ["--format\t[default: by FILE's name, or text]"],
    }
    environment["HOME"] = str(tmp_path)
    said = ask(["fish", "--no-config", "-c", FISH], environment, cases).split("end\n")
    assert said.pop() == ""
    assert [sorted(found.splitlines()) for found in said] == list(cases.values())


@needs("zsh")
def test_zsh(environment, tmp_path):
    cases = {
        "pyjack connect a": ({"a", "a:my port", "a:o1", "a:o2", "a:one,two"}, "pyjack connect a"),
        "pyjack connect a:m": ({"a:my port"}, "pyjack connect a:my\\ port "),
        "pyjack connect a:o1 b:": ({"b:i1", "b:i2"}, "pyjack connect a:o1 b:i"),
        "pyjack graph --form": ({"--format"}, "pyjack graph --format "),
    }
    said, script = tmp_path / "said", tmp_path / "script"
    script.write_text(ZSH)
    main, terminal = pty.openpty()
    shell = subprocess.Popen(
        ["zsh", "-f", "-i"],
        env={**environment, "said": str(said), "HOME": str(tmp_path)},
        stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
    )
    try:
        os.close(terminal)
        os.write(main, f"source {script}\n".encode())
        wait_for(lambda: said.exists() and said.read_text(), 30, "zsh is ready")
        for number, line in enumerate(cases, 1):
            os.write(main, f"{line}\x14".encode())
            wait_for(lambda: said.read_text().count("=") == number, 30, "zsh completes")
    finally:
        shell.kill()
        shell.wait()
        os.close(main)
    groups = re.findall(r"((?:[^=].*\n|\n)*)=(.*)\n", said.read_text().removeprefix("ready\n"))
    found = [(set(listed.split("\n")) - {""}, line) for listed, line in groups]
    assert dict(zip(cases, found, strict=True)) == cases
