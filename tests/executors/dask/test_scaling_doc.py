"""docs/scaling.md: its commands and its script run as they stand, its figures are the code's."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from support.command_cases import all_commands
from support.dask_cases import ROOT, running_commands
from support.pool_cases import linux
from support.postgres_cases import new_database, postgres
from support.studies import quick
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.cli import main
from titan_mlopt.executors.dask import executor
from titan_mlopt.executors.dask import files as dask_candles
from titan_mlopt.executors.dask import worker as dask_host
from titan_mlopt.study.storage.overview import read_overviews
from titan_mlopt.study.storage.studies import load_record

# Fixtures: pytest finds them here by their names.
__all__ = ["new_database", "postgres"]
PAGE = (ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
BLOCKS = [
    [shlex.split(line) for line in block.splitlines()]
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
]
QUICK = ["--n-trials", "4", "--limit", "700", "--min-predictions", "50", "--register-as", "none"]


@pytest.fixture
def here(store: str, tmp_path: Path) -> Path:
    save_candles(sample_candles().head(1500), tmp_path / "candles.csv")
    return tmp_path


def tune(words: list[str], address: str) -> None:
    place = words.index("--scheduler") + 1
    assert re.fullmatch(r"t(cp|ls)://scheduler-host:8786", words[place])
    done = CliRunner().invoke(main, [*words[1:place], address, *words[place + 1 :], *QUICK])
    assert done.exit_code == 0, done.output
    assert "4 trials run now" in done.output


@linux
@pytest.mark.matrix
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # Dask's own sockets
def test_the_pages_cluster_tunes_a_study(here: Path) -> None:
    with running_commands(BLOCKS[0], here) as address:
        (command,) = BLOCKS[1]
        tune(command, address)


@linux
@pytest.mark.matrix
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_the_pages_cluster_with_certificates_tunes_a_study(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    new += ["-subj", "/CN=127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(new, cwd=here, check=True, capture_output=True)
    (here / "ca.pem").write_bytes((here / "cert.pem").read_bytes())
    *servers, command = BLOCKS[2]
    names = re.findall(r"`(DASK_\w+TLS\w+)`", PAGE)
    files = ["ca.pem", "cert.pem", "key.pem"]
    code = "import sys; from titan_mlopt.cli import main; main(sys.argv[1:])"
    with running_commands(servers, here) as address:
        place = command.index("--scheduler") + 1
        words = [*command[1:place], address, *QUICK]
        done = subprocess.run(
            [sys.executable, "-c", code, *words],
            cwd=here,
            env={**os.environ, **dict(zip(names, files, strict=True))},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        monkeypatch.setattr("titan_mlopt.executors.dask.cluster._CONNECT_TIMEOUT_S", 2.0)
        refused = CliRunner().invoke(main, words)
        assert refused.exit_code == 2
        assert "must be a Dask scheduler that answers" in refused.output


@pytest.mark.docs
def test_the_pages_commands_of_postgresql_run_one_after_the_other(
    here: Path, new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TITAN_STORAGE", new_database())
    with quick(here, n_trials=2) as tuner:
        tuner.optimize("sample")
    for words in BLOCKS[3]:
        more = QUICK if words[1] == "tune" else []
        done = CliRunner().invoke(main, [*words[1:], *more])
        assert done.exit_code == 0, done.output
    names = {seen.study.name for seen in read_overviews("env:TITAN_STORAGE")}
    assert names == {"titan_optimization", "before"}
    assert len(load_record(here / "copy.db", "titan_optimization").trials) == 4


SBATCH = """#!/bin/sh
# Stands in for Slurm: runs the job at once, on this machine.
bash "$1" > job-$$.log 2>&1 &
echo $! >> jobs
echo "Submitted batch job $$"
"""


@linux
@pytest.mark.matrix
def test_the_pages_script_tunes_a_study_on_jobs_that_are_submitted(here: Path) -> None:
    pytest.importorskip("dask_jobqueue", reason="pip install dask-jobqueue")
    (script,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    bins = here / "bin"
    bins.mkdir()
    for name, text in (("sbatch", SBATCH), ("scancel", "#!/bin/sh\nxargs kill < jobs\n")):
        (bins / name).write_text(text)
        (bins / name).chmod(0o755)
    activate = "source /shared/titan/.venv/bin/activate"
    assert activate in script
    small = script.replace(activate, "true").replace("cores=8", "cores=1").replace("16GB", "2GB")
    done = subprocess.run(
        [sys.executable, "-c", small],
        cwd=here,
        env={**os.environ, "PATH": f"{bins}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len((here / "jobs").read_text().split()) == 2
    assert len(load_record(here / "titan.db", "titan_optimization").trials) == 20


def test_every_option_that_the_page_names_is_a_commands() -> None:
    known = {
        option
        for command in all_commands().values()
        for parameter in command.params
        for option in parameter.opts
    }
    dasks = {"--port", "--nthreads", "--protocol", "--tls-ca-file", "--tls-cert", "--tls-key"}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", PAGE)) <= known | dasks


def test_the_figures_of_the_page_are_those_of_the_code() -> None:
    assert f"and {executor.BACKSTOP_S:g} s later by the coordinator" in PAGE
    assert executor.MAX_LOSSES == 3
    assert "After the third loss a trial is FAIL" in PAGE
    assert f"in parts of {dask_candles._CHUNK // 2**20} MiB" in PAGE
    assert f"idle, every {dask_host.BEAT_S:g} s" in PAGE
    assert dask_host.PATIENCE_S + dask_host.BEAT_S <= 10  # "10 s later its pools … are gone"
