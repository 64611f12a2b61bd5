"""`command.py tune …`: a command of titan-mlopt, and the most memory that it took."""

import json
import resource
import sys

from titan_mlopt.cli import main

try:
    main(sys.argv[1:])
except SystemExit as end:
    if end.code:
        raise
peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"peak_mb": peak_kb / 1024}))
