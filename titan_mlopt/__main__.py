"""``python -m titan_mlopt``: the same as the command ``titan-mlopt``."""

from titan_mlopt.cli import main

if __name__ == "__main__":
    main()
