"""docs/start.md, run as it stands: all of its commands, in its order, in one folder."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.container_cases import NoContainerError, run_contained
from support.paths import ROOT
from support.pool_cases import linux
from support.server_cases import (
    environment,
    free_port,
    post,
    running,
    skip_unless_mlflow_serves_here,
)

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
START = (ROOT / "docs" / "start.md").read_text(encoding="utf-8")
#: Trials of each study: points that are drawn without looking at other trials, and so the same in
#: any order of trials.
TRIALS = 5
PYTHON, MLFLOW_UI, SERVING = "python", "mlflow server", "mlflow models serve"
#: What stands on the page and is not run: this test itself, and the environment that it runs in.
NOT_RUN = ("make test", ". .venv/bin/activate")
#: Each command by its beginning, in the page's order, its exit code, and words that it prints.
TOUR = (
    ("make tune", 0, "registered as titan-config version 1, alias challenger"),
    ("mlflow run", 0, "nothing is left to run"),
    ("titan-mlopt verdict", 0, "2,880 candles sealed"),
    ("titan-mlopt promote 1", 0, "PROMOTE: Better than the coin and every simple rule"),
    ("titan-mlopt tune --study-name second", 0, "champion, version 1"),
    ("titan-mlopt promote 2", 3, "champion of titan-config: stays version 1"),
    ("titan-mlopt promote 2 --force", 0, "champion of titan-config is version 2 (was version 1)"),
    ("titan-mlopt rollback", 0, "champion of titan-config is version 1 (was version 2)"),
    ("titan-mlopt pull", 0, "config.json: titan-config version 1, 30 keys"),
    (MLFLOW_UI, 0, "OK"),
    ("titan-mlopt leaderboard", 0, f"{TRIALS} trials"),
    ("titan-mlopt report", 0, "written to report/"),
    ("titan-mlopt replay", 0, "bit for bit"),
    (SERVING, 0, '"direction"'),
    ("titan-mlopt sample", 0, "data.csv: 7200 synthetic one-minute candles"),
    ("titan-mlopt tune --candles data.csv", 0, "registered as titan-config version 3"),
    (PYTHON, 0, "'feature.fast_window'"),
)

#: Runs a server in the container until it answers; prints what it says.
SERVED = """
import os, signal, subprocess, sys, time, urllib.request
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.candles.sample import sample_candles
port, *words = sys.argv[1:]
server = subprocess.Popen([sys.executable, "-m", *words], start_new_session=True)
ready, address = "health" if words[1] == "server" else "ping", f"http://127.0.0.1:{port}/"
for _ in range(6000):
    try:
        print(urllib.request.urlopen(address + ready).read().decode())
        break
    except OSError:
        assert server.poll() is None
        time.sleep(0.1)
if ready == "ping":
    save_candles(sample_candles(200), "client.csv")
    body = open("client.csv", "rb").read()
    request = urllib.request.Request(address + "invocations", body, {"Content-Type": "text/csv"})
    print(urllib.request.urlopen(request).read().decode())
os.killpg(server.pid, signal.SIGTERM)
server.wait()
"""


def steps(page: str = START) -> Iterator[str]:
    """Yield a page's commands without comments, and its Python after the word "python"."""
    for language, block in re.findall(r"```(sh|python)\n(.*?)```", page, re.DOTALL):
        if language == PYTHON:
            yield f"{PYTHON} {block}"
            continue
        for line in block.splitlines():
            command = shlex.join(shlex.split(line, comments=True))
            if command and command not in NOT_RUN:
                yield command


def shortened(command: str) -> str:
    """Return the command with few trials, and without setting up an environment for `make`."""
    fewer = re.sub(r"(n_trials=|--n-trials )\d+", rf"\g<1>{TRIALS}", command)
    return fewer.replace("make tune", f"make --old-file=setup tune N_TRIALS={TRIALS}")


def served(command: str, folder: Path) -> str:
    """Return what the server of a command answers; its port is a free one."""
    port = str(free_port())
    ready = "health" if command.startswith(MLFLOW_UI) else "ping"
    address = f"http://127.0.0.1:{port}"
    words = shlex.split(re.sub(r"(?<=--port )\d+", port, command))
    with running(words, f"{address}/{ready}", folder, environment()):
        if command.startswith(MLFLOW_UI):
            return "OK"
        # The sample comes later in the tour: a client has candles of its own.
        subprocess.run(
            ["titan-mlopt", "sample", "client.csv", "--n", "200"],
            cwd=folder,
            env=environment(),
            check=True,
            capture_output=True,
        )
        body = (folder / "client.csv").read_bytes()
        return post(f"{address}/invocations", body, "text/csv")[1].decode()


def done(step: str, folder: Path) -> tuple[int, str]:
    """Return exit code and output of a step."""
    if step.startswith((MLFLOW_UI, SERVING)):
        return 0, served(step, folder)
    command = shlex.split(shortened(step))
    if step.startswith(PYTHON):
        command = [sys.executable, "-c", shortened(step).removeprefix(PYTHON).lstrip()]
    ran = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    assert "Traceback" not in ran.stderr, (step, ran.stderr)
    return ran.returncode, ran.stdout + ran.stderr


@pytest.mark.docs
@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_the_commands_of_the_start_page_run_in_its_order_in_one_folder(
    store: str, tmp_path: Path
) -> None:
    skip_unless_mlflow_serves_here()
    for name in ("Makefile", "MLproject", "conda.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    for step, (beginning, code, words) in zip(steps(), TOUR, strict=True):
        assert step.startswith(beginning)
        got, said = done(step, tmp_path)
        assert got == code, (step, said)
        assert words in said, (step, said)
    assert {"config.json", "data.csv", "report"} <= {path.name for path in tmp_path.iterdir()}


@linux
@pytest.mark.matrix
def test_the_tour_passes_as_nobody_in_a_read_only_installation() -> None:
    """``make`` itself writes an environment into the checkout: its command stands in for it."""
    skip_unless_mlflow_serves_here()
    variables = {
        name: environment()[name] for name in ("PATH", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION")
    }
    files = {name: (ROOT / name).read_text() for name in ("MLproject", "conda.yaml")}
    copy = f"from pathlib import Path; [Path(k).write_text(v) for k, v in {files!r}.items()]"
    try:
        _, *ended = run_contained([["-c", copy], *map(contained, steps())], variables)
    except NoContainerError as error:
        pytest.skip(f"no container here: {error}")
    for (beginning, code, words), command in zip(TOUR, ended, strict=True):
        assert "Traceback" not in command.err, (beginning, command.err)
        assert command.code == code, (beginning, command.err)
        assert words in command.out + command.err, (beginning, command)


def contained(step: str) -> list[str]:
    """Return Python's arguments for a step of the tour where there is no other program."""
    program, *words = shlex.split(shortened(step)) if not step.startswith(PYTHON) else [PYTHON]
    if program == PYTHON:
        return ["-c", shortened(step).removeprefix(PYTHON).lstrip()]
    if program == "make":
        (recipe,) = re.findall(r"mlflow (run \. .*) \\\n\t *(-P .*) (-P .*)", MAKEFILE)
        words = shlex.split(" ".join(recipe).replace("$(N_TRIALS)", str(TRIALS)))
        return ["-m", "mlflow", *words]
    if step.startswith((MLFLOW_UI, SERVING)):
        place = words.index("--port") + 1
        words[place] = str(free_port())
        return ["-c", SERVED, words[place], "mlflow", *words]
    return ["-m", program.replace("-", "_"), *words]


def test_the_readme_is_two_screens_with_two_commands_to_begin_with() -> None:
    assert len(README.splitlines()) <= 105
    assert README.index("make tune") < README.index("make test") < README.index("titan-mlopt")
    for target in ("tune", "test"):
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE)


def test_every_command_of_the_readme_is_one_of_the_start_page_in_its_order() -> None:
    page = list(steps())
    places = [page.index(step) for step in steps(README)]
    assert len(places) > 5
    assert places == sorted(places)


def test_the_tour_has_a_step_for_each_command_of_the_start_page() -> None:
    assert [step.startswith(row[0]) for step, row in zip(steps(), TOUR, strict=True)] == [
        True
    ] * len(TOUR)
