"""The pages that people read, each whole: what they say is held here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from support.page_cases import PAGES, WRITE, assert_page, html_lines, lines_text
from support.report_cases import (
    MOMENT,
    ROBUSTNESS,
    STATISTICS,
    evidence,
    fresh_decision,
    gate_decision,
    placebos,
    rival,
    settings_of,
    whole_study,
)
from support.sensitivity_cases import CONFIG, RANGES
from support.summary_cases import finished, front_of, study, trial
from support.walked_cases import walk_result, walked_steps
from titan_mlopt.analysis.significance import StudyStatistics
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.cli.gate import promotion_text, verdict_line
from titan_mlopt.cli.placebo import placebo_line
from titan_mlopt.cli.tune_output import split_remarks, study_remarks, tune_text
from titan_mlopt.core.bundle import Bundle
from titan_mlopt.core.findings import GateDecision
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import COMPLETE, EXCEPTION, FAIL, TrialOutcome
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.evaluation.gate.evidence import CHAMPION, COIN
from titan_mlopt.evaluation.gate.promotion import Promotion
from titan_mlopt.evaluation.sensitivity.analysis import Sensitivity, find_effects, plan_variations
from titan_mlopt.evaluation.sensitivity.report import markdown, text_lines
from titan_mlopt.evaluation.walk.page import walk_page
from titan_mlopt.report.commands import study_commands
from titan_mlopt.report.findings.fresh import fresh_files, fresh_lines
from titan_mlopt.report.findings.gate import decision_html, decision_lines, decision_markdown
from titan_mlopt.report.findings.robustness import robustness_html, robustness_sentence
from titan_mlopt.report.format import luck_text
from titan_mlopt.report.leaderboard import board_lines, ordered_trials
from titan_mlopt.report.quality import quality_rows
from titan_mlopt.report.study_page import markdown_note
from titan_mlopt.report.terminal import aligned, summary_lines
from titan_mlopt.report.version_page import Forced, describe_version
from titan_mlopt.study.dataset import tuning_data
from titan_mlopt.tracking.mirror.messages import Registered
from titan_mlopt.tuning import TuneReport

DB = Path("/data/titan.db")
LINKS = {
    "ui": "mlflow server --port 5000",
    **{name: f"http://…/{name}" for name in ("study", "trials", "report")},
}


# --- the study -----------------------------------------------------------------------------------


def study_page() -> str:
    record, links = whole_study(), {0: "#/experiments/1/runs/a0", 1: "#/experiments/1/runs/a1"}
    commands, stopped = study_commands(record, None, DB), "Stopped by SIGINT after 6 of 100 trials."
    return markdown_note(
        record, commands, trial_links=links, stopped=stopped, statistics=STATISTICS
    )


def study_page_without_a_verdict() -> str:
    return markdown_note(study(*finished().trials, settings={"ece_constraint": 0.05}), {})


def verdict_lines(record: StudyRecord, statistics: StudyStatistics) -> str:
    """Return what `titan-mlopt verdict` says before its last line."""
    return lines_text(luck_text(record), "", *aligned(quality_rows(record, statistics)))


def verdict_without_findings() -> str:
    """A study of one trial: no ratio above 0, nothing to cross-validate, no hold-out."""
    assert STATISTICS.sharpe is not None
    never = replace(STATISTICS.sharpe, sharpe=-3.0, track_record=None, backtest_years=None)
    return verdict_lines(
        study(trial(0, 0.5, accuracy=0.5, n_predictions=2500.0)),
        replace(STATISTICS, sharpe=never, overfitting=None),
    )


# --- a run of tune -------------------------------------------------------------------------------


def tune_start() -> str:
    """What is said before the first trial: with hold-out and segments, and with few candles."""
    candles, said = sample_candles(5000), list[str]()
    for config, chosen in (
        (TunerConfig(holdout=0.2, segments=3), {"holdout": 0.2, "segments": 3}),
        (TunerConfig(n_jobs=2), {"holdout": None, "segments": None}),
    ):
        data = tuning_data(candles, config)
        said += split_remarks(data, chosen, len(candles), new=True)
        for n_ended in (40, 100):
            said += study_remarks(config, data, n_ended, 100)
    return lines_text(*said)


def tune_report(record: StudyRecord, **changes: object) -> TuneReport:
    report = TuneReport(
        study=record,
        trials_run=6,
        stopped=False,
        registered=Registered("titan-config", "1", True),
        mirror_failure=None,
        links=LINKS,
        seconds={"trials": 12.34, "plots": 0.5},
        db_path="titan.db",
    )
    return replace(report, **changes)  # type: ignore[arg-type]  # fields by name


def tune_end_without_a_holdout() -> str:
    return tune_text(tune_report(study(*finished().trials, settings=settings_of())))


def test_a_stop_after_the_last_trial_is_told_with_the_plots_that_are_missing() -> None:
    report = tune_report(whole_study(), seconds={"trials": 12.34})
    line = "stopped after the last trial: no plots were drawn; `titan-mlopt report` draws them"
    assert line in tune_text(report)
    assert line not in tune_text(tune_report(whole_study()))


def tune_end_when_stopped() -> str:
    failure = "http://mlflow:5000: must answer as an MLflow store"
    record = study(trial(0, state=FAIL))
    return tune_text(
        tune_report(record, stopped=True, registered=None, mirror_failure=failure, links={})
    )


def tune_end_without_a_complete_trial() -> str:
    return tune_text(tune_report(study(trial(0, state=FAIL)), registered=None, links={}))


# --- gate and version ----------------------------------------------------------------------------

PROMOTED = gate_decision(evidence())
HARMED = gate_decision(
    evidence(
        rival(CHAMPION, 0.578, 0.4),
        rival(COIN, 0.5, 0.001),
        drawdown=(0.131, 0.1),
        overfitting=None,
        deflated_sharpe=None,
    )
)
ALONE = (rival(COIN, 0.5, 0.001), rival("majority class", 0.55, 0.03), rival("persistence", 0.5, 0))
TOO_SHORT = gate_decision(evidence(*ALONE))
UNSCORED = gate_decision(None)


def judged(one: GateDecision) -> StudyRecord:
    return replace(whole_study(), findings={"gate": (one,)})


def gate_lines(one: GateDecision) -> str:
    return lines_text(*decision_lines(judged(one), one))


def promotions() -> str:
    """What `promote` says, and the last line of `tune --promote`, case by case."""
    passed = Promotion("titan-config", "2", "1", True, PROMOTED)
    refused = Promotion("titan-config", "2", "1", False, HARMED)
    first = Promotion("mine", "2", None, False, TOO_SHORT)
    said = [promotion_text(one) for one in (passed, refused, first, replace(passed, decision=None))]
    last = [verdict_line(one, failed=False) for one in (passed, refused, first, None)]
    return lines_text(*(f"{text}\n" for text in said), *last, verdict_line(None, failed=True))


def version_page(judgement: GateDecision | None, *forced: Forced) -> str:
    metrics = {"accuracy": 0.55, "n_predictions": 1000.0, "ece": 0.021, "ece_noise": 0.03}
    manifest = {
        "study": {"uid": "u", "name": "night"},
        "trial": 3,
        "metrics": {**metrics, "sharpe": 3.5, "sharpe_se": 16.2, "coverage": 0.4},
        "backtest": {"path": "titan_mlopt.backtest.runner:run_backtest"},
        "candles": {"name": "btc.csv", "count": 1000, "sha256": "ab12"},
    }
    return describe_version(Bundle({"ml.max_depth": 7}, {}, manifest), judgement, 4, forced)


COLLECTING = fresh_decision(3.1)
FORCED = Forced(MOMENT, "me@desk", "the *boss* said so", "KEEP_CHAMPION")


# --- placebo and sensitivity ---------------------------------------------------------------------


def placebo_lines() -> str:
    record = study(trial(0, 0.52), trial(1, 0.51))
    runs = ((), placebos(0.5, 0.53, n_trials=1), placebos(*[0.5] * 19, n_trials=2))
    return lines_text(*(placebo_line(replace(record, findings={"placebo": one})) for one in runs))


def robustness_page() -> str:
    same = robustness_sentence(replace(ROBUSTNESS, flattest=ROBUSTNESS.best))
    return html_lines(robustness_html(study(), ROBUSTNESS)) + lines_text(same)


def sensitivity(noise: float, fails: bool = False) -> Sensitivity:
    """Return the study of a config whose runs differ by this much; one end may fail."""

    def of(accuracy: float, ece: float = 0.05) -> TrialOutcome:
        metrics = {"accuracy": accuracy, "ece": ece, "sharpe": 1.0, "n_predictions": 100.0}
        return TrialOutcome(COMPLETE, metrics=metrics)

    bad = TrialOutcome(FAIL, EXCEPTION, "RuntimeError: no such window")
    ends = [bad if fails else of(0.4877), of(0.5, 0.050001), of(0.5)]
    outcomes = [of(0.5 - noise), of(0.5 + noise), *ends]
    return find_effects(CONFIG, RANGES, plan_variations(CONFIG, RANGES), dict(enumerate(outcomes)))


TEXTS: dict[str, Callable[[], str]] = {
    "study.md": study_page,
    "study_without_verdict.md": study_page_without_a_verdict,
    "study_of_two_objectives.md": lambda: markdown_note(front_of(7), {}),
    "study_without_trials.md": lambda: markdown_note(study(), {}),
    "summary.txt": lambda: lines_text(*summary_lines(whole_study())),
    "summary_of_two_objectives.txt": lambda: lines_text(*summary_lines(front_of(7))),
    "summary_without_trials.txt": lambda: lines_text(*summary_lines(study())),
    "leaderboard.txt": lambda: lines_text(
        *board_lines(whole_study(), ordered_trials(whole_study()), ["coverage"])
    ),
    "verdict.txt": lambda: verdict_lines(whole_study(), STATISTICS),
    "verdict_without_findings.txt": verdict_without_findings,
    "tune_start.txt": tune_start,
    "tune_end.txt": lambda: lines_text(tune_text(tune_report(whole_study()))),
    "tune_end_without_holdout.txt": lambda: lines_text(tune_end_without_a_holdout()),
    "tune_end_stopped.txt": lambda: lines_text(tune_end_when_stopped()),
    "tune_end_none_completed.txt": lambda: lines_text(tune_end_without_a_complete_trial()),
    "gate_promote.md": lambda: decision_markdown(judged(PROMOTED), PROMOTED),
    "gate_promote_html.txt": lambda: html_lines(decision_html(judged(PROMOTED), PROMOTED)),
    "gate_promote.txt": lambda: gate_lines(PROMOTED),
    "gate_keep_champion.txt": lambda: gate_lines(HARMED),
    "gate_cannot_tell.txt": lambda: gate_lines(TOO_SHORT),
    "gate_unscored.md": lambda: decision_markdown(judged(UNSCORED), UNSCORED),
    "fresh_cannot_tell.txt": lambda: lines_text(*fresh_lines(whole_study(), COLLECTING)),
    "fresh_promote_html.txt": lambda: html_lines(
        fresh_files(whole_study(), fresh_decision(812.0))["html"]
    ),
    "promotion.txt": promotions,
    "version.md": lambda: version_page(None),
    "version_judged.md": lambda: version_page(PROMOTED, FORCED),
    "version_fresh.md": lambda: version_page(COLLECTING),
    "placebo.txt": placebo_lines,
    "robustness_html.txt": robustness_page,
    "sensitivity.txt": lambda: lines_text(*text_lines(sensitivity(0.0))),
    "sensitivity_noisy.md": lambda: markdown(
        sensitivity(0.01, fails=True), {"name": "btc.csv", "count": 20_000}
    ),
    "walk_html.txt": lambda: html_lines(
        walk_page(walk_result(*walked_steps()), "titan-mlopt walk --candles btc.csv --train 3d")
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_the_page_reads_as_its_snapshot(name: str) -> None:
    assert_page(name, TEXTS[name]())


def test_every_snapshot_is_that_of_a_page() -> None:
    assert {path.name for path in PAGES.iterdir() if path.is_file()} == set(TEXTS)


# --- the snapshots themselves --------------------------------------------------------------------


def test_a_page_that_reads_otherwise_fails_with_what_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(WRITE, raising=False)
    (tmp_path / "page.md").write_text("the same\naccuracy 0.55\n")
    assert_page("page.md", "the same\naccuracy 0.55\n", tmp_path)
    with pytest.raises(AssertionError, match=r"\n-accuracy 0\.55\n\+accuracy 0\.56\n\n.*=1 writes"):
        assert_page("page.md", "the same\naccuracy 0.56\n", tmp_path)
    with pytest.raises(AssertionError, match=r"\n\+new\n"):
        assert_page("none.md", "new\n", tmp_path)


def test_a_page_is_written_anew_on_demand_and_holds_from_then_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(WRITE, "1")
    assert_page("help/page.txt", "95 % …\n", tmp_path)
    monkeypatch.delenv(WRITE)
    assert_page("help/page.txt", "95 % …\n", tmp_path)
    with pytest.raises(AssertionError):
        assert_page("help/page.txt", "95 % …", tmp_path)
