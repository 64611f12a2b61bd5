"""Notebooks and scripts: the notebooks of the docs, ``open_study``, what ``optimize`` shows."""

from __future__ import annotations

import copy
import io
import json
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from optuna.trial import create_trial

import titan_mlopt
from support.paths import DOCS, EXAMPLES
from support.pool_cases import PATIENCE_S
from support.postgres_cases import new_database, postgres
from support.server_cases import environment
from support.storage_cases import fill, place
from support.studies import Tuned, quick
from titan_mlopt import AutoTuner, StoredStudy, open_study
from titan_mlopt.core.errors import ConfigError, StudyError
from titan_mlopt.core.findings import PROMOTE, GateDecision
from titan_mlopt.core.storage_url import StorageUrl
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import (
    COMPLETE,
    FAIL,
    INTERRUPTED,
    PRUNED,
    Checkpoint,
    TrialOutcome,
    TrialRecord,
)
from titan_mlopt.report.progress import LiveProgress, TrialTally, open_progress, progress_html
from titan_mlopt.report.shown import verdict_of
from titan_mlopt.study.storage.backup import save_backup
from titan_mlopt.study.storage.sqlite import open_storage
from titan_mlopt.study.storage.studies import open_study as make_study
from titan_mlopt.tracking.mirror.messages import Registered

# Fixtures, and one that ``place`` asks for.
__all__ = ["new_database", "place", "postgres"]

NOTEBOOKS = sorted((DOCS / "notebooks").glob("*.ipynb"))
FIRST = NOTEBOOKS[0]
# The kernel's own clients warn of things that are theirs, so they stay out of this process.
EXECUTE = """
import sys, nbformat
from nbclient import NotebookClient
notebook = nbformat.read(sys.argv[1], as_version=4)
folder = {"metadata": {"path": sys.argv[2]}}
options = {"timeout": int(sys.argv[3]), "kernel_name": "python3", "resources": folder}
NotebookClient(notebook, **options).execute()
nbformat.write(notebook, sys.argv[1])
"""


def executed(notebook: Path, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Execute a notebook in a folder; return the outputs of each cell by its last line."""
    shutil.copy(notebook, folder)
    command = [sys.executable, "-c", EXECUTE, notebook.name, str(folder), str(int(PATIENCE_S))]
    of_jupyter = ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR")  # not the user's own
    env = environment(**{name: str(folder / name) for name in of_jupyter})
    ran = subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert ran.returncode == 0, ran.stderr
    return {
        "".join(cell["source"]).splitlines()[-1]: cell["outputs"]
        for cell in json.loads((folder / notebook.name).read_text("utf-8"))["cells"]
        if cell["cell_type"] == "code"
    }


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """Execute the first notebook of the docs; return the outputs of each cell by its last line."""
    return executed(FIRST, tmp_path_factory.mktemp("notebook"))


def printed(outputs: list[dict[str, Any]]) -> str:
    """Return what the commands of a cell printed."""
    return "".join("".join(output.get("text", "")) for output in outputs)


def html_of(outputs: list[dict[str, Any]]) -> str:
    """Return the HTML of the one output that has any."""
    (shown,) = [output["data"] for output in outputs if "text/html" in output.get("data", {})]
    return "".join(shown["text/html"])


@pytest.mark.slow
def test_the_notebook_shows_a_live_table_while_trials_run(
    cells: dict[str, list[dict[str, Any]]],
) -> None:
    table = html_of(cells['best = tuner.optimize("sample")'])
    assert '<progress max="6" value="6">' in table
    assert "6/6 trials, best 0." in table
    assert ">complete<" in table
    assert ">running<" not in table


@pytest.mark.slow
def test_the_notebook_shows_result_summary_trials_figure_and_verdict(
    cells: dict[str, list[dict[str, Any]]],
) -> None:
    assert "Best config" in html_of(cells["best"])
    assert "study" in html_of(cells["tuner.get_summary()"])
    (frame,) = [line for line in cells if line.startswith("study.trials")]
    assert "accuracy" in html_of(cells[frame])
    assert "No verdict." in html_of(cells["study.verdict()"])
    (figure,) = cells['study.figure("history")']
    drawn = figure["data"]["application/vnd.plotly.v1+json"]
    assert "accuracy" in {trace["name"] for trace in drawn["data"]}


@pytest.mark.docs
def test_the_second_notebook_ends_with_a_champion_that_production_pulls(tmp_path: Path) -> None:
    of = executed(NOTEBOOKS[1], tmp_path)
    assert "titan-config version 1" in html_of(of["registered"][-1:])
    promoted = of["!titan-mlopt promote 1 --db judged.db"]
    assert printed(promoted).startswith("PROMOTE: Better than the coin")
    assert "PROMOTE" in html_of(of["verdict"])
    pulled = of["!titan-mlopt pull --alias champion --out config.json"]
    assert "config.json: titan-config version 1" in printed(pulled)
    assert "promoted" in printed(of["!titan-mlopt history"])


@pytest.mark.docs
def test_the_third_notebook_promotes_a_version_of_the_users_own_backtest(tmp_path: Path) -> None:
    of = executed(NOTEBOOKS[2], tmp_path)
    assert "3 sampled" in printed(of["!titan-mlopt space --check sma_space.toml"])
    (promoted,) = [outputs for line, outputs in of.items() if "--backtest-path ." in line]
    assert "champion of sma-config is version 1" in printed(promoted)
    assert "PROMOTE" in html_of(of['open_study("sma.db", "sma").verdict()'])


@pytest.mark.docs
def test_the_fourth_notebook_walks_to_the_end_and_tells_its_steps(tmp_path: Path) -> None:
    of = executed(NOTEBOOKS[3], tmp_path)
    (walked,) = [outputs for line, outputs in of.items() if line.startswith("!titan-mlopt walk")]
    assert "steps walked: 5, 5 of them new" in printed(walked)
    assert "step-0004" in html_of(of[")"])


def test_the_third_notebooks_backtest_and_space_are_those_of_the_examples() -> None:
    cells = json.loads(NOTEBOOKS[2].read_text("utf-8"))["cells"]
    for cell in cells:
        magic, _, text = "".join(cell["source"]).partition("\n")
        if magic.startswith("%%writefile "):
            example = EXAMPLES / magic.removeprefix("%%writefile ")
            assert example.read_text("utf-8").rstrip().endswith(text), magic


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_stored_without_outputs(notebook: Path) -> None:
    for cell in json.loads(notebook.read_text("utf-8"))["cells"]:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None


# --- open_study -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stored(tuned: Tuned, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoredStudy]:
    db = tmp_path_factory.mktemp("stored") / "titan.db"
    save_backup(tuned.db, db)
    before = files_of(db)
    yield open_study(db)
    assert files_of(db) == before


def files_of(db: Path) -> dict[str, tuple[bytes, int]]:
    """Return content and time of each of the database's files."""
    return {
        path.name: (path.read_bytes(), path.stat().st_mtime_ns)
        for path in db.parent.glob(f"{db.name}*")
    }


def test_a_finished_study_has_its_trials_as_a_table_and_its_best(
    stored: StoredStudy, tuned: Tuned
) -> None:
    frame = stored.trials
    assert list(frame.index) == list(range(8))
    assert list(frame["accuracy"]) == [t.metric("accuracy") for t in tuned.report.study.trials]
    assert stored.best is not None
    assert frame["rank"][stored.best.trial_number] == 1
    assert stored.best.objective_value == frame["objective"].max()
    assert list(stored.study.trials_dataframe()["user_attrs_accuracy"]) == list(frame["accuracy"])
    assert repr(stored) == "<study titan_optimization (accuracy): 8 trials>"
    assert "Best config" in stored._repr_html_()


def test_its_figures_are_those_of_the_report_under_short_names_too(stored: StoredStudy) -> None:
    history = stored.figure("history")
    assert history == stored.figure("optimization_history")
    assert "accuracy" in {trace.name for trace in history.data}
    assert stored.figures == [
        *("optimization_history", "param_importances", "parallel_coordinate", "contour", "slice")
    ]
    with pytest.raises(ConfigError) as refused:
        stored.figure("histroy")
    assert str(refused.value) == (
        "figure: must be one of history, importances, parallel_coordinate, contour, slice, got "
        "'histroy'; did you mean history?"
    )


def test_two_objectives_have_a_figure_each_and_their_front(tmp_path: Path) -> None:
    fill_multi(tmp_path / "titan.db")
    study = open_study(tmp_path / "titan.db", "both")
    assert study.figures[5:] == [
        *("optimization_history_sharpe", "param_importances_sharpe", "slice_sharpe"),
        "pareto_front",
    ]
    assert study.figure("front").layout.xaxis.title.text == "accuracy"
    second = study.figure("history_sharpe")
    assert second.layout.yaxis.title.text == "sharpe"
    assert study.figure("history").layout.yaxis.title.text == "accuracy"


def fill_multi(db: Path) -> None:
    storage = open_storage(db)
    study = make_study(storage, "both", ("maximize", "maximize"))
    for accuracy, sharpe in ((0.5, 1.0), (0.6, -1.0)):
        study.add_trial(create_trial(values=[accuracy, sharpe]))
    storage.close()


def test_a_study_or_a_database_that_is_not_there_is_named_and_nothing_is_made(
    tuned: Tuned, tmp_path: Path
) -> None:
    with pytest.raises(StudyError) as unknown:
        open_study(tuned.db, "titan_optimisation")
    assert str(unknown.value) == (
        "study_name: must be a study of this database (titan_optimization), got "
        "'titan_optimisation'; did you mean titan_optimization?"
    )
    with pytest.raises(StudyError, match=r"must be an existing database, got '.*; tune first"):
        open_study(tmp_path / "none.db")
    (tmp_path / "empty.db").touch()
    with pytest.raises(StudyError, match="must be a database with studies, got none in"):
        open_study(tmp_path / "empty.db")
    (tmp_path / "other.db").write_text("no database at all, but a text of some length " * 30)
    with pytest.raises(StudyError, match="must be a sound SQLite database"):
        open_study(tmp_path / "other.db")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty.db", "other.db"]


def test_opening_a_study_writes_nothing_whatever_the_storage(place: StorageUrl) -> None:
    """Without the tables and views of ours, as plain Optuna makes a database, it has none later."""
    storage = open_storage(place)
    fill(storage)
    with storage.engine.begin() as connection:
        connection.exec_driver_sql("DROP VIEW optuna_trials")
        connection.exec_driver_sql("DROP TABLE titan_mlopt_looks")
    storage.close()
    before = files_of(place) if isinstance(place, Path) else {}
    study = open_study(place, "study")
    assert len(study.trials) == 4
    assert study.best is not None
    if isinstance(place, Path):
        assert files_of(place) == before
        assert list(before) == ["titan.db"]
    with (
        pytest.raises(Exception, match=r"read-?only"),
        study.study._storage._backend.engine.begin() as connection,
    ):  # type: ignore[attr-defined]
        connection.exec_driver_sql("DELETE FROM studies")
    storage = open_storage(place)
    storage.close()


def test_a_study_opens_while_it_is_tuned_and_disturbs_nothing(tmp_path: Path) -> None:
    seen = []

    class Look:
        def trial_started(self, trial: TrialRecord) -> None:
            if trial.number == 2:
                seen.append(open_study(tmp_path / "titan.db").trials["state"].to_list())

        def trial_progressed(self, number: int, checkpoint: Checkpoint) -> None: ...

        def trial_finished(self, trial: TrialRecord) -> None: ...

    with quick(tmp_path, n_trials=3, pruner_type="none") as tuner:
        tuner.add_listener(Look())
        tuner.optimize("sample")
        assert tuner.get_summary()["completed_trials"] == 3
    assert seen == [[COMPLETE, COMPLETE, "RUNNING"]]


def test_the_verdict_is_the_gates_last_one_with_its_evidence(tuned: Tuned) -> None:
    decision = GateDecision(
        *("2026-01-02T03:04:05+00:00", 3, "ab" * 32, PROMOTE, "it is better <here>", "", ""), 1
    )
    record = replace(tuned.report.study, findings={"gate": (decision,)})
    verdict = verdict_of(record)
    assert str(verdict) == verdict.text
    assert verdict.text.startswith("PROMOTE: it is better <here>")
    assert verdict.decision is decision
    assert "it is better &lt;here&gt;" in verdict._repr_html_()
    assert verdict_of(tuned.report.study).decision is None


def test_a_version_is_shown_by_name_and_number() -> None:
    assert "titan-config version 3" in Registered("titan-config", "3", True)._repr_html_()


# --- results and progress -------------------------------------------------------------------------


def test_result_and_summary_are_dicts_that_a_notebook_shows(tuned: Tuned, tmp_path: Path) -> None:
    save_backup(tuned.db, tmp_path / "titan.db")
    with AutoTuner(tmp_path / "titan.db", replace(tuned.config, tracking=False)) as tuner:
        best, summary = tuner.optimize("sample"), tuner.get_summary()  # nothing is left to run
    for shown in (best, summary):
        assert isinstance(shown, dict)
        assert json.loads(json.dumps(shown)) == shown
        assert type(copy.copy(shown)) is type(pickle.loads(pickle.dumps(shown))) is dict
    assert best == summary["best_params"]
    assert "Best config" in best._repr_html_()  # type: ignore[attr-defined]
    assert "candles" in summary._repr_html_()  # type: ignore[attr-defined]


def record_of(*trials: TrialRecord) -> StudyRecord:
    return StudyRecord("u", "s", "accuracy", ("maximize",), {}, {}, "", {}, trials)


def ended(number: int, state: str, value: float | None = None, reason: str = "") -> TrialRecord:
    outcome = TrialOutcome(state, reason, "broke" if state == FAIL else "")
    return TrialRecord(number, state, {}, None if value is None else (value,), 0.0, 1.0, outcome)


def test_a_tally_counts_as_the_study_does() -> None:
    tally = TrialTally()
    tally.resume(record_of(ended(0, COMPLETE, 0.5), ended(1, FAIL, reason=INTERRUPTED)), 6)
    assert tally.line() == "1/6 trials, best 0.5000, pruned 0, failed 0"
    assert not tally.count(ended(2, COMPLETE, 0.4))
    assert not tally.count(ended(3, PRUNED, reason="pruner"))
    assert not tally.count(ended(4, FAIL, reason=INTERRUPTED))
    assert tally.count(ended(5, COMPLETE, 0.6))
    assert tally.count(ended(6, FAIL, reason="exception"))
    assert tally.line() == "5/6 trials, best 0.6000, pruned 1, failed 1"
    assert tally.failure == "exception: trial 6: broke"


def test_the_live_table_has_running_trials_and_the_best_five() -> None:
    times, pages = iter([0.0, *[0.1] * 20, 5.0, 5.0]), []
    live = LiveProgress(lambda shown, news: pages.append(progress_html(shown)), lambda: next(times))
    live.resume(record_of(*(ended(n, COMPLETE, n / 10) for n in range(1, 5))), 8)
    live.trial_started(ended(5, "RUNNING"))  # a tenth of a second later
    live.trial_progressed(5, Checkpoint(1200, 1300, 0.5125, 0.03, 1.25))
    assert len(pages) == 1
    assert pages[0].count(">complete<") == 4
    live.trial_finished(ended(6, COMPLETE, 0.9))  # news
    assert "0.5125 so far (n=1,200)" in pages[1]
    assert pages[1].index(">6<") < pages[1].index(">4<")
    live.trial_finished(ended(7, FAIL, reason="<b>"))
    assert "&lt;b&gt;: trial 7: broke" in pages[2]
    live.close()
    assert ">running<" not in pages[-1]
    assert '<progress max="8" value="6">' in pages[-1]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_has_one_line_that_is_written_over_and_failures_above_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "64")  # more would wrap, and could not be written over
    terminal = Terminal()
    live = open_progress(None, terminal)
    assert live is not None
    live.resume(record_of(), 2)
    live.trial_finished(ended(0, FAIL, reason="exception"))
    live.trial_finished(ended(1, COMPLETE, 0.6))
    live.wait_for("waiting for MLflow")
    live.close()
    assert terminal.getvalue().split("\r\x1b[K") == [
        "",
        "0/2 trials, best none yet, pruned 0, failed 0",
        "exception: trial 0: broke\n1/2 trials, best none yet, pruned 0, failed 1",
        "2/2 trials, best 0.6000, pruned 0, failed 1",
        "2/2 trials, best 0.6000, pruned 0, failed 1; waiting for MLflow"[:63],
        "2/2 trials, best 0.6000, pruned 0, failed 1\n",
    ]


def test_without_a_terminal_nothing_is_shown_unless_it_is_asked_for(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert open_progress(None, io.StringIO()) is None
    assert open_progress(False, Terminal()) is None
    with monkeypatch.context() as patch:  # a program without a console
        patch.setattr(sys, "stderr", None)
        assert open_progress(True) is None
        patch.setattr(sys, "stderr", SimpleNamespace(write=None))
        assert open_progress(None) is None
    with quick(tmp_path, n_trials=2) as tuner:
        tuner.optimize("sample")
        assert capfd.readouterr() == ("", "")
        tuner.optimize("sample", more=1, progress=True)
        assert capfd.readouterr().err.splitlines()[-1].startswith("3/3 trials, best 0.")


def test_the_names_are_loaded_on_first_use() -> None:
    assert titan_mlopt.open_study is open_study
    assert {"open_study", "StoredStudy"} <= set(dir(titan_mlopt))
