"""What a person sees while trials run and while the end is waited for, where there is no bar."""

from __future__ import annotations

import pytest

from support.summary_cases import study, trial
from titan_mlopt.cli.progress import TrialProgress


def test_the_last_line_of_progress_has_every_trial_though_it_is_no_better(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with TrialProgress() as progress:
        progress.resume(study(), 3)
        for number, value in enumerate((0.52, 0.51, 0.5)):
            progress.trial_finished(trial(number, value))
    assert capsys.readouterr().err.splitlines() == [
        "1/3 trials, best 0.5200, pruned 0, failed 0",
        "3/3 trials, best 0.5200, pruned 0, failed 0",
    ]


def test_each_thing_that_is_waited_for_has_a_line_below_the_count_that_was_reached(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with TrialProgress() as progress:
        progress.resume(study(), 9)
        for number, value in enumerate((0.52, 0.51)):
            progress.trial_finished(trial(number, value))
        progress.wait_for("drawing the plots")
        progress.wait_for("waiting for MLflow")
    assert capsys.readouterr().err.splitlines() == [
        "1/9 trials, best 0.5200, pruned 0, failed 0",
        "2/9 trials, best 0.5200, pruned 0, failed 0",
        "drawing the plots",
        "waiting for MLflow",
    ]
