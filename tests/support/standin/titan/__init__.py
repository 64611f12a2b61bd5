"""A stand-in for production Titan, written for the tests: its habits, not its skill."""

__version__ = "0.9.1"
