"""``pyjack completion``: the script that makes a shell complete pyjack's words."""

import click

from jack._cli.shells import SHELLS, source


@click.command(short_help="Print the completion script for bash, zsh or fish.")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the script that completes commands, options and the names on the server.

    \b
    bash: pyjack completion bash > ~/.local/share/bash-completion/completions/pyjack
    zsh:  pyjack completion zsh > ~/.zfunc/_pyjack   (fpath+=(~/.zfunc) before compinit)
    fish: pyjack completion fish > ~/.config/fish/completions/pyjack.fish
    """
    click.echo(source(shell, "pyjack", "_PYJACK_COMPLETE", ctx.find_root().command))
