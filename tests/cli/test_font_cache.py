"""Where matplotlib writes when a command may not write to the user's folders."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from titan_mlopt.cli.font_cache import font_cache

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems have other folders")


@pytest.fixture(autouse=True)
def _writable_homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MPLCONFIGDIR", raising=False)
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name / "made" / "later"))


def setting_inside(private: Path | None) -> str | None:
    with font_cache(private):
        return os.environ.get("MPLCONFIGDIR")


def test_folders_that_can_be_written_or_made_are_left_to_matplotlib(tmp_path: Path) -> None:
    assert setting_inside(tmp_path / "private") is None


@pytest.mark.parametrize("name", ["XDG_CONFIG_HOME", "XDG_CACHE_HOME", "MPLCONFIGDIR"])
def test_one_that_cannot_sends_it_to_the_private_folder_for_so_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(name, str(tmp_path / "file"))
    before = os.environ.get("MPLCONFIGDIR")
    assert setting_inside(tmp_path / "private") == str(tmp_path / "private" / "matplotlib")
    assert os.environ.get("MPLCONFIGDIR") == before


def test_without_the_standards_variables_home_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert setting_inside(tmp_path / "private") is None
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    assert setting_inside(tmp_path / "private") == str(tmp_path / "private" / "matplotlib")


def test_without_a_private_folder_matplotlib_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert setting_inside(None) is None
