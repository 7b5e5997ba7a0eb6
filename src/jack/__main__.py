"""The command line: ``python -m jack``."""
