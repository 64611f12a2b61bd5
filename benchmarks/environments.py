"""The main job in each environment that `mlflow run` can make here: local, uv, virtualenv.

virtualenv needs pyenv with the Python of conda.yaml; conda is not tried.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
MANAGERS = ("local", "uv", "virtualenv")


def run(manager: str, project: Path) -> tuple[int, float, str]:
    """Return exit code, seconds and the last lines of `mlflow run` with an environment manager."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    began = time.perf_counter()
    done = subprocess.run(
        ["mlflow", "run", ".", f"--env-manager={manager}", "-P", "n_trials=2"],
        cwd=project,
        env={**os.environ, "PATH": path},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.returncode, time.perf_counter() - began, done.stdout[-2000:]


def main() -> None:
    """Run each manager that is there in a copy of the project; exit with 1 when one fails."""
    failed = False
    for manager in MANAGERS:
        needs = {"uv": "uv", "virtualenv": "pyenv"}.get(manager)
        if needs and not shutil.which(needs):
            print(f"| {manager} | not tried: {needs} is not on PATH |")
            continue
        with tempfile.TemporaryDirectory() as name:
            project = Path(name) / "project"
            skipped = shutil.ignore_patterns(".venv*", ".git", "mlruns", "*.db")
            shutil.copytree(ROOT, project, ignore=skipped)
            code, seconds, tail = run(manager, project)
        good = code == 0 and "version 1" in tail
        failed |= not good
        print(f"| {manager} | {'registered version 1' if good else 'FAILED'} | {seconds:.0f} s |")
        if not good:
            print(tail)
    sys.exit(failed)


if __name__ == "__main__":
    main()
