"""The inside of a container: mounts made by root, then commands that ``nobody`` runs.

A script, started in a mount namespace of its own, so that nothing of it is seen outside. The code
stays where it is, read-only; ancestors that ``nobody`` may not enter (a home, a private clone) are
covered by an empty folder that leads to it alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

_NOBODY = 65_534
_HOME, _WORK, _TMP, _MEMORY = Path("/tmp/home"), Path("/tmp/work"), Path("/tmp"), Path("/dev/shm")


def main(plan: dict) -> None:
    trees = _outermost([Path(tree) for tree in plan["trees"]])
    _mount("tmpfs", _MEMORY, "size=64m,mode=1777", kind="tmpfs")
    stages = [_MEMORY / f"tree-{number}" for number in range(len(trees))]
    for stage, tree in zip(stages, trees, strict=True):
        stage.mkdir()
        _bind(tree, stage)
    for cover in _outermost([_TMP, *filter(None, map(_closed_ancestor, trees))]):
        mode = "1777" if cover == _TMP else "755"
        _mount("tmpfs", cover, f"size=512m,mode={mode}", kind="tmpfs")
    for stage, tree in zip(stages, trees, strict=True):
        tree.mkdir(parents=True, exist_ok=True)
        _bind(stage, tree)
        _call("mount", "-o", "remount,bind,ro", tree)
        _call("umount", stage)
        stage.rmdir()
    for folder in (_HOME, _WORK):
        folder.mkdir()
        os.chown(folder, _NOBODY, _NOBODY)
    _bind(_HOME, _HOME)
    _call("mount", "-o", "remount,bind,ro", _HOME)
    if plan["prepare"]:
        _call("sh", "-ec", plan["prepare"])
    given = {"HOME": str(_HOME), "PATH": os.environ["PATH"], **plan["env"]}
    env = {name: value for name, value in given.items() if value is not None}
    _run(["-c", "import numpy, mlflow, optuna"], env, check=True)
    json.dump([_run(words, env) for words in plan["commands"]], sys.stdout)


def _run(words: list[str], env: dict[str, str], *, check: bool = False) -> dict:
    ran = subprocess.run(
        [sys.executable, *words],
        cwd=_WORK,
        env=env,
        user=_NOBODY,
        group=_NOBODY,
        extra_groups=[],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if check and ran.returncode != 0:
        sys.exit(f"nobody must be able to read the environment, got {ran.stderr.strip()}")
    return {"words": words, "code": ran.returncode, "out": ran.stdout, "err": ran.stderr}


def _closed_ancestor(tree: Path) -> Path | None:
    """Return the first folder above ``tree`` that others may not enter."""
    for folder in reversed(tree.parents):
        if not folder.stat().st_mode & 0o001:
            return folder
    return None


def _outermost(folders: list[Path]) -> list[Path]:
    """Return the folders that lie in none of the others, each once."""
    each = list(dict.fromkeys(folders))
    return [folder for folder in each if not any(other in folder.parents for other in each)]


def _bind(source: Path, target: Path) -> None:
    _mount(str(source), target, "bind")


def _mount(source: str, target: Path, options: str, kind: str = "none") -> None:
    _call("mount", "-t", kind, "-o", options, source, target)


def _call(*words: object) -> None:
    ran = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        sys.exit(f"{words[0]}: {ran.stderr.strip()}")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
