"""A backtest that is edited, deleted or broken while its study runs, and between two runs."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from support.edited_cases import LATE, LATER, WAIT, After, check_interrupted, write_package
from support.external_cases import _no_clock, outcomes_of, ran, study_of
from support.pool_cases import eventually, linux
from support.standin_cases import csv
from titan_mlopt.core.errors import BacktestError, StudyError
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.trial import TrialRecord, ended_trials
from titan_mlopt.study.storage.studies import SOURCES, read_study

__all__ = ["_no_clock", "csv"]  # fixtures: pytest finds them by their names
pytestmark = [linux, pytest.mark.slow]


def broken_study(
    folder: Path, settings: dict[str, str], csv: Path, edit: Callable[[], object], **more: Any
) -> tuple[StudyRecord, str]:
    """Run a study whose backtest is edited after two trials; return it, and what ended it."""
    with study_of(folder, settings, n_trials=6, **more) as tuner:
        tuner.add_listener(After(2, edit))
        with pytest.raises(BacktestError) as error:
            tuner.optimize(csv)
        return read_study(tuner.study), str(error.value)


def edit(path: Path, text: str) -> Callable[[], object]:
    """Return what replaces the text of a file."""
    return lambda: path.write_text(text)


def edit_unseen(path: Path, text: str) -> Callable[[], None]:
    """Return what replaces the text of a file, but neither its size nor its time."""

    def change() -> None:
        was = path.stat()
        assert len(text) == was.st_size
        path.write_text(text)
        os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns))

    return change


# --- while it runs -------------------------------------------------------------------------------


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_edit_of_a_module_that_the_backtest_imports_ends_the_study_and_names_the_module(
    csv: Path, tmp_path: Path, n_jobs: int
) -> None:
    settings, rates = write_package(tmp_path), tmp_path / "lib" / "edited" / "rates.py"
    study, line = broken_study(tmp_path, settings, csv, edit(rates, "RATE = 0.99\n"), n_jobs=n_jobs)
    assert line.startswith(
        "backtest edited.main:run_backtest: must stay as it is while its trials run, got another "
        "edited.rates (SHA-256 "
    )
    assert "\n" not in line
    check_interrupted(study)
    named = [one for one in outcomes_of(study) if "edited.rates" in one.message]
    assert 1 <= len(named) <= n_jobs  # each trial that ran then may have met it
    rates.write_text("RATE = 0.51\n")
    whole = ran(tmp_path, settings, csv, n_trials=6)
    ended = ended_trials(whole.trials)
    assert [trial.metric("accuracy") for trial in ended] == [0.51] * 6
    assert [trial.point for trial in ended] == list(range(6))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda path: path.unlink(), "got no edited.rates any more"),
        (lambda path: path.write_text("def (:\n"), "got another edited.rates "),
        (lambda path: path.write_text("raise OSError('gone')\n"), "got another edited.rates "),
        (lambda path: path.write_text("import os\nos._exit(3)\n"), "got another edited.rates "),
        (
            lambda path: (path.parent / "main.py").write_text("def run(): pass\n"),
            "got another edited.main ",
        ),
        (
            lambda path: (path.parent / "__init__.py").unlink(),
            "got no edited any more",
        ),
    ],
)
def test_a_backtest_that_is_deleted_or_broken_ends_the_study_and_no_trial_fails(
    csv: Path, tmp_path: Path, change: Callable[[Path], object], said: str
) -> None:
    settings, rates = write_package(tmp_path), tmp_path / "lib" / "edited" / "rates.py"
    study, line = broken_study(tmp_path, settings, csv, lambda: change(rates))
    assert said in line
    check_interrupted(study)


def test_a_backtest_whose_needs_are_gone_ends_the_study_and_no_trial_fails(
    csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = tmp_path / "elsewhere" / "needed_of_edited.py"
    needed.parent.mkdir()
    needed.write_text("")
    monkeypatch.syspath_prepend(str(needed.parent))
    settings = write_package(tmp_path)
    main = tmp_path / "lib" / "edited" / "main.py"
    main.write_text("import needed_of_edited\n" + main.read_text())
    study, line = broken_study(tmp_path, settings, csv, needed.unlink, fresh_import=True)
    assert "No module named 'needed_of_edited'" in line
    check_interrupted(study)


def test_an_edit_that_keeps_size_and_time_is_seen_beside_a_cached_compilation(
    csv: Path, tmp_path: Path
) -> None:
    settings, rates = write_package(tmp_path), tmp_path / "lib" / "edited" / "rates.py"
    subprocess.run([sys.executable, "-m", "compileall", "-q", rates.parent], check=True)
    study, line = broken_study(tmp_path, settings, csv, edit_unseen(rates, "RATE = 0.99\n"))
    assert "got another edited.rates " in line
    check_interrupted(study)


@pytest.mark.parametrize("body", [LATE, LATER])
def test_a_module_that_is_imported_in_the_middle_of_a_trial_is_held_as_well(
    csv: Path, tmp_path: Path, body: str
) -> None:
    settings, late = write_package(tmp_path, body), tmp_path / "lib" / "edited" / "late.py"
    study, line = broken_study(tmp_path, settings, csv, edit(late, "MARK = 2.0\n"))
    assert "got another edited.late " in line
    check_interrupted(study)
    assert {trial.metric("late") for trial in ended_trials(study.trials)} == {1.0}
    assert set(study.sources) == {"edited", "edited.late", "edited.main", "edited.rates"}


def test_a_module_that_is_deleted_before_it_is_imported_in_a_trial_is_missed(
    csv: Path, tmp_path: Path
) -> None:
    settings, late = write_package(tmp_path, LATER), tmp_path / "lib" / "edited" / "late.py"
    study, line = broken_study(tmp_path, settings, csv, late.unlink)
    assert "got no edited.late any more" in line
    check_interrupted(study)


def test_a_trial_that_hangs_or_crashes_on_an_edited_source_is_interrupted(
    csv: Path, tmp_path: Path
) -> None:
    settings, late = write_package(tmp_path, LATER), tmp_path / "lib" / "edited" / "late.py"
    hang = edit(late, "import time\ntime.sleep(1e6)\n")
    study, line = broken_study(tmp_path, settings, csv, hang, timeout_per_trial=15)
    assert "got another edited.late " in line
    check_interrupted(study)


def test_a_trial_that_has_read_the_first_source_may_end_after_an_edit(
    csv: Path, tmp_path: Path
) -> None:
    settings, rates = write_package(tmp_path, WAIT), tmp_path / "lib" / "edited" / "rates.py"

    class Edit(After):
        def trial_started(self, trial: TrialRecord) -> None:
            if trial.number == 0:
                eventually((rates.parent / "read").exists)
                rates.write_text("RATE = 0.99\n")
                (rates.parent / "go").touch()

    with study_of(tmp_path, settings, n_trials=2) as tuner:
        tuner.add_listener(Edit(0, print))
        with pytest.raises(BacktestError, match=r"got another edited\.rates"):
            tuner.optimize(csv)
        study = read_study(tuner.study)
    assert study.trials[0].metric("accuracy") == 0.51
    check_interrupted(study)


# --- what is stored, and held when it goes on ----------------------------------------------------


def test_a_study_stores_every_source_below_the_folder_of_its_backtest(
    csv: Path, tmp_path: Path
) -> None:
    settings = write_package(tmp_path)
    beside = tmp_path / "lib" / "beside.py"
    beside.write_text("import json, csv, numpy\n")
    foreign = tmp_path / "lib" / "env" / "site-packages" / "foreign_of_edited.py"
    foreign.parent.mkdir(parents=True)
    foreign.write_text("")
    main = tmp_path / "lib" / "edited" / "main.py"
    main.write_text(
        f"import sys; sys.path.append({str(foreign.parent)!r})\n"
        f"import beside, foreign_of_edited\n{main.read_text()}"
    )
    study = ran(tmp_path, settings, csv, n_trials=1)
    files = {
        "beside": beside,
        "edited": main.parent / "__init__.py",
        "edited.main": main,
        "edited.rates": main.parent / "rates.py",
    }
    assert dict(study.sources) == {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()
    }


def test_a_study_refuses_to_go_on_with_an_edited_module_and_names_it(
    csv: Path, tmp_path: Path
) -> None:
    settings, rates = write_package(tmp_path), tmp_path / "lib" / "edited" / "rates.py"
    ran(tmp_path, settings, csv, n_trials=1)
    rates.write_text("RATE = 0.99\n")
    with study_of(tmp_path, settings, n_trials=2) as tuner:
        with pytest.raises(
            StudyError, match=r"must go on with the same backtest, .*'edited\.rates' \(SHA-256 "
        ):
            tuner.optimize(csv)
        assert len(tuner.study.trials) == 1


def test_an_older_study_without_sources_is_held_to_its_one_file(csv: Path, tmp_path: Path) -> None:
    settings, rates = write_package(tmp_path), tmp_path / "lib" / "edited" / "rates.py"
    with study_of(tmp_path, settings, n_trials=1) as tuner:
        tuner.optimize(csv)
        storage = tuner.study._storage
        study_id = tuner.study._study_id
        storage.set_study_user_attr(study_id, SOURCES, None)
    rates.write_text("RATE = 0.99\n")
    study = ran(tmp_path, settings, csv, n_trials=2)
    assert [trial.metric("accuracy") for trial in study.trials] == [0.51, 0.99]
    main = tmp_path / "lib" / "edited" / "main.py"
    main.write_text(main.read_text() + "# better\n")
    with (
        study_of(tmp_path, settings, n_trials=3) as tuner,
        pytest.raises(StudyError, match="must go on with the same backtest"),
    ):
        tuner.optimize(csv)


def test_a_study_of_the_embedded_backtest_stores_no_sources(tmp_path: Path) -> None:
    with study_of(tmp_path, {}, n_trials=1, limit=700, min_predictions=50) as tuner:
        tuner.optimize("sample")
        assert SOURCES not in tuner.study.user_attrs
        assert read_study(tuner.study).sources == {}


def test_a_backtest_without_a_version_has_the_commit_and_other_commits_of_it_go_on(
    csv: Path, tmp_path: Path
) -> None:
    settings = write_package(tmp_path)

    def git(*words: str) -> str:
        who = ["-c", "user.name=n", "-c", "user.email=e@x"]
        command = ["git", "-C", str(tmp_path / "lib"), *who, *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "first")
    first = git("rev-parse", "HEAD")
    study = ran(tmp_path, settings, csv, n_trials=1)
    assert study.backtest["version"] == f"git:{first[:12]}"
    git("commit", "-qm", "second", "--allow-empty")
    study = ran(tmp_path, settings, csv, n_trials=2)
    assert study.backtest["version"] == f"git:{first[:12]}"
    assert len(study.trials) == 2
