"""Trees are removed whatever their depth, and what cannot be removed is named."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.paths import open_under
from support.pool_cases import linux
from support.tree_cases import make_deep
from titan_mlopt.core.trees import remove_tree

NOBODY = 65_534


def test_a_tree_deeper_than_any_path_or_limit_of_open_files_goes(tmp_path: Path) -> None:
    make_deep(tmp_path / "tree", 5000)
    highest = max(int(path.name) for path in Path("/dev/fd").iterdir())
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(highest + 32, soft), hard))
    try:
        assert remove_tree(tmp_path / "tree") is None
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert list(tmp_path.iterdir()) == []
    assert open_under(tmp_path) == []


def test_a_wide_tree_of_files_links_pipes_and_folders_goes_and_no_link_is_followed(
    tmp_path: Path,
) -> None:
    kept, tree = tmp_path / "kept", tmp_path / "tree"
    kept.mkdir()
    (kept / "precious").touch()
    for number in range(40):
        (tree / f"{number}" / "inner").mkdir(parents=True)
        (tree / f"{number}" / "file").touch()
    (tree / "3" / "inner" / "link").symlink_to(kept)
    (tree / "7" / "link").symlink_to("../..")
    (tree / "loop").symlink_to("loop")
    os.mkfifo(tree / "pipe")
    assert remove_tree(tree) is None
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert (kept / "precious").exists()


def test_what_is_no_folder_stays_and_what_is_gone_is_fine(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "precious").touch()
    (tmp_path / "link").symlink_to("kept")
    (tmp_path / "file").touch()
    assert remove_tree(tmp_path / "gone") is None
    assert remove_tree(tmp_path / "gone" / "too") is None
    for name in ("link", "file"):
        error = remove_tree(tmp_path / name)
        assert error is not None
        assert error.errno in (errno.ENOTDIR, errno.ELOOP)
    assert (tmp_path / "link" / "precious").exists()
    assert (tmp_path / "file").exists()


def remove_as_nobody(folder: Path) -> OSError | None:
    """Remove a tree without root's privileges."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(NOBODY)
    try:
        return remove_tree(folder)
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def tree(open_folder: Path) -> Iterator[Path]:
    """Return the place for a tree of a user who is not root."""
    yield open_folder / "tree"
    subprocess.run(["chmod", "-R", "u+rwx", str(open_folder)], check=False)


def give_away(tree: Path) -> None:
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", str(NOBODY), str(tree)], check=True)


@pytest.mark.parametrize("mode", [0o000, 0o400, 0o500, 0o300])
def test_folders_of_ours_that_may_not_be_read_or_written_go(tree: Path, mode: int) -> None:
    for path in (tree / "closed" / "inner", tree / "open"):
        path.mkdir(parents=True)
        (path / "file").touch()
    give_away(tree)
    for path in (tree / "closed" / "inner", tree / "closed", tree):
        path.chmod(mode)
    assert remove_as_nobody(tree) is None
    assert not tree.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder away")
def test_a_folder_of_another_user_is_named_and_all_else_goes(tree: Path) -> None:
    for name in ("a", "b", "c"):
        (tree / name).mkdir(parents=True)
        (tree / name / "file").touch()
    give_away(tree)
    os.chown(tree / "b", 0, 0)
    (tree / "b").chmod(0o700)
    error = remove_as_nobody(tree)
    assert error is not None
    assert (error.errno, error.filename) == (errno.EACCES, "b")
    assert sorted(path.name for path in tree.rglob("*")) == ["b", "file"]


@linux
def test_what_is_mounted_in_a_tree_stays(tmp_path: Path) -> None:
    disk = tmp_path / "tree" / "disk"
    disk.mkdir(parents=True)
    (tmp_path / "tree" / "file").touch()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"nothing can be mounted here: {error}")
    try:
        (disk / "precious").touch()
        error = remove_tree(tmp_path / "tree")
        assert error is not None
        assert error.errno == errno.EXDEV
        assert (disk / "precious").exists()
        assert not (tmp_path / "tree" / "file").exists()
    finally:
        subprocess.run(["umount", str(disk)], check=True)
