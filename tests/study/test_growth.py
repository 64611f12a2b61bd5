"""A study whose candle file has grown: it says so, and its remedy goes on with the same candles."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from support.apply_cases import assert_done, run
from support.walk_cases import QUICK_SPACE, walk_study
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.errors import StudyError

# One run over all candles, without segments.
PLAIN: dict[str, Any] = {"segments": 1, "space": QUICK_SPACE, "n_trials": 1}
TODAY = sample_candles(1600)
YESTERDAY = TODAY.head(1500)


@pytest.mark.parametrize("holdout", [0.0, 0.2])
def test_a_file_that_has_grown_is_refused_and_the_remedy_goes_on_with_the_same_candles(
    tmp_path: Path, holdout: float
) -> None:
    file = tmp_path / "candles.csv"
    save_candles(YESTERDAY, file)
    before = walk_study(tmp_path, file, holdout=holdout, **PLAIN)
    save_candles(TODAY, file)
    with pytest.raises(StudyError, match="must go on with the 1,500 candles") as refused:
        walk_study(tmp_path, file, holdout=holdout, **{**PLAIN, "n_trials": 2})
    message = str(refused.value)
    # The sample begins at 2024-01-01T00:00:00Z, a candle a minute: 1,499 minutes are 24 h 59 min.
    assert "2024-01-01T00:00:00Z to 2024-01-02T00:59:00Z" in message
    assert "got 100 more after them in candles.csv; " in message
    remedy = re.search(r"\(limit=(\d+) in Python\)", message)
    assert remedy is not None
    limit = int(remedy[1])
    after = walk_study(tmp_path, file, holdout=holdout, limit=limit, **{**PLAIN, "n_trials": 2})
    assert (after.candles["sha256"], len(after.trials)) == (before.candles["sha256"], 2)
    assert after.holdout == before.holdout


def test_a_file_that_begins_otherwise_is_another_one_and_has_not_grown(tmp_path: Path) -> None:
    walk_study(tmp_path, YESTERDAY, holdout=0.2, **PLAIN)
    for other in (TODAY.part(1, 1600), sample_candles(1600, seed=5)):
        with pytest.raises(StudyError, match="must go on with the same candles"):
            walk_study(tmp_path, other, holdout=0.2, **PLAIN)


def test_the_commands_say_on_which_part_of_a_growing_file_a_study_was_tuned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    save_candles(YESTERDAY, "candles.csv")
    walk_study(tmp_path, "candles.csv", holdout=0.0, **PLAIN)
    save_candles(TODAY, "candles.csv")
    refused = run("tune", "--study-name", "walk", "--candles", "candles.csv")
    assert (refused.exit_code, refused.stderr.count("\n")) == (2, 1)
    assert refused.stderr.endswith(
        "; go on with --limit 1500 (limit=1500 in Python), or choose another --study-name for a "
        "new study\n"
    )
    assert "1,500 candles of 60 s, 2024-01-01T00:00:00Z to 2024-01-02T00:59:00Z" in assert_done(
        run("studies")
    )
