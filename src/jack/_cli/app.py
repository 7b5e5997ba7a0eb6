"""The program: which commands there are, and how each of them ends."""

import codecs
import contextlib
import importlib
import logging
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

import jack
from jack._cli.name import called
from jack._cli.place import Place, on_server
from jack._cli.shells import install
from jack._names import shown

FINE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

# The order of the help.  Each is `command` of the module of that name here.
COMMANDS = (
    ("list", "ports", "connect", "disconnect", "watch", "graph", "snapshot", "properties")
    + ("latency", "meter", "tone", "play", "record", "midi", "transport", "server", "net")
    + ("stats", "doctor", "demo", "completion")
)
MODULES = {"list": "listing"}

EPILOG = """\
Exit status: 0 fine, 1 JACK is in trouble or there is no server, 2 something is wrong with
the arguments, a file or the installation, 3 something was left undone (snapshot), 130
after Ctrl-C.
"""


class Program(click.Group):
    """Loads a command when it is asked for; turns what is raised into a line and a status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"jack._cli.{MODULES.get(name, name)}")
        command: click.Command = module.command
        return command

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> NoReturn:
        install()
        _write_any_name()
        name = prog_name or called()
        try:
            status = super().main(
                args, name, complete_var, standalone_mode=False, **extra
            )
        except click.UsageError as error:
            path = error.ctx.command_path if error.ctx else name
            status = _complain(path, _with_hint(error, path), USAGE)
        except click.ClickException as error:
            status = _complain(name, error.format_message(), USAGE)
        except click.Abort:
            status = _complain(name, "interrupted", INTERRUPTED)
        sys.exit(status if isinstance(status, int) else FINE)

    def invoke(self, ctx: click.Context) -> int:
        try:
            status = super().invoke(ctx)
            sys.stdout.flush()
        except KeyboardInterrupt:
            return _complain(_path_of(ctx), "interrupted", INTERRUPTED)
        except click.UsageError as error:
            if error.ctx is not None:
                raise
            path = _path_of(ctx)
            return _complain(path, _with_hint(error, path), USAGE)
        except BrokenPipeError:
            _close_stdout()
            return FAILED
        except (jack.JackError, TimeoutError) as error:
            return _complain(_path_of(ctx), error, FAILED)
        except (ValueError, OSError, ImportError) as error:
            return _complain(_path_of(ctx), error, USAGE)
        return status if isinstance(status, int) else FINE


def _complain(path: str, message: object, status: int) -> int:
    click.echo(shown(f"{path}: {' '.join(str(message).split())}"), err=True)
    return status


def _path_of(ctx: click.Context) -> str:
    return f"{ctx.command_path} {ctx.invoked_subcommand or ''}".rstrip()


def _with_hint(error: click.UsageError, path: str) -> str:
    message = error.format_message()
    end = "" if message.endswith((".", "?")) else "."
    return f"{message}{end} Try: {path} --help"


def _close_stdout() -> None:
    """Who read it is gone: nothing more can be written, at the interpreter's exit either."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.close()


def _write_any_name() -> None:
    """Names that are no Unicode are written as the bytes that they are, and what the
    encoding lacks is escaped."""
    codecs.register_error("jack-name", _name_error)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="jack-name")


def _name_error(error: UnicodeError) -> tuple[str | bytes, int]:
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.backslashreplace_errors(error)


@click.group(
    cls=Program,
    invoke_without_command=True,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "obj": None},
)
@on_server
@click.option("-v", "--verbose", is_flag=True, help="Print JACK's messages on stderr.")
@click.version_option(jack.__version__, message="rtjack %(version)s")
@click.pass_context
def program(ctx: click.Context, place: Place, verbose: bool) -> int:
    """JACK on the command line.  Without a command: the server's ports and connections."""
    if verbose:
        logging.basicConfig(level=logging.INFO, format="%(message)s")
    if ctx.invoked_subcommand is None:
        from jack._cli.listing import show

        show(place, False)
    return FINE
