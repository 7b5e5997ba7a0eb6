"""Completion: of names on the running server, and bash's way with colons and spaces."""

import os
from typing import Any

import click
from click.shell_completion import BashComplete, CompletionItem, add_completion_class

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


def install() -> None:
    add_completion_class(Bash)


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
