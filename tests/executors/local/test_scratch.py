"""Whose scratch folders are swept: those of dead coordinators, and nobody else's."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from support.paths import ROOT, open_under
from support.tree_cases import make_deep
from titan_mlopt.core.errors import TitanMloptWarning, TrialError
from titan_mlopt.executors.local import workspace
from titan_mlopt.executors.local.scratch import PREFIX, make_scratch, release_scratch, sweep

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")

OWNER = """
import sys
from pathlib import Path
from titan_mlopt.executors.local.scratch import make_scratch
print(make_scratch(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""
SWEEPER = """
import sys
from pathlib import Path
from titan_mlopt.executors.local.scratch import sweep
sweep([Path(sys.argv[1])])
"""


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[Callable[[], tuple[Path, subprocess.Popen[str]]]]:
    """Return what starts a process that owns a folder and waits."""
    running: list[subprocess.Popen[str]] = []

    def start() -> tuple[Path, subprocess.Popen[str]]:
        process = subprocess.Popen(
            [sys.executable, "-c", OWNER, str(tmp_path)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stdout is not None
        return Path(process.stdout.readline().strip()), process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def renamed(folder: Path, **parts: object) -> Path:
    """Return the folder under a name that says something else of its owner."""
    names = ("pid", "start", "boot", "host", "rest")
    told = dict(zip(names, folder.name.removeprefix(PREFIX).split("-"), strict=True))
    target = folder.with_name(PREFIX + "-".join(str({**told, **parts}[name]) for name in names))
    return folder.rename(target)


def left_by_the_dead(parent: Path) -> Path:
    """Return a folder without a lock whose process began at another time than ours."""
    folder = make_scratch(parent)
    release_scratch(folder)
    (folder / "trial-3").mkdir()
    (folder / "trial-3" / "trial.db").touch()
    return renamed(folder, start=1)


def test_the_folder_of_a_killed_coordinator_goes_when_the_next_one_begins(
    tmp_path: Path, owner: Callable[[], tuple[Path, subprocess.Popen[str]]]
) -> None:
    folder, process = owner()
    (folder / "candles.npy").touch()
    sweep([tmp_path])
    assert (folder / "candles.npy").exists()
    process.send_signal(signal.SIGKILL)
    process.wait()
    mine = workspace.new_scratch(tmp_path)
    assert list(tmp_path.iterdir()) == [mine]


def test_shared_memory_and_tmpdir_are_swept_wherever_the_new_folder_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = [tmp_path / name for name in ("memory", "tmp", "scratch")]
    for place in places:
        place.mkdir()
        left_by_the_dead(place)
    monkeypatch.setattr(workspace, "_SHARED_MEMORY", places[0])
    monkeypatch.setenv("TMPDIR", str(places[1]))
    mine = workspace.new_scratch(places[2])
    assert [list(place.iterdir()) for place in places] == [[], [], [mine]]


def test_a_lock_keeps_a_folder_whatever_its_name_says_of_a_process(tmp_path: Path) -> None:
    # As of a container that shares the folder: its process cannot be seen from here.
    folder = renamed(make_scratch(tmp_path), pid=2**30, start=1)
    sweep([tmp_path])
    assert folder.exists()


def test_a_process_that_lives_keeps_its_folder_also_when_it_lost_the_lock(tmp_path: Path) -> None:
    folder = make_scratch(tmp_path)
    release_scratch(folder)
    sweep([tmp_path])
    assert folder.exists()


def test_a_number_that_another_process_has_by_now_keeps_nothing(tmp_path: Path) -> None:
    assert f"{PREFIX}{os.getpid()}-1-" in str(left_by_the_dead(tmp_path))
    sweep([tmp_path])
    assert list(tmp_path.iterdir()) == []


def test_a_folder_from_before_the_last_boot_goes_and_that_of_another_machine_stays(
    tmp_path: Path,
) -> None:
    before = renamed(left_by_the_dead(tmp_path), boot="0" * 8)
    other = renamed(left_by_the_dead(tmp_path), boot="0" * 8, host="1" * 8)
    sweep([tmp_path])
    assert not before.exists()
    assert other.exists()


def test_a_sweep_goes_on_after_a_tree_of_any_depth(tmp_path: Path) -> None:
    make_deep(left_by_the_dead(tmp_path) / "trial-3", 1500)
    left_by_the_dead(tmp_path)
    mine = workspace.new_scratch(tmp_path)
    make_deep(mine / "trial-4", 1500)
    workspace.remove_folder(mine)
    assert list(tmp_path.iterdir()) == []


def test_what_a_sweep_cannot_remove_is_named_in_one_warning_and_all_else_goes(
    tmp_path: Path,
) -> None:
    stuck = [left_by_the_dead(tmp_path) for _ in range(2)]
    with ExitStack() as mounted:
        for folder in stuck:
            disk = folder / "disk"
            disk.mkdir()
            command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
            try:
                subprocess.run(command, check=True, capture_output=True)
            except (OSError, subprocess.CalledProcessError) as error:
                pytest.skip(f"nothing can be mounted here: {error}")
            mounted.callback(subprocess.run, ["umount", str(disk)], check=True)
        for _ in range(3):
            left_by_the_dead(tmp_path)
        with pytest.warns(TitanMloptWarning) as warned:
            sweep([tmp_path])
    (line,) = [str(one.message) for one in warned]
    named = "|".join(str(folder) for folder in stuck)
    assert re.fullmatch(
        rf"scratch: folders of ended studies must be removable, got ({named}) \(another file "
        r"system is mounted there\) and 1 more; remove them by hand",
        line,
    )
    assert set(tmp_path.iterdir()) == set(stuck)


def test_what_a_dying_trial_writes_during_a_sweep_goes_with_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, rmdir = left_by_the_dead(tmp_path), os.rmdir

    def rmdir_late(name: str, *, dir_fd: int) -> None:
        if name == "trial-3":
            os.close(os.open(f"{name}/late", os.O_CREAT | os.O_WRONLY, dir_fd=dir_fd))
        rmdir(name, dir_fd=dir_fd)

    with monkeypatch.context() as patch:
        patch.setattr(os, "rmdir", rmdir_late)
        sweep([tmp_path])  # a warning would be an error here
    assert [path.name for path in folder.rglob("*")] == ["trial-3", "late"]
    sweep([tmp_path])
    assert not folder.exists()


def test_a_file_system_without_locks_is_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.warns(TitanMloptWarning, match=f"^scratch: {tmp_path} should be on .* with flock"):
        mine = make_scratch(tmp_path)
    release_scratch(mine)
    assert mine.is_dir()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder away")
def test_the_folder_of_another_user_stays(tmp_path: Path) -> None:
    folder = left_by_the_dead(tmp_path)
    os.chown(folder, 65_534, 65_534)
    sweep([tmp_path])
    assert (folder / "trial-3" / "trial.db").exists()


def test_links_files_and_names_of_others_stay(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "titan.db").touch()
    name = left_by_the_dead(tmp_path).name
    shutil.rmtree(tmp_path / name)
    (tmp_path / name).symlink_to(kept)
    (tmp_path / f"{name}file").touch()
    (tmp_path / f"{PREFIX}123-abcdefgh").mkdir()
    (tmp_path / f"{PREFIX}pull-x").mkdir()
    before = sorted(tmp_path.rglob("*"))
    sweep([tmp_path, tmp_path / "missing"])
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("swept", ["locked", "gone"])
def test_who_is_swept_between_making_and_locking_makes_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swept: str
) -> None:
    mkdtemp, taken, held = tempfile.mkdtemp, list[str](), list[int]()

    def swept_at_once(**keywords: str) -> str:
        folder = mkdtemp(**keywords)
        if not taken:
            held.append(os.open(folder, os.O_RDONLY))
            fcntl.flock(held[0], fcntl.LOCK_EX)
            taken.append(folder)
            if swept == "gone":
                Path(folder).rmdir()
        return folder

    monkeypatch.setattr(tempfile, "mkdtemp", swept_at_once)
    mine = make_scratch(tmp_path)
    assert str(mine) not in taken
    assert mine.is_dir()
    assert len(open_under(tmp_path)) == 2  # the sweeper's and ours
    release_scratch(mine)
    os.close(held[0])


def test_a_living_folder_is_seen_from_another_process_namespace(tmp_path: Path) -> None:
    mine, dead = make_scratch(tmp_path), left_by_the_dead(tmp_path)
    ran = subprocess.run(
        [
            *("unshare", "--pid", "--fork", "--mount-proc"),
            *(sys.executable, "-c", SWEEPER, str(tmp_path)),
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    if ran.returncode != 0:
        pytest.skip(f"no namespaces here: {ran.stderr.decode()}")
    assert mine.exists()
    assert not dead.exists()


@pytest.mark.parametrize("place", ["/proc", "missing"])
def test_a_place_that_takes_no_folder_is_one_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    path = tmp_path / place
    with pytest.raises(TrialError, match=rf"^scratch: {path} must take a folder, got .*TMPDIR"):
        workspace.new_scratch(path)
    monkeypatch.setattr(workspace, "MIN_FREE_BYTES", 2**62)
    monkeypatch.setenv("TMPDIR", str(path))
    with pytest.raises(TrialError, match=rf"^scratch: {path} must take a folder, got .*TMPDIR"):
        workspace.new_scratch()


def test_a_trial_that_finds_the_scratch_folder_gone_is_one_error(tmp_path: Path) -> None:
    scratch = workspace.new_scratch(tmp_path)
    workspace.remove_folder(scratch)
    with pytest.raises(TrialError, match=rf"^scratch: {scratch} must take a folder for each trial"):
        workspace.open_folder(scratch, 3)
