"""The command line's hold-out and segments: what auto makes of the candles, and what is said."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from support.page_cases import numbers
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.cli import main
from titan_mlopt.cli.tune_output import split_remarks
from titan_mlopt.core.search_space import space_text
from titan_mlopt.core.settings import AUTO_CANDLES, AUTO_SEGMENTS
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.study.dataset import resolve_auto, tuning_data
from titan_mlopt.study.storage.studies import load_record

AUTO: dict[str, Any] = {"holdout": None, "segments": None, "gate": "none"}


def resolved(
    chosen: dict[str, Any], n: int, stored: Mapping[str, Any] | None = None
) -> tuple[float, int]:
    config = resolve_auto(TunerConfig(), {**AUTO, **chosen}, n, stored)
    return config.holdout, config.segments


@pytest.mark.parametrize(
    ("chosen", "n", "stored", "expected"),
    [
        ({}, 19_999, None, (0.0, 1)),
        ({}, 20_000, None, (0.2, 4)),
        ({"holdout": 0.0}, 43_200, None, (0.0, 4)),
        ({"segments": 1}, 43_200, None, (0.2, 1)),
        ({"holdout": 0.3, "segments": 5}, 500, None, (0.3, 5)),
        ({}, 43_200, {"min_predictions": 100}, (0.0, 1)),
        ({}, 500, {"holdout": 0.1, "segments": 2}, (0.1, 2)),
        ({"segments": 3}, 43_200, {"holdout": 0.1, "segments": 2}, (0.1, 3)),
    ],
    ids=[
        *("just below", "from here on", "no hold-out", "one piece", "as told"),
        *("as an older study", "as the study", "one as told"),
    ],
)
def test_auto_goes_by_the_study_and_for_a_new_one_by_the_candles(
    chosen: dict[str, Any], n: int, stored: Mapping[str, Any] | None, expected: tuple[float, int]
) -> None:
    assert resolved(chosen, n, stored) == expected


@pytest.mark.parametrize(
    ("chosen", "stored", "expected"),
    [
        ({}, None, (0.4, 1)),
        ({"holdout": 0.0}, None, (0.0, 1)),
        ({"holdout": 0.25, "segments": 2}, None, (0.25, 2)),
        ({}, {"min_predictions": 100}, (0.0, 1)),
    ],
    ids=["of itself", "no hold-out", "as told", "as an older study"],
)
def test_auto_seals_two_fifths_of_the_whole_sample(
    chosen: dict[str, Any], stored: Mapping[str, Any] | None, expected: tuple[float, int]
) -> None:
    config = resolve_auto(TunerConfig(), {**AUTO, **chosen}, 7200, stored, whole_sample=True)
    assert (config.holdout, config.segments) == expected


def test_the_help_says_what_auto_does() -> None:
    said = CliRunner().invoke(main, ["tune", "--help"]).stdout
    assert (AUTO_CANDLES, AUTO_SEGMENTS) == (20_000, 4)
    words = " ".join(said.split())
    assert "auto: 20% from 20,000 " in words
    assert "auto: 4 from 20,000 " in words
    assert "40% of the sample" in words


def remarks(chosen: dict[str, Any], n: int, *, new: bool = True) -> str:
    candles, whole = sample_candles(n), {**AUTO, **chosen}
    config = resolve_auto(TunerConfig(), whole, n, None)
    subject = tuning_data(candles, config)
    return "\n".join(split_remarks(subject, whole, n, new=new))


def test_what_is_sealed_and_cut_is_said_and_what_auto_left_out_too() -> None:
    sealed, shows, cut = remarks({"holdout": 0.2, "segments": 3}, 5000).splitlines()
    assert "2024-01-03T18:40:00Z" in sealed
    assert [numbers(sealed)[place] for place in (0, -1)] == ["1,000", "3,998"]
    # The first look: 4.148267 · √(.5 / 1,000) = .092758, 1,000 · (.092758 / .005)² = 344,162.4.
    assert numbers(shows) == ["9.3", "0.5", "344,163"]
    assert numbers(cut) == ["3", "1,083", "750"]
    hint, other = remarks({}, 5000).splitlines()
    assert hint.startswith("hold-out: none")
    assert numbers(hint) == ["5,000", "20,000", "20"]
    assert "--holdout 20%" in hint
    assert numbers(other) == ["5,000", "20,000", "4"]
    assert "--segments 4" in other
    assert remarks({"holdout": 0.0, "segments": 1}, 5000) == ""
    assert remarks({}, 5000, new=False) == ""


# --- the command ----------------------------------------------------------------------------------


def tune(folder: Path, *words: str) -> Result:
    plain = ["--db", str(folder / "titan.db"), "--n-trials", "1", "--register-as", "none"]
    return CliRunner().invoke(main, ["tune", *plain, *words])


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--holdout", "many"],
            "holdout: must be a share such as 0.2 or 20%, 0 for none, got 'many'",
        ),
        (["--holdout", "20"], "holdout: must be a share such as 0.2 or 20%, 0 for none, got '20'"),
        (
            ["--holdout", "-5%"],
            "holdout: must be a share such as 0.2 or 20%, 0 for none, got '-5%'",
        ),
        (
            ["--holdout", "nan"],
            "holdout: must be a share such as 0.2 or 20%, 0 for none, got 'nan'",
        ),
        (["--holdout", "95%"], "holdout: must be a number >= 0 and <= 0.9, got 0.95"),
        (["--segments", "0"], "segments: must be a whole number >= 1, got 0"),
        (["--segments", "few"], "segments: must be a whole number >= 1, got 'few'"),
        (
            ["--segments", "60"],
            "at least 6751 candles beside the hold-out (750 to warm up and 60 segments of 100)",
        ),
    ],
)
def test_a_bad_value_is_one_line_and_leaves_nothing(
    tmp_path: Path, words: list[str], message: str
) -> None:
    result = tune(tmp_path, *words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_same_command_goes_on_with_the_split_that_the_study_has(
    store: str, tmp_path: Path
) -> None:
    from support.walk_cases import QUICK_SPACE

    (tmp_path / "space.json").write_text(space_text(QUICK_SPACE))
    few = ["--space", str(tmp_path / "space.json")]
    first = tune(tmp_path, *few, "--holdout", "20%", "--segments", "2")
    assert first.exit_code == 0, first.output
    again = tune(tmp_path, *few, "--n-trials", "2")
    assert again.exit_code == 0, again.output
    assert "segments: each trial runs afresh on 2" in again.stderr
    study = load_record(tmp_path / "titan.db", "titan_optimization")
    assert len(study.trials) == 2
    assert (study.scoring["holdout"], study.scoring["segments"]) == (0.2, 2)
    other = tune(tmp_path, *few, "--n-trials", "3", "--segments", "1")
    assert other.exit_code == 2
    assert "must go on with the same scoring, segments=2, warm_up=750, got segments=none" in (
        other.stderr
    )


@pytest.mark.slow
def test_from_20_000_candles_on_a_plain_command_seals_and_cuts(store: str, tmp_path: Path) -> None:
    from support.walk_cases import QUICK_SPACE

    save_candles(sample_candles(20_000), tmp_path / "long.csv")
    (tmp_path / "space.json").write_text(space_text(QUICK_SPACE))
    words = ["--space", str(tmp_path / "space.json"), "--candles", str(tmp_path / "long.csv")]
    result = tune(tmp_path, *words)
    assert result.exit_code == 0, result.output
    assert "hold-out: the last 4,000 candles are sealed" in result.stderr
    assert "3,812 scored bars" in result.stderr
    study = load_record(tmp_path / "titan.db", "titan_optimization")
    assert study.candles["count"] == 15_998
    assert study.trials[0].outcome is not None
    assert [s.bars for s in study.trials[0].outcome.segments] == [3812, 3812, 3812, 3811]
    assert "4,000 candles sealed" in result.stdout
    # The commands of the description go on with the same.
    from titan_mlopt.report.commands import study_commands

    commands = study_commands(study, None, tmp_path / "titan.db")
    assert any("--holdout 0.2 --segments 4" in command for command in commands.values())
