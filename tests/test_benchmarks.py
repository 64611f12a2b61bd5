"""The benchmarks run, each part of them, and say what was measured on what."""

from __future__ import annotations

import importlib.util
import json
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.pool_cases import linux

ROOT = Path(__file__).parents[1]
BENCHMARKS = ROOT / "benchmarks"

# All parts; growth with a study of 4 trials, 2 more, and one look at it.
RUN = """
import sys, growth, run
growth.QUICK_SIZES, growth.QUICK_MORE = (4,), (2, 1)
growth.commands = lambda n_trials: {"leaderboard": ("leaderboard",)}
sys.argv = ["run.py", "--quick"]
run.main()
"""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the names of run.py."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    return runpy.run_path(str(BENCHMARKS / "run.py"))


def assert_measured(found: dict[str, Any]) -> None:
    assert found["quick"]
    assert found["machine"]["cores"] == os.cpu_count()
    assert found["machine"].keys() >= {"python", "system", "load", "optuna", "mlflow", "numba"}
    assert len({one["name"] for one in found["figures"]}) == len(found["figures"]) > 3
    for one in found["figures"]:
        assert one["unit"], one
        assert one["values"], one
        assert all(value > 0 for value in one["values"]), one


@pytest.mark.docs
def test_each_part_measures_something_and_tells_on_what(
    run: dict[str, Any], tmp_path: Path
) -> None:
    path = os.pathsep.join(map(str, (BENCHMARKS, BENCHMARKS.parent)))
    command, environment = [sys.executable, "-c", RUN], {**os.environ, "PYTHONPATH": path}
    ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-3000:]
    found = json.loads((tmp_path / "benchmarks-quick.json").read_text())
    assert list(found) == list(run["PARTS"])
    for part in found.values():
        assert_measured(part)
    names = [one["name"] for one in found["growth"]["figures"]]
    assert "doctor --repair, 3 new runs of 4" in names
    assert "leaderboard, 4 trials, peak" in names


def test_the_page_has_a_table_of_every_part(run: dict[str, Any]) -> None:
    text = (BENCHMARKS / "README.md").read_text()
    assert [part for part in run["PARTS"] if f"\n### {part}: " in text] == list(run["PARTS"])


def test_every_benchmark_can_be_imported() -> None:
    names = [path.stem for path in BENCHMARKS.glob("*.py")]
    assert len(names) > 10
    path = os.pathsep.join(map(str, (BENCHMARKS, BENCHMARKS.parent)))
    command = [sys.executable, "-c", f"import {', '.join(names)}"]
    subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, check=True)


def test_tables_of_whole_runs_stand_in_their_place_of_the_readme_and_quick_ones_do_not(
    run: dict[str, Any],
) -> None:
    figures = [{"name": "a start", "values": [3.0, 1.0, 2.0], "unit": "s", "target": "< 3 s"}]
    on = {"cores": 2, "python": "3.11.7", "load": 0.1}
    whole = {"machine": on, "load after": 0.5, "minutes": 1.5, "quick": False, "figures": figures}
    content = {"latency": whole, "report": {**whole, "quick": True}}
    text = f"# Benchmarks\n\n{run['BEGIN']}\nold\n{run['END']}\n\nmore\n"
    written = run["with_tables"](text, content)
    assert written == (
        f"# Benchmarks\n\n{run['BEGIN']}\n\n"
        f"### latency: {run['PARTS']['latency']}\n\n"
        "| what | median | least to most | target |\n|---|---|---|---|\n"
        "| a start | 2.00 s | 1.00 s to 3.00 s (3) | < 3 s |\n\n"
        "cores 2, python 3.11.7, load 0.1 → 0.5; took 1.5 min.\n"
        f"\n{run['END']}\n\nmore\n"
    )
    assert run["with_tables"](written, content) == written
    another = run["with_tables"](written, {"stack": whole})  # measured elsewhere, it stays
    sections = [line for line in another.splitlines() if line.startswith("### ")]
    assert [line.split()[1] for line in sections] == ["stack:", "latency:"]
    assert run["with_tables"](another, {"stack": whole}) == another
    assert run["tables"](content) in another


def test_figures_of_quick_runs_do_not_reach_the_readme(
    run: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["run.py", "report", "--quick", "--readme"])
    with pytest.raises(SystemExit, match="2"):
        run["main"]()
    assert "--readme: must be of whole runs, got --quick" in capsys.readouterr().err


def test_the_readme_names_each_part_and_has_a_place_for_the_tables(run: dict[str, Any]) -> None:
    text = (BENCHMARKS / "README.md").read_text()
    assert text.index(run["BEGIN"]) < text.index(run["END"])
    for part in run["PARTS"]:
        assert f"`{part}`" in text


def peers_python() -> str:
    """Return the interpreter of `make bench-peers`, or this one if it has Ray; else skip."""
    found = ROOT / ".venv-peers" / "bin" / "python"
    if found.exists():
        return str(found)
    if importlib.util.find_spec("ray") is None:
        pytest.skip("needs Ray: make bench-peers PEERS=--quick installs it in .venv-peers")
    return sys.executable


@linux
@pytest.mark.matrix
def test_ours_and_its_peers_are_measured_side_by_side(tmp_path: Path) -> None:
    command = [peers_python(), str(BENCHMARKS / "peers.py"), "--quick"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr[-3000:]
    found = json.loads((tmp_path / "benchmarks-peers-quick.json").read_text())["found"]
    assert list(found) == ["ours", "peer", "peer_mlflow_storage", "peer_ray_tune"]
    ours = found["ours"]
    assert ours["facts"]["nested"] == ours["facts"]["pictures"] * 3 == 3
    assert ours["facts"]["versions"] == 1
    assert ours["facts"]["study plots"] > 0
    assert ours["killed"]["orphans"] == 0
    assert ours["killed"]["resumed"] == 6
    assert "RUNNING" not in ours["killed"]["states after"]
    assert ours["stuck"]["ended"]
    for peer in found.values():
        assert peer["facts"]["trials"] == 3
        assert peer["facts"]["params"] == 21
        assert peer["lines"] > 15
        assert peer["peak_mb"] > 100
    assert ran.stdout.count("\n| ") > 15


def test_the_page_has_a_table_of_the_peers() -> None:
    text = (BENCHMARKS / "README.md").read_text()
    table = text.partition("make bench-peers: begin -->")[2].partition("<!-- written")[0]
    assert "| the whole study |" in table
    for word in (
        "`MlflowStorage`",
        "`MLflowLoggerCallback`",
        "stuck in C code",
        "states right after",
    ):
        assert word in table


@linux
def test_a_peak_of_memory_is_that_of_the_program_and_not_of_its_parent(tmp_path: Path) -> None:
    """The kernel's ru_maxrss begins at the size of the process that it was forked from."""
    code = "from peak import peak_mb; held = bytearray({mb} * 2**20); print(peak_mb())"
    parent = (
        "import subprocess, sys; held = bytearray(300 * 2**20)\n"
        "for mb in (0, 100):\n"
        f"    code = {code!r}.format(mb=mb)\n"
        "    subprocess.run([sys.executable, '-c', code], check=True)"
    )
    env = {**os.environ, "PYTHONPATH": str(BENCHMARKS)}
    ran = subprocess.run(
        [sys.executable, "-c", parent], env=env, check=True, capture_output=True, text=True
    )
    small, large = map(float, ran.stdout.split())
    assert small < 100
    assert large == pytest.approx(small + 100, abs=5)
