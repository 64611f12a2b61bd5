"""The command line: parse, call, print. Bad input is one line on stderr and exit code 2."""

from titan_mlopt.cli.main import main

__all__ = ["main"]
