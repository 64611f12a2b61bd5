"""What a person who asks for the sensitivity is promised: output, exit codes, files, MLflow."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from mlflow import MlflowClient

from support.paths import ROOT
from support.pool_cases import eventually
from support.sensitivity_cases import CONFIG, RANGES, alive, known, standin
from support.standin_cases import STANDIN
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.candles.splits import split_candles
from titan_mlopt.cli import main
from titan_mlopt.core.search_space import Space, load_space, space_text
from titan_mlopt.study import dataset

PAGE = (ROOT / "docs" / "sensitivity.md").read_text(encoding="utf-8")


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words))


@pytest.fixture
def folder(store: str) -> Path:
    """Return the working folder, with the known backtest, its space and its config in it."""
    known(Path.cwd())
    Path("own space.json").write_text(space_text(Space(RANGES)))
    Path("own.json").write_text(json.dumps(CONFIG))
    return Path.cwd()


def vary(*words: str) -> Result:
    """Vary the parameters of the known backtest."""
    own = ("--backtest", "known:run_backtest", "--backtest-path", "code")
    around = ("--space", "own space.json", "--config", "own.json", "--limit", "700")
    return run("sensitivity", *own, *around, *words)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--config", "none.json"], "none.json: must be a readable file"),
        (["--config", "high.json"], "high.json: feature.fast_window: must be a whole number"),
        (["--space", "none.json"], "none.json: must be a readable file"),
        (["--freeze-dead", "no/such/s.json"], "--freeze-dead: must be a file in a folder that can"),
        (["--freeze-dead", "."], "--freeze-dead: must be a file in a folder that can be written"),
        (["--limit", "120"], "must have at least"),
        (["--repeat", "0"], "repeat: must be a whole number >= 1, got 0"),
        (["--backtest", "no.such:thing", "--holdout", "0"], "no.such: must be importable"),
        (["--scratch", "nowhere"], "scratch: must be an existing folder, got 'nowhere'"),
    ],
)
def test_bad_input_is_one_line_that_names_it_and_exit_code_2(
    store: str, words: list[str], message: str
) -> None:
    Path("high.json").write_text('{"feature.fast_window": 11}')
    result = run("sensitivity", *words)
    assert result.exit_code == 2
    assert result.stderr.startswith("titan-mlopt: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


def test_the_end_shows_the_table_the_honest_words_and_the_next_command(folder: Path) -> None:
    (folder / "code" / "known.py").write_text(
        (folder / "code" / "known.py").read_text().replace("0.1 * y", "0.05")
    )
    result = vary("--freeze-dead", "left over.json", "--no-mlflow")
    assert result.exit_code == 0, result.stderr
    assert "1 of 2 parameters is dead on these candles." in result.stdout
    assert "left over.json: 1 parameters to draw, 1 fixed" in result.stdout
    assert load_space("left over.json") == Space({"a.x": RANGES["a.x"]}, {"b.y": 0.5})
    assert result.stdout.rstrip().splitlines()[-1] == (
        "  titan-mlopt tune --space 'left over.json' --limit 700 --backtest known:run_backtest "
        "--backtest-path code"
    )
    assert "5 runs: the config 2 times, 3 variations of it" in result.stderr
    assert "\x1b" not in result.stdout + result.stderr
    assert MlflowClient(f"sqlite:///{folder / 'mlflow.db'}").search_experiments()[0].name == (
        "Default"
    )


def test_a_script_reads_one_json_document(folder: Path) -> None:
    document = json.loads(vary("--json", "--no-mlflow").stdout)
    assert document["config"] == CONFIG
    assert document["moves"] == ["a.x", "b.y"]
    assert (document["dead"], document["unknown"], document["space"]) == ([], [], None)
    x = document["parameters"][0]
    assert (x["parameter"], x["low"]["value"], x["high"]["value"]) == ("a.x", 0, 10)
    assert x["effects"]["accuracy"] == pytest.approx(0.06)
    assert document["next"].startswith("titan-mlopt tune --space 'own space.json' ")


def test_it_sees_what_tune_would_tune_on_and_the_space_says_which_candles_these_were(
    folder: Path,
) -> None:
    (folder / "code" / "known.py").write_text(
        (folder / "code" / "known.py").read_text().replace("0.1 * y", "0.05")
    )
    result = vary("--holdout", "20%", "--freeze-dead", "left.json", "--no-mlflow", "--json")
    assert result.exit_code == 0, result.stderr
    part, _ = split_candles(sample_candles().head(700), 0.2)
    document = json.loads(result.stdout)
    # A fifth of 700 is sealed, and the two before it are in neither part.
    assert (len(part), document["candles"]) == (558, part.describe())
    assert "hold-out: the last 140 candles are sealed" in result.stderr
    assert json.loads(Path("left.json").read_text())["candles"] == part.describe()
    assert load_space("left.json") == Space({"a.x": RANGES["a.x"]}, {"b.y": 0.5})
    assert "--holdout 0.2" in document["next"]


def test_a_long_file_has_a_hold_out_without_being_asked_as_in_tune(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset, "AUTO_CANDLES", 700)
    document = json.loads(vary("--json", "--no-mlflow").stdout)
    assert document["candles"]["count"] == 558
    assert "--holdout" not in document["next"]


def test_a_space_of_the_dead_alone_is_refused_after_the_table(folder: Path) -> None:
    (folder / "code" / "known.py").write_text(
        (folder / "code" / "known.py").read_text().replace("x, y =", "x, y = 4, 0.5 #")
    )
    result = vary("--freeze-dead", "left.json", "--no-mlflow")
    assert result.exit_code == 2
    assert "2 of 2 parameters are dead on these candles." in result.stdout
    assert "--freeze-dead: must leave a parameter to draw, got 2 of 2 dead" in result.stderr
    assert not Path("left.json").exists()


@pytest.mark.slow
def test_mlflow_has_one_run_for_the_study_and_one_under_it_for_each_job(
    folder: Path, store: str
) -> None:
    known(folder, fails_at=10)
    result = vary("--experiment", "dead or alive", "--json")
    assert result.exit_code == 0, result.stderr
    client = MlflowClient(store)
    experiment = client.get_experiment_by_name("dead or alive")
    assert experiment is not None
    runs = client.search_runs([experiment.experiment_id])
    (parent,) = (r for r in runs if r.data.tags["titan_mlopt.kind"] == "sensitivity")
    jobs = {r.info.run_name: r for r in runs if r is not parent}
    assert set(jobs) == {
        *("base 0", "base 1", "a.x = 0 (low)", "a.x = 10 (high)", "b.y = 0.1 (low)"),
    }
    for job in jobs.values():
        assert job.data.tags["titan_mlopt.kind"] == "sensitivity_trial"
        assert job.data.tags["mlflow.parentRunId"] == parent.info.run_id
    document = json.loads(result.stdout)
    assert parent.info.status == "FINISHED"
    assert parent.data.tags["titan_mlopt.candles_sha256"] == document["candles"]["sha256"]
    assert parent.data.tags["titan_mlopt.backtest"] == "known:run_backtest"
    assert parent.data.params["limit"] == "700"
    assert parent.data.metrics["n_unknown"] == 1
    assert "| a.x | 4 | 0 → 10 |" in parent.data.tags["mlflow.note.content"]
    assert parent.info.run_id in document["links"]["study"]

    low, high, base = (jobs[n] for n in ("a.x = 0 (low)", "a.x = 10 (high)", "base 0"))
    assert (low.data.params, base.data.params) == ({"a.x": "0"}, {})
    assert low.data.metrics["accuracy"] == 0.5
    assert (low.info.status, high.info.status) == ("FINISHED", "FAILED")
    assert high.data.tags["mlflow.note.content"] == "RuntimeError: no such window"
    config = client.download_artifacts(low.info.run_id, "config.json")
    assert json.loads(Path(config).read_text()) == {"a.x": 0, "b.y": 0.5}
    assert "error.txt" in {f.path for f in client.list_artifacts(high.info.run_id)}

    files = Path(client.download_artifacts(parent.info.run_id, ""))
    assert {path.name for path in files.iterdir()} == {
        *("sensitivity.csv", "tornado.html", "space.json", "config.json"),
    }
    assert load_space(files / "space.json") == Space(RANGES)
    page = (files / "tornado.html").read_text()
    assert "Plotly.newPlot" in page
    assert len(page) < 2_300_000
    assert not re.search(r'<(script|link)[^>]+(src|href)="http', page)
    assert (files / "sensitivity.csv").read_text().splitlines()[1].startswith("a.x,4,0,10,0.5,,-0.")


@pytest.mark.slow
def test_a_store_that_fails_is_one_notice_the_table_and_exit_code_1(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:secret@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    result = vary("--freeze-dead", "left.json")
    assert result.exit_code == 1
    assert result.stderr.count("MLflow: must take the runs, got ") == 1
    assert "secret" not in result.stderr
    assert "none of 2 parameters is dead" in result.stdout
    assert Path("left.json").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_prints_what_was_measured_and_leaves_nothing(
    folder: Path, store: str, number: signal.Signals
) -> None:
    known(folder, hangs_at=0)
    ended = {"base 0": "FINISHED", "base 1": "FINISHED"}
    (folder / "scratch").mkdir()
    own = ["--backtest", "known:run_backtest", "--backtest-path", "code", "--scratch", "scratch"]
    around = ["--space", "own space.json", "--config", "own.json", "--limit", "700"]
    command = [sys.executable, "-m", "titan_mlopt", "sensitivity", *own, *around]
    with subprocess.Popen(
        [*command, "--freeze-dead", "left.json"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "2/5 runs" in line:
                break
        # What MLflow has not taken some seconds after the signal would be left out.
        eventually(lambda: statuses_of(store) == {"sensitivity on sample": "RUNNING", **ended})
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=1500)
    assert process.returncode == 130, stderr
    assert "stopping: what was measured follows" in stderr
    assert "Traceback" not in stderr
    assert "base   accuracy 0.5400" in stdout
    assert "unknown: not measured at low, not measured at high" in stdout
    assert "stopped: no space was written" in stdout
    assert not Path("left.json").exists()
    assert list((folder / "scratch").iterdir()) == []
    assert statuses_of(store) == {"sensitivity on sample": "KILLED", **ended}


def statuses_of(store: str) -> dict[str, str]:
    client = MlflowClient(store)
    ids = [experiment.experiment_id for experiment in client.search_experiments()]
    return {run.info.run_name: run.info.status for run in client.search_runs(ids)}


@pytest.mark.docs
def test_the_commands_of_the_page_run_and_the_space_holds_what_acts(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    standin(monkeypatch)
    Path("config.json").write_text('{"feature.fast_window": 6}')
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    lines = "".join(blocks).replace("\\\n", " ").replace("../titan", str(STANDIN)).splitlines()
    assert len(lines) == 3
    for line in lines:
        program, *words = shlex.split(line)
        assert program == "titan-mlopt"
        result = run(*words)
        assert result.exit_code == 0, f"{line}: {result.stderr}"
    assert "12 of 21 parameters are dead on these candles" in result.stdout
    assert set(load_space("titan_space.json").ranges) == alive()
    assert load_space("titan_space.json").fixed["ml.max_depth"] == 7
    tuned = run("tune", "--space", "titan_space.json", "--n-trials", "2", "--limit", "700",
                "--backtest", "titan.core.backtest:run_backtest", "--backtest-path", str(STANDIN),
                "--study-name", "titan", "--register-as", "none", "--json")  # fmt: skip
    assert tuned.exit_code == 0, tuned.stderr
    assert json.loads(tuned.stdout)["summary"]["total_trials"] == 2
