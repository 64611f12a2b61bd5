"""Removal of folder trees of any depth.

``shutil.rmtree`` of Python 3.11 recurses and ends in a RecursionError at a depth of a thousand.
Here one folder is open at a time, entered and left by descriptor. So neither depth, path length nor
the limit of open files matters, and symbolic links are never followed, even if one replaces a
folder during the removal.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Needed to list a folder and to remove its content.
_ACCESS = stat.S_IRWXU


def remove_tree(folder: Path) -> OSError | None:
    """Remove a folder with all its content, as far as possible.

    An error does not end the removal. Folders of this user are made accessible where needed.
    File systems mounted in the tree are left alone.

    Args:
        folder: The folder. A symbolic link, or anything but a folder, is left alone and is an
            error; a folder that does not exist is none.

    Returns:
        The first error, because of which something is left; None when everything is gone.
    """
    try:
        parent = os.open(folder.absolute().parent, _FOLDER & ~os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    except OSError as error:
        return error
    removal = _Removal(parent)
    try:
        removal.run(folder.name)
    finally:
        os.close(removal.current)
    return removal.error


@dataclass
class _Level:
    """A folder whose content is being removed; ``parent`` is the parent's device and inode."""

    name: str
    parent: tuple[int, int]
    folders: list[str]


@dataclass
class _Removal:
    """The depth-first removal of a tree; ``current`` is the descriptor of the open folder."""

    current: int
    error: OSError | None = None
    levels: list[_Level] = field(default_factory=list)

    def run(self, name: str) -> None:
        try:
            self._enter(name)
            while self.levels:
                if folders := self.levels[-1].folders:
                    self._enter(folders.pop())
                else:
                    self._leave()
        except OSError as error:
            self._note(error)

    def _note(self, error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            self.error = self.error or error

    def _enter(self, name: str) -> None:
        """Enter a folder and remove its files; note an error if it cannot be entered."""
        try:
            parent = os.fstat(self.current)
            child = _open_folder(name, self.current)
        except OSError as error:
            self._note(error)
            return
        try:
            # The tree itself may be a mount point, as /dev/shm is in /dev.
            if self.levels and os.fstat(child).st_dev != parent.st_dev:
                raise OSError(errno.EXDEV, "another file system is mounted there", name)
            level = _Level(name, (parent.st_dev, parent.st_ino), self._remove_files(child))
        except OSError as error:
            os.close(child)
            self._note(error)
            return
        os.close(self.current)
        self.current = child
        self.levels.append(level)

    def _remove_files(self, folder: int) -> list[str]:
        """Remove everything but folders, and return the names of the folders."""
        with os.scandir(folder) as entries:
            kinds = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
        for name, is_folder in kinds:
            if not is_folder:
                try:
                    os.unlink(name, dir_fd=folder)
                except OSError as error:
                    self._note(error)
        return [name for name, is_folder in kinds if is_folder]

    def _leave(self) -> None:
        """Return to the parent and remove the folder that was left.

        Raises ``OSError`` if the folder was moved during the removal: its new parent is not ours.
        """
        level = self.levels.pop()
        above = os.open("..", _FOLDER, dir_fd=self.current)
        os.close(self.current)
        self.current = above
        status = os.fstat(above)
        if (status.st_dev, status.st_ino) != level.parent:
            raise OSError(errno.ESTALE, "it was moved while it was removed", level.name)
        try:
            os.rmdir(level.name, dir_fd=above)
        except OSError as error:
            self._note(error)


def _open_folder(name: str, parent: int) -> int:
    """Open a folder, made accessible when it belongs to this user."""
    try:
        folder = os.open(name, _FOLDER, dir_fd=parent)
    except PermissionError:
        if os.stat(name, dir_fd=parent, follow_symlinks=False).st_uid != os.geteuid():
            raise
        _give_access(name, parent)
        return os.open(name, _FOLDER, dir_fd=parent)
    mode = os.fstat(folder)
    if mode.st_mode & _ACCESS != _ACCESS and mode.st_uid == os.geteuid():
        os.fchmod(folder, _ACCESS)
    return folder


def _give_access(name: str, parent: int) -> None:
    """Make a folder accessible that cannot be opened, without following a symbolic link."""
    if not hasattr(os, "O_PATH"):  # macOS can change the mode of the link itself
        os.chmod(name, _ACCESS, dir_fd=parent, follow_symlinks=False)
        return
    fd = os.open(name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent)
    try:
        os.chmod(f"/proc/self/fd/{fd}", _ACCESS)  # noqa: PTH101 - a descriptor has no Path
    finally:
        os.close(fd)
