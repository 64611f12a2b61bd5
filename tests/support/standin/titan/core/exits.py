"""A module that ends the interpreter when it is imported, as scripts without a guard do."""

import sys

sys.exit("usage: exits.py CSV")
