"""The pages under docs/: their tables say what the code does, their links lead somewhere."""

from __future__ import annotations

import importlib
import json
import math
import re
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from support.paths import ROOT
from titan_mlopt.analysis.summary import summarise
from titan_mlopt.backtest.calibration import ece_noise
from titan_mlopt.backtest.engine.indicators import warm_up_bars
from titan_mlopt.backtest.returns import sharpe_standard_error
from titan_mlopt.backtest.runner import backtest_stats
from titan_mlopt.backtest.segments import walk_metrics
from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.cli.tune import tune
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.parameters import DEFAULTS, TUNABLE_PARAMS, check_param, merge_config
from titan_mlopt.core.scoring import scale_of
from titan_mlopt.core.settings import AUTO_SAMPLE_HOLDOUT
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import COMPLETE, Metrics, SegmentScore, TrialOutcome, TrialRecord
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.executors.local.external import averaged
from titan_mlopt.study.baselines import CHAMPION, DEFAULT, RULES
from titan_mlopt.study.dataset import tuning_data
from titan_mlopt.study.pruners import checkpoint_grid, first_step
from titan_mlopt.tracking.parent_run import BASELINE_METRICS, parent_metrics
from titan_mlopt.tracking.run_content import SEGMENT_METRICS, trial_metrics

PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
PARAMETERS = (ROOT / "docs" / "parameters.md").read_text(encoding="utf-8")
METRICS = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
#: Pages that the site makes from the code; its strict build checks links to them.
GENERATED = {"cli.md", "settings.md"}

Rows = list[list[str]]


def tables_of(text: str, first: str) -> list[Rows]:
    """Return the rows of each table whose first column is headed ``first``."""
    tables = re.findall(r"((?:^\|.*\|\n)+)", text, re.MULTILINE)
    split = [
        [[cell.strip() for cell in line[1:-1].split("|")] for line in table.splitlines()]
        for table in tables
    ]
    return [rows[2:] for rows in split if rows[0][0] == first]


def rows_of(text: str, first: str) -> Rows:
    return [row for table in tables_of(text, first) for row in table]


def code(text: str) -> str:
    found = re.fullmatch(r"`([^`]+)`", text)
    assert found, f"must be one name in backticks, got {text}"
    return found[1]


def written(value: object) -> str:
    """Return a default as the tables write it: strings in double quotes."""
    return json.dumps(value) if isinstance(value, str) else repr(value)


def link_targets(page: Path) -> list[str]:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    return [t for t in targets if "://" not in t and t.partition("#")[0] not in GENERATED]


LINKS = [
    pytest.param(page, target, id=f"{page.name}-{target}")
    for page in PAGES
    for target in link_targets(page)
]


# --- parameters --------------------------------------------------------------------------------


def test_every_table_row_has_a_cell_for_each_column() -> None:
    for text in (PARAMETERS, METRICS):
        for table in re.findall(r"((?:^\|.*\|\n)+)", text, re.MULTILINE):
            assert len({line.count("|") for line in table.splitlines()}) == 1, table


def test_every_tunable_parameter_stands_with_its_range_scale_and_default() -> None:
    found = {code(row[0]): row[1:4] for row in rows_of(PARAMETERS, "parameter")}
    assert found == {
        name: [f"{low:g} to {high:g}", kind, repr(DEFAULTS[name])]
        for name, (low, high, kind) in TUNABLE_PARAMS.items()
    }
    assert len(rows_of(PARAMETERS, "parameter")) == len(TUNABLE_PARAMS) == 21


def test_every_fixed_key_stands_with_its_default() -> None:
    found = {code(row[0]): row[1] for row in rows_of(PARAMETERS, "key")}
    fixed = {name: value for name, value in DEFAULTS.items() if name not in TUNABLE_PARAMS}
    assert found == {name: json.dumps(value) for name, value in fixed.items()}


@pytest.mark.parametrize("row", rows_of(PARAMETERS, "key"), ids=lambda row: row[0])
def test_a_fixed_key_is_refused_just_beyond_the_range_that_stands_there(row: list[str]) -> None:
    name, allowed = code(row[0]), row[2]
    if isinstance(DEFAULTS[name], bool):
        assert allowed == "true, false"
        return
    kind = type(DEFAULTS[name])
    low, high = (kind(end) for end in allowed.split(" to "))
    step = 1 if kind is int else 1e-9
    for end in (low, high):
        check_param(name, end)
    for beyond in (low - step, high + step):
        with pytest.raises(ConfigError, match=re.escape(name)):
            check_param(name, beyond)


@pytest.mark.parametrize("row", rows_of(PARAMETERS, "constant"), ids=lambda row: row[0])
def test_every_constant_of_the_page_has_the_value_that_stands_there(row: list[str]) -> None:
    module, _, name = code(row[0]).rpartition(".")
    assert repr(getattr(importlib.import_module(f"titan_mlopt.{module}"), name)) == row[1]


def test_every_constant_that_the_prose_names_is_in_the_table() -> None:
    known = {code(row[0]).rpartition(".")[2] for row in rows_of(PARAMETERS, "constant")}
    prose = set(re.findall(r"`(_?[A-Z][A-Z_]+)`", PARAMETERS))
    assert prose - known == {"ENGINE_VERSION"}


def test_the_numbers_of_the_weights_and_of_the_filter_follow_from_the_defaults() -> None:
    low, high = float(DEFAULTS["online.min_weight"]), float(DEFAULTS["online.max_weight"])
    bounds = low / (3 * high + low), high / (high + 3 * low)
    assert "{:.3f} and {:.3f} with the defaults".format(*bounds).replace("0.", ".") in PARAMETERS
    reach = float(DEFAULTS["confidence_filter.threshold"]) - 0.5
    slope = 2 * (float(DEFAULTS["confidence_compressor.max_confidence"]) - 0.5)
    assert f"max(P, 1 − P) ≥ {0.5 + reach / slope:.3f}".replace("0.", ".") in PARAMETERS


def test_more_leaves_than_a_depth_of_four_can_hold_change_nothing() -> None:
    candles = sample_candles(3000)
    few, many = (
        backtest_stats(candles, merge_config({"ml.max_depth": 4, "ml.num_leaves": leaves}))
        for leaves in (20, 50)
    )
    assert few.confidence.tobytes() == many.confidence.tobytes()


def test_two_seeds_give_the_same_decisions() -> None:
    candles = sample_candles(3000)
    one, other = (backtest_stats(candles, merge_config({}), seed) for seed in (0, 7))
    assert one.direction.tobytes() == other.direction.tobytes()
    assert one.confidence.tobytes() == other.confidence.tobytes()


# --- tuner settings ----------------------------------------------------------------------------


def test_every_setting_of_the_tuner_stands_with_its_default_in_order() -> None:
    found = [(code(row[0]), code(row[1])) for row in rows_of(PARAMETERS, "field")]
    made = {"space": "Space()"}  # by a factory: a mapping inside
    assert found == [
        (field.name, made.get(field.name) or written(field.default))
        for field in fields(TunerConfig)
    ]


def test_every_option_that_stands_beside_a_setting_exists_and_none_is_left_out() -> None:
    found = {code(row[2]) for row in rows_of(PARAMETERS, "field") if row[2] != "–"}
    options = {option for parameter in tune.params for option in parameter.opts}
    others = {"--candles", "--db", "--timeout-total", "--more", "--json", "--study"}
    others |= {"--warm-start", "--transfer"}
    others |= {"--beyond-titan"}  # of the file of --space, in docs/spaces.md
    others |= {"--placebo", "--promote", "--gate"}  # what follows a study, in docs/verdicts.md
    assert options - found == others
    assert found <= options


def test_the_checkpoints_of_the_sample_are_those_of_the_page() -> None:
    data = tuning_data(sample_candles(), TunerConfig(holdout=AUTO_SAMPLE_HOLDOUT))
    n = data.most_predictions
    assert n == len(data.candles) - warm_up_bars(DEFAULTS) - 1
    config = TunerConfig(n_warmup_steps=None)
    grid, careful = checkpoint_grid(config, n), first_step(config, n)
    assert f"n = {n} and its first checkpoint at {grid[0]}." in PARAMETERS
    expected = f"predictions, {careful}\non the sample, one more than its fourth checkpoint"
    assert expected in PARAMETERS
    assert (len(grid), grid[3]) == (15, careful - 1)
    assert f"bar {warm_up_bars(DEFAULTS)} for every point" in PARAMETERS


@pytest.mark.parametrize("end", [0, 1])
def test_every_point_of_the_space_begins_at_the_bar_of_the_page(end: int) -> None:
    params = {name: ends[end] for name, ends in TUNABLE_PARAMS.items() if "window" in name}
    config = merge_config({name: int(value) for name, value in params.items()})
    assert warm_up_bars(config) == warm_up_bars(DEFAULTS)


# --- metrics -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stats() -> BacktestStats:
    rng = np.random.default_rng(1)
    direction = rng.choice([-1, 0, 1], 500).astype(np.int8)
    return BacktestStats(
        direction, rng.uniform(0.5, 0.7, 500), direction != 0, rng.normal(0, 1e-3, 500)
    )


@pytest.fixture(scope="module")
def logged(stats: BacktestStats) -> list[set[str]]:
    """Names of the metrics: of every trial, added on its run, and of the parent run."""
    outcome = TrialOutcome(COMPLETE, metrics=stats.metrics(), duration_seconds=1.0)
    trial = TrialRecord(0, COMPLETE, {}, (0.5,), 0.0, 1.0, outcome)
    study = StudyRecord("u", "s", "accuracy", ("maximize",), {}, {}, "", {}, (trial,))
    own, on_run = set(stats.metrics()), set(trial_metrics(trial, scale_of({}, TunerConfig())))
    assert own < on_run
    return [own, on_run - own, set(parent_metrics(study))]


def test_every_metric_stands_in_its_table_and_no_other_does(logged: list[set[str]]) -> None:
    *first_three, worth = [[code(row[0]) for row in t] for t in tables_of(METRICS, "metric")]
    assert [sorted(names) for names in first_three] == [sorted(names) for names in logged]
    assert set(worth) <= logged[0]


def test_every_metric_that_repeated_runs_add_stands_there_in_order() -> None:
    run: Metrics = {"accuracy": 0.5, "ece": 0.1, "sharpe": 1.0}
    added = [name for name in averaged([run, run]) if name not in run]
    assert [code(row[0]) for row in rows_of(METRICS, "repeated")] == added


def test_what_counts_on_segments_and_what_baselines_log_stand_in_their_tables() -> None:
    score = SegmentScore(0, 0, 10, 10, 5, 0.5, 0.0, 1.0)
    assert [code(row[0]) for row in rows_of(METRICS, "walked")] == list(walk_metrics([score]))
    logged = [f"baseline_<name>_{name}" for name in BASELINE_METRICS]
    assert [code(row[0]) for row in rows_of(METRICS, "baseline")] == logged
    for name in SEGMENT_METRICS:
        assert f"`segment_{name}`" in METRICS
    for name in (*RULES, DEFAULT, CHAMPION):
        assert name in METRICS


def test_the_metrics_of_a_trial_stand_in_the_order_of_the_code(stats: BacktestStats) -> None:
    table = tables_of(METRICS, "metric")[0]
    assert [code(row[0]) for row in table] == list(stats.metrics())


def test_what_has_no_value_without_predictions_is_what_the_page_says() -> None:
    silent = BacktestStats(np.zeros(9, np.int8), np.full(9, 0.5), np.zeros(9, bool), np.zeros(9))
    none = {name for name, value in silent.metrics().items() if value is None}
    table = tables_of(METRICS, "metric")[0]
    assert {code(row[0]) for row in table if row[3].startswith("None")} == none


def test_every_key_of_the_summary_that_stands_there_is_one() -> None:
    study = StudyRecord("u", "s", "accuracy", ("maximize",), {}, {}, "", {}, ())
    both = replace(study, objective="multi", directions=("maximize", "maximize"))
    named = {code(row[0]) for row in rows_of(METRICS, "key")}
    assert len(named) == 8
    assert named <= summarise(study).keys() | summarise(both).keys()


def test_what_is_stored_with_a_trial_is_the_outcome_and_the_violation() -> None:
    names = [code(row[0]) for row in rows_of(METRICS, "stored")]
    assert names == [*(field.name for field in fields(TrialOutcome)), "violated"]


@pytest.mark.parametrize("row", rows_of(METRICS, "n"), ids=lambda row: row[0])
def test_what_n_is_worth_is_worked_out_right(row: list[str]) -> None:
    n, (error, luck, floor, most, sharpe) = int(row[0]), map(float, row[1:])
    exact = math.sqrt(0.25 / n)
    assert error == pytest.approx(exact, abs=5.1e-5)
    assert luck == pytest.approx(0.5 + 2.508 * exact, abs=5.1e-4)
    # So many draws that their own error is far below what is rounded away.
    exactly = ece_noise(np.full(n, 0.55), draws=100_000)
    assert (floor, most) == pytest.approx(exactly, abs=6e-4)
    assert sharpe == pytest.approx(sharpe_standard_error(0.0, n, 525_600), abs=0.051)


def test_the_code_of_the_metrics_page_prints_every_metric(
    capsys: pytest.CaptureFixture[str], stats: BacktestStats
) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", METRICS, re.DOTALL)
    exec(compile(example, "metrics.md", "exec"), {})
    printed = capsys.readouterr().out
    assert all(f"'{name}': " in printed for name in stats.metrics())


# --- pages -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("page", "target"), LINKS)
def test_every_relative_link_leads_to_a_file_and_a_heading_that_exist(
    page: Path, target: str
) -> None:
    path, _, heading = target.partition("#")
    file = page.parent / path if path else page
    assert file.exists(), f"{page.name}: {target} must exist"
    if heading:
        titles = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
        slugs = {re.sub(r"[^\w\- ]", "", t.lower()).replace(" ", "-") for t in titles}
        assert heading in slugs


@pytest.mark.parametrize("name", ["parameters.md", "metrics.md"])
def test_no_line_of_a_page_is_longer_than_110_characters(name: str) -> None:
    lines = (ROOT / "docs" / name).read_text(encoding="utf-8").splitlines()
    assert [number for number, line in enumerate(lines, 1) if len(line) > 110] == []


# --- errors --------------------------------------------------------------------------------------


def test_every_message_of_the_page_on_trouble_is_one_that_the_program_says() -> None:
    sources = "".join(
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "titan_mlopt").rglob("*.py"))
    )
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    messages = re.findall(r"^## `(.+)`$", page, re.MULTILINE)
    assert len(messages) > 20
    assert [text for text in messages if text not in sources] == []


def test_the_page_on_trouble_says_of_each_message_what_it_means_and_what_to_do() -> None:
    page = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
    for entry in page.split("\n## ")[1:]:
        parts = re.findall(r"^\*\*(It means|Do):\*\* ", entry, re.MULTILINE)
        assert parts == ["It means", "Do"], entry.splitlines()[0]
