"""The command line: ``python -m jack``, also installed as ``pyjack``."""

import sys

from jack._cli.name import called

NEEDED = ("click", "rich")


def main() -> int:
    """Run it; returns the exit status."""
    try:
        import rich  # noqa: F401  which commands take later

        from jack._cli.app import program
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in NEEDED:
            raise
        print(
            f"{called()}: the command line needs {' and '.join(NEEDED)} ({error}); "
            "try: pip install 'rtjack[cli]'",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print(f"{called()}: interrupted", file=sys.stderr)
        return 130
    program.main()


if __name__ == "__main__":
    sys.exit(main())
