"""Completion: of names on the running server, and the shells' ways with odd characters."""

import os
from typing import Any

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    add_completion_class,
)

import jack
from jack._cli.place import Place

SHELLS = ("bash", "zsh", "fish")

# bash ends words at colons, which port names have; so the whole line is read here, and what
# bash holds for done already is taken off again.
_BASH = """\
%(complete_func)s() {
    local IFS=$'\\n' line type value word=${COMP_WORDS[COMP_CWORD]}
    local typed=${COMP_LINE:0:COMP_POINT}
    COMPREPLY=()
    while read -r line; do
        type=${line%%%%,*} value=${line#*,}
        case $type in
        dir) compopt -o dirnames ;;
        file) compopt -o default ;;
        start) word=$value ;;
        plain)
            [[ $COMP_WORDBREAKS == *:* ]] && value=${value#"${word%%"${word##*:}"}"}
            COMPREPLY+=("$(printf '%%q' "$value")") ;;
        esac
    done < <(%(complete_var)s=bash_complete COMP_LINE="$typed" "$1")
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""


class Bash(BashComplete):
    """click's, which counts on words without colons."""

    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        line = os.environ["COMP_LINE"]
        words = click.shell_completion.split_arg_string(line)
        incomplete = "" if not words or line[-1:].isspace() else words.pop()
        return words[1:], incomplete

    def complete(self) -> str:
        args, incomplete = self.get_completion_args()
        items = self.get_completions(args, incomplete)
        return "\n".join([f"start,{incomplete}", *map(self.format_completion, items)])


# click's own splits at each comma, which descriptions and port names have.
_FISH = """\
function %(complete_func)s
    for line in (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp) \\
            COMP_CWORD=(commandline -t) %(prog_name)s)
        set -l found (string split -m 1 -- "," $line)
        switch $found[1]
            case dir
                __fish_complete_directories $found[2]
            case file
                __fish_complete_path $found[2]
            case plain
                echo $found[2]
        end
    end
end
complete --no-files --command %(prog_name)s --arguments "(%(complete_func)s)"
"""


class Fish(FishComplete):
    """click's, which counts on words without commas."""

    source_template = _FISH


def install() -> None:
    add_completion_class(Bash)
    add_completion_class(Fish)


class Name(click.ParamType):
    """The name of a port or client, completed with those on the server."""

    name = "name"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        place = ctx.find_object(Place) or Place()
        try:
            if not jack.server_running(place.server, timeout=0.5):
                return []
            with place.client("jack-complete") as client:
                names = [port.name for port in client.get_ports()]
        except jack.JackError:
            return []
        clients = list(dict.fromkeys(name.partition(":")[0] for name in names))
        names = [name for name in [*clients, *names] if name.isprintable()]
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]


NAME = Name()


def source(shell: str, program: str, variable: str, group: click.Command) -> str:
    """The script for a shell."""
    install()
    kind: Any = click.shell_completion.get_completion_class(shell)
    text: str = kind(group, {}, program, variable).source()
    return text
