"""`command.py tune …`: a command of titan-mlopt, and the most memory that it took."""

import json
import sys

from peak import peak_mb

from titan_mlopt.cli import main

try:
    main(sys.argv[1:])
except SystemExit as end:
    if end.code:
        raise
print(json.dumps({"peak_mb": peak_mb()}))
