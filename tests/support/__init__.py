"""What tests of several rooms share: studies, stand-ins, servers and their paths."""

import sys
from pathlib import Path

if "pytest" in sys.modules:  # not in the processes that tests start
    modules = [f"support.{file.stem}" for file in Path(__file__).parent.glob("[!_]*.py")]
    sys.modules["pytest"].register_assert_rewrite(*modules)
