"""``check_backtest``: each fault of a backtest is named at its point of the contract."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.contract_cases import SPACE, checked, statuses, text_of, write_contract_backtest
from titan_mlopt import check_backtest
from titan_mlopt.core.errors import BacktestError, ConfigError
from titan_mlopt.core.search_space import Space
from titan_mlopt.evaluation.backtest_check.result import POINTS

pytestmark = [pytest.mark.matrix]


def test_the_smallest_backtest_of_the_docs_holds_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, home = tmp_path / "mine", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    monkeypatch.chdir(home)
    write_contract_backtest(folder)
    check = checked(folder)
    assert check.holds
    assert statuses(check) == {}
    assert [point.name for point in check.points] == list(POINTS)
    assert (check.backtest, check.candles["count"]) == ("mine:run_backtest", 1000)
    assert check.seconds_per_trial
    assert check.seconds_per_trial > 0
    assert list(home.iterdir()) == []
    assert [path.name for path in folder.iterdir()] == ["mine.py"]


def test_a_path_that_leads_to_nothing_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(BacktestError, match="absent: must be importable, got ModuleNotFound"):
        check_backtest("absent:run", backtest_path=str(tmp_path))
    with pytest.raises(ConfigError, match=r"must be package\.module:function"):
        check_backtest("mine.py")


# --- faults, each of which ends in one run ------------------------------------------------------


def test_a_function_that_is_not_there_is_an_error_that_names_the_nearest(tmp_path: Path) -> None:
    write_contract_backtest(tmp_path)
    with pytest.raises(BacktestError, match="did you mean run_backtest"):
        check_backtest("mine:run_backtests", backtest_path=str(tmp_path))


@pytest.mark.parametrize(
    ("fault", "name", "text"),
    [
        ({"at_import": "import absent_library"}, "importable", "absent_library"),
        ({"at_import": "1 / 0"}, "importable", "ZeroDivisionError"),
        ({"signature": "csv_path, db_path, out_dir, limit=None"}, "arguments", "must take tune_"),
        ({"body": "raise KeyError('close')"}, "runs", "KeyError"),
        ({"body": "os._exit(3)"}, "runs", "exit code 3"),
        ({"returns": "'0.55'"}, "returns", "must return an object with accuracy"),
        ({"returns": "{'accuracy': 55.0}"}, "returns", "must be from 0 to 1, got 55"),
        ({"returns": "{'accuracy': float('nan')}"}, "returns", "must be a finite number"),
        ({"body": "limit = None"}, "runs", "limit=500"),
    ],
    ids=lambda value: None if isinstance(value, dict) else str(value).split()[0],
)
def test_a_fault_of_the_dry_run_is_the_last_point(
    tmp_path: Path, fault: dict[str, str], name: str, text: str
) -> None:
    if "limit = None" in fault.values():
        fault = {"body": "rows = list(csv.DictReader(open(csv_path, newline='')))\n"
                 "    close = [float(row['close']) for row in rows]"}  # fmt: skip
    write_contract_backtest(tmp_path, **fault)
    check = checked(tmp_path)
    assert statuses(check) == {name: "missing"}
    assert check.points[-1].name == name
    assert text in check.points[-1].text
    assert not check.holds
    assert check.seconds_per_trial is None


def test_a_backtest_that_hangs_is_ended_at_the_deadline(tmp_path: Path) -> None:
    write_contract_backtest(tmp_path, body="while True: time.sleep(0.01)")
    check = checked(tmp_path, timeout_per_trial=2)
    assert statuses(check) == {"runs": "missing"}
    assert "within 2 s, got no end of it" in check.points[-1].text


# --- faults that show in the records ------------------------------------------------------------


@pytest.mark.parametrize(
    ("each", "text"),
    [
        ("record['confidence'] = float('nan')", "not finite"),
        ("record['confidence'] = 1.2", "confidence 1.2, not from 0 to 1"),
        ("record['confidence'] = [0.55]", "no number"),
        ("record['direction'] = 'SIDEWAYS'", "no direction"),
        ("del record['return']", "no outcome"),
        ("record = 'UP'", "no object"),
        ("record['timestamp'] = -i", "timestamp -3 does not come after -2"),
    ],
)
def test_a_record_that_cannot_be_taken_as_it_is_is_named_by_its_line(
    tmp_path: Path, each: str, text: str
) -> None:
    write_contract_backtest(tmp_path, each=each)
    space = Space({"least_move": (1e-6, 1e-5, "log")}, {})
    check = checked(tmp_path, space)
    assert statuses(check)["records"] == "missing"
    assert text in text_of(check, "records")


def test_too_few_predictions_are_missing_as_each_trial_would_be_pruned(tmp_path: Path) -> None:
    write_contract_backtest(tmp_path)
    check = checked(tmp_path, min_predictions=5000)
    assert statuses(check) == {"predictions": "missing"}
    assert "fewer than min_predictions=5000" in text_of(check, "predictions")


def test_runs_that_differ_are_a_notice_with_the_first_line_that_differs(tmp_path: Path) -> None:
    write_contract_backtest(
        tmp_path, each="record['confidence'] = 0.55 if i < 40 else random.uniform(0.5, 0.6)"
    )
    check = checked(tmp_path)
    assert check.holds
    # The space's middle goes 10 candles back, so that the record of candle 40 is the 31st.
    assert "from line 31 of the records on" in text_of(check, "deterministic")
    assert set(statuses(check)) == {"deterministic", "parameters", "causal"}


def test_a_parameter_that_changes_nothing_is_named(tmp_path: Path) -> None:
    write_contract_backtest(tmp_path)
    space = Space({**SPACE.ranges, "colour": (1, 5, "int")}, {})
    check = checked(tmp_path, space)
    assert statuses(check) == {"parameters": "notice"}
    found = "these parameters changed nothing: colour; does it read them by these names?"
    assert text_of(check, "parameters") == found


def test_a_backtest_that_reads_no_config_is_told_where_it_is(tmp_path: Path) -> None:
    write_contract_backtest(tmp_path, body="back, least = 2, 0.0002")
    check = checked(tmp_path)
    assert statuses(check) == {"parameters": "notice"}
    assert "the table kv of db_path" in text_of(check, "parameters")


def test_a_config_at_the_end_of_a_range_that_raises_is_missing(tmp_path: Path) -> None:
    write_contract_backtest(tmp_path, body="assert back < 20, 'too far back'")
    check = checked(tmp_path)
    assert statuses(check) == {"config": "missing"}
    assert "it fails with candles_back = 20: AssertionError: too far back" in text_of(
        check, "config"
    )


def test_without_records_what_cannot_be_seen_is_a_notice(tmp_path: Path) -> None:
    write_contract_backtest(tmp_path, body="out_dir = os.environ['TMPDIR']")
    check = checked(tmp_path)
    assert check.holds
    assert set(statuses(check)) == {"records", "pruning", "holdout", "causal"}


def test_a_backtest_without_a_record_for_each_bar_cannot_be_judged_on_a_holdout(
    tmp_path: Path,
) -> None:
    write_contract_backtest(tmp_path, each="if side == 'FLAT': continue")
    check = checked(tmp_path, Space({"least_move": (3e-4, 4e-4, "log")}, {}))
    assert statuses(check) == {"holdout": "notice"}
    assert "must write a record for each bar" in text_of(check, "holdout")


# --- look-ahead -----------------------------------------------------------------------------------

_PEEK = "side = record['direction'] = 'UP' if change > 0 else 'DOWN'"
_WITHOUT_RETURN = "record['outcome'] = 'UP' if change > 0 else 'DOWN'; del record['return']"
_ABOVE_MEAN = "close[i] > sum(close) / len(close)"


@pytest.mark.parametrize(
    "fault",
    [
        {"each": _PEEK},
        {"each": f"{_WITHOUT_RETURN}; {_PEEK}"},
        {"each": f"record['confidence'] = 0.5 + 0.4 * ({_ABOVE_MEAN})"},
        {"each": "record['confidence'] = 0.5 + close[min(i + 5, len(close) - 1)] / 1e6"},
        {"each": "record['confidence'] = 0.5 + float(rows[i + 1]['volume']) / 1e9"},
    ],
    ids=["next-candle", "next-candle-without-returns", "mean-of-the-file", "five-on", "volume"],
)
def test_a_backtest_that_looks_ahead_is_missing_with_the_time_of_a_prediction(
    tmp_path: Path, fault: dict[str, str]
) -> None:
    write_contract_backtest(tmp_path, **fault)
    check = checked(tmp_path)
    assert statuses(check)["causal"] == "missing"
    assert "it looks ahead: the prediction at 20" in text_of(check, "causal")
    assert not check.holds


# --- what it leaves behind -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ({"body": "open('cache.bin', 'w').close()"}, "the file 'cache.bin' where it works"),
        ({"body": "open(csv_path + '.idx', 'w').close()"}, ".csv.idx' beside the candles"),
        ({"body": "print('x' * back)"}, "it prints text, which goes to the trial's log"),
        ({"body": "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"},
         "it starts a thread"),
        ({"body": "os.chdir(out_dir)"}, "it changes the working folder"),
    ],
)  # fmt: skip
def test_what_a_run_leaves_behind_is_a_notice(
    tmp_path: Path, fault: dict[str, str], text: str
) -> None:
    write_contract_backtest(tmp_path, **fault)
    check = checked(tmp_path)
    assert statuses(check) == {"remnants": "notice"}
    assert text in text_of(check, "remnants")


def test_an_import_that_starts_a_thread_cannot_be_shared(tmp_path: Path) -> None:
    thread = "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
    write_contract_backtest(tmp_path, at_import=thread)
    check = checked(tmp_path)
    assert check.holds
    assert statuses(check)["import_once"] == "notice"
    assert "it starts a thread" in text_of(check, "import_once")


def test_the_embedded_backtest_holds_by_its_import_path() -> None:
    space = Space({"feature.fast_window": (3, 10, "int")}, {"ml.enabled": False})
    path = "titan_mlopt.backtest.runner:run_backtest"
    check = check_backtest(path, "sample", space=space, limit=1000)
    assert check.holds
    assert text_of(check, "pruning") == "it can be stopped while it runs"


def test_few_candles_are_enough_but_for_the_holdout(tmp_path: Path) -> None:
    write_contract_backtest(tmp_path)
    check = checked(tmp_path, n=600)
    assert statuses(check) == {"holdout": "notice"}
    assert "950 candles" in text_of(check, "holdout")
    assert os.sep not in text_of(check, "holdout")
