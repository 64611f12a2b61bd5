"""What a run of an external backtest leaves behind, for a check of the backtest."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from titan_mlopt.core.errors import short_repr
from titan_mlopt.core.json_text import parse_json
from titan_mlopt.core.trial import TrialJob
from titan_mlopt.executors.local.preload import ProcessState
from titan_mlopt.executors.local.workspace import LOG_FILE

REMNANTS_FILE = "remnants.json"
# The working folder by name: after the run it may be gone, and Path.cwd() would raise.
_CWD = "."
# What the trial itself has in its folder: folders of runs, and TMPDIR.
_OURS = ("run-", "tmp", "trial-")


@contextmanager
def remnants_noted(job: TrialJob) -> Iterator[None]:
    """Write down what is left behind by the block, where the job is one of a check."""
    if not job.examined:
        yield
        return
    home = Path.cwd()
    folders = {Path(job.candles_path).parent: "beside the candles", home: "where it works"}
    before, files, printed = ProcessState.look(), _names(folders), _log_size(job)
    try:
        yield
    finally:
        sys.stdout.flush()
        new = sorted(_names(folders) - files)
        texts = [
            f"it writes the file {short_repr(path.name)} {folders[path.parent]}" for path in new
        ]
        texts += [before.remnant(ProcessState.look())]
        texts += [] if home.samefile(_CWD) else ["it changes the working folder"]
        if _log_size(job) > printed:
            texts.append("it prints text, which goes to the trial's log")
        path = Path(job.examined) / REMNANTS_FILE
        path.write_text(json.dumps([text for text in texts if text]), encoding="utf-8")


def read_remnants(folder: Path) -> list[str]:
    """Return what an examined run left behind, sentences; [] where it did not get so far."""
    path = folder / REMNANTS_FILE
    return [str(text) for text in parse_json(path.read_bytes())] if path.is_file() else []


def _names(folders: Iterable[Path]) -> set[Path]:
    """Return the files in folders, without those that are ours."""
    paths = (path for folder in folders for path in folder.iterdir())
    return {path for path in paths if not path.name.startswith(_OURS)}


def _log_size(job: TrialJob) -> int:
    path = Path(job.folder) / LOG_FILE
    return path.stat().st_size if path.is_file() else 0
