"""The first tour where production runs: as ``nobody``, code and HOME read-only, 64 MB of memory."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import titan_mlopt
from support.container_cases import NoContainerError, Ran, run_contained
from titan_mlopt.executors.local.zygote_client import SLOW_START

pytestmark = pytest.mark.slow

QUICK = "--n-trials 3 --limit 1500 --min-predictions 100"
#: The tour of the README, shortened, with what each command must print.
TOUR = (
    (f"tune {QUICK} --n-jobs 2 --holdout 20%", "registered as titan-config version 1"),
    ("studies", "3 complete"),
    ("leaderboard --sort sharpe", "3 trials"),
    ("report --out report", "written to report/"),
    ("verdict", "effective number of trials "),
    ("versions", "challenger"),
    ("promote 1 --force --reason look", "champion of titan-config is version 1"),
    ("pull --alias champion --out config.json", "hash verified"),
    ("replay --trial 2", "bit for bit"),
    ("export --out best.json", "best.json: 30 keys"),
    (
        "apply --alias champion --db titan.db --create --force --reason look --dry-run",
        "dry run: nothing was written",
    ),
)
NO_COPY = "no copy was kept for --offline: /tmp/home/.cache/titan_mlopt: must be a folder that"
LEFT = "from pathlib import Path; print(*Path('/tmp').iterdir(), *Path('/dev/shm').iterdir())"
WRITES = """
import sys
from pathlib import Path
for folder in %r:
    try:
        Path(folder, "probe").touch()
        print("can write to", folder)
    except OSError as error:
        print(error.strerror)
"""


def contained(*commands: str | list[str], **settings: object) -> list[Ran]:
    """Run commands of ours, or lists of Python's arguments, in a container; or skip the test."""
    words = [["-m", "titan_mlopt", *c.split()] if isinstance(c, str) else c for c in commands]
    try:
        return run_contained(words, **settings)  # type: ignore[arg-type]  # the caller's
    except NoContainerError as error:
        pytest.skip(f"no container can be made here: {error}")


def mounted_below_tmp() -> set[str]:
    """Return the folders in /tmp where code of ours is mounted, for a checkout that lies there."""
    places = (titan_mlopt.__file__, sys.prefix, sys.base_prefix)
    return {str(Path(*Path(place).parts[:3])) for place in places if place.startswith("/tmp/")}


@pytest.mark.docs
def test_the_first_tour_runs_for_nobody_with_code_and_home_read_only() -> None:
    package = str(Path(titan_mlopt.__file__).parent)
    checks = [["-c", WRITES % ([package, f"{package}/backtest/engine/__pycache__", "/tmp/home"],)]]
    commands = [command for command, _ in TOUR]
    places, *ran, left = contained(*checks, *commands, ["-c", LEFT])
    assert places.out.splitlines() == ["Read-only file system"] * 3
    for (command, words), done in zip(TOUR, ran, strict=True):
        assert done.code == 0, f"{command}: {done.err}"
        assert words in done.out, command
        assert "Traceback" not in done.err, command
    said = {command: done.err.splitlines() for command, done in zip(commands, ran, strict=True)}
    tune, replay = commands[0], "replay --trial 2"
    # One notice for the command, not for each of its processes; none where nothing is compiled.
    assert [said[command].count(SLOW_START) for command in (tune, replay)] == [1, 1]
    fetching = [command for command in commands if command.startswith(("pull", "apply"))]
    assert all(said[command][0].startswith(NO_COPY) for command in fetching)
    silent = set(commands) - {tune, replay, *fetching}
    assert {command: said[command] for command in silent if said[command]} == {}
    assert set(left.out.split()) == {"/tmp/home", "/tmp/work", *mounted_below_tmp()}


@pytest.mark.matrix
def test_it_runs_without_a_home_and_with_caches_that_are_full_or_cannot_be_made() -> None:
    settings = {
        "HOME": None,
        "XDG_CACHE_HOME": "/proc/cache",
        "NUMBA_CACHE_DIR": "/tmp/full",
    }
    tiny = "mkdir /tmp/full && mount -t tmpfs -o size=64k,mode=1777 tmpfs /tmp/full"
    tune, report, pull = contained(
        f"tune {QUICK}",
        "report --out report",
        "pull --alias challenger --out config.json",
        env=settings,
        prepare=tiny,
    )
    for done in (tune, report, pull):
        assert done.code == 0, done.err
        assert "Traceback" not in done.err
    assert tune.err.splitlines().count(SLOW_START) == 1
    assert report.err == ""
    assert pull.err.startswith("no copy was kept for --offline: /proc/cache/titan_mlopt: must be")


API = """
import os, sys
os.environ.update(NUMBA_CACHE_DIR=sys.argv[1])
from titan_mlopt import create_tuner
settings = dict(tracking=False, limit=700, min_predictions=50)
with create_tuner(sys.argv[2], 1, **settings) as tuner:
    assert tuner.optimize("sample")
"""


@pytest.mark.matrix
def test_a_script_is_warned_unless_numba_has_a_folder_which_then_keeps_the_code() -> None:
    kept = "/tmp/work/numba"
    listing = f"from pathlib import Path; print(*Path('{kept}').rglob('*.nbi'))"
    warned, silent, files = contained(
        ["-c", API, "", "one.db"], ["-c", API, kept, "two.db"], ["-c", listing]
    )
    assert warned.code == silent.code == 0, f"{warned.err}{silent.err}"
    assert f"UserWarning: {SLOW_START}\n" in warned.err
    assert SLOW_START not in silent.err
    assert "ensemble.decide_bars" in files.out
