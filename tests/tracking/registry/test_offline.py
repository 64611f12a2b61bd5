"""What `--offline` promises: the last good version, verified again, and how old it is."""

from __future__ import annotations

import json
import re
import stat
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import Result

from support.apply_cases import (
    NAME,
    OTHER,
    TITANS,
    bundle_of,
    dump,
    make_titan_db,
    register,
    run,
    value,
)
from titan_mlopt.core.errors import TrackingError
from titan_mlopt.tracking.registry import pull as pull_module
from titan_mlopt.tracking.registry.pull import (
    Pulled,
    VersionQuery,
    cache_folder,
    describe_age,
    load_copy,
    save_copy,
)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep copies in the test's own folder, which is not there at first."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "titan_mlopt"


@pytest.fixture
def champion(store: str, tmp_path: Path) -> str:
    """Register a champion; return the store's URI."""
    register(store, tmp_path, bundle_of(TITANS))
    return store


def store_gone(folder: Path) -> None:
    (folder / "mlflow.db").rename(folder / "gone.db")


def pull(*words: str) -> str:
    result = run("pull", *words)
    assert result.exit_code == 0, result.output
    return result.stdout


def assert_refused(result: Result, message: str) -> None:
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stdout == ""


# --- pull ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", [[], ["--alias", "champion"], ["--version", "1"]], ids=["", "alias", "version"]
)
def test_the_last_pull_is_had_again_without_the_store(
    champion: str, tmp_path: Path, words: list[str]
) -> None:
    out = pull("--out", "online.json")
    assert out.endswith("hash verified\n")
    store_gone(tmp_path)
    out = pull("--offline", "--out", "offline.json", *words)
    assert re.search(r"version 1, 6 keys, .*, hash verified, cached \d+ s ago\n", out)
    assert (tmp_path / "offline.json").read_bytes() == (tmp_path / "online.json").read_bytes()


def test_offline_does_not_look_at_the_store(champion: str, tmp_path: Path) -> None:
    pull()
    register(champion, tmp_path, bundle_of(OTHER))
    assert "version 1, " in pull("--offline")
    assert "version 2, " in pull()
    assert "version 2, " in pull("--offline")
    assert "version 1, " in pull("--offline", "--version", "1")


def test_a_script_reads_when_the_copy_was_made(champion: str) -> None:
    start = time.time()
    assert json.loads(pull("--json"))["cached_s"] is None
    document = json.loads(pull("--json", "--offline"))
    assert start <= document["cached_s"] <= time.time()
    assert (document["version"], document["name"]) == ("1", NAME)
    assert document["config_sha256"] == bundle_of(TITANS).config_sha256


def test_each_alias_version_name_and_store_has_a_copy_of_its_own(
    champion: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull()
    none = "must have a copy of titan-config alias challenger from"
    assert_refused(run("pull", "--offline", "--alias", "challenger"), none)
    assert_refused(run("pull", "--offline", "--version", "2"), "titan-config version 2 from")
    assert_refused(run("pull", "--offline", "--name", "other"), "a copy of other alias champion")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'other.db'}")
    assert_refused(run("pull", "--offline"), f"from {tmp_path / 'other.db'}, got none in")


def test_a_relative_address_is_another_store_in_another_folder(
    champion: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")
    pull()
    assert "version 1, " in pull("--offline")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert_refused(run("pull", "--offline"), "elsewhere/mlflow.db, got none in")


def test_without_a_copy_the_way_to_one_is_said(champion: str, cache: Path) -> None:
    assert_refused(
        run("pull", "--offline"),
        f"got none in {cache}; pull it once while the store answers",
    )
    assert not cache.exists()


def test_a_store_that_is_away_points_to_the_copy_if_there_is_one(
    champion: str, tmp_path: Path
) -> None:
    pull()
    store_gone(tmp_path)
    for words in (["pull"], ["pull", "--version", "1"], ["apply"]):
        told = "or set MLFLOW_TRACKING_URI; or pass --offline for version 1, cached "
        assert_refused(run(*words), told)
    result = run("pull", "--alias", "challenger")
    assert_refused(result, "got no file; tune first, or set MLFLOW_TRACKING_URI")
    assert "offline" not in result.stderr


def test_a_server_that_is_away_points_to_the_copy_too(
    champion: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = "http://me:secret@127.0.0.1:9"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    assert "offline" not in run("pull").stderr
    query = VersionQuery(uri, NAME, "champion", None)
    save_copy(query, Pulled("4", bundle_of(TITANS), None), time.time() - 3 * 3600)
    result = run("pull")
    assert_refused(result, "http://***@127.0.0.1:9: must answer as an MLflow store")
    assert result.stderr.endswith("; or pass --offline for version 4, cached 3 h ago\n")
    assert "version 4, 6 keys, from study night trial 3, hash verified, cached 3 h ago" in pull(
        "--offline"
    )
    written = "".join(path.read_text() for path in cache_folder().iterdir())
    assert "secret" not in result.stderr + written


def test_an_answer_that_there_is_no_such_version_says_nothing_of_copies(champion: str) -> None:
    pull()
    result = run("pull", "--version", "9")
    assert_refused(result, "version: must be one of 1, got '9'")
    assert "offline" not in result.stderr


# --- the copies ----------------------------------------------------------------------------------


def test_a_copy_that_was_changed_is_refused(champion: str, cache: Path) -> None:
    pull()
    for path in cache.iterdir():
        text = path.read_text()
        assert r"\"feature.fast_window\": 7" in text
        path.write_text(text.replace(r"\"feature.fast_window\": 7", r"\"feature.fast_window\": 8"))
    assert_refused(run("pull", "--offline"), "config.json: its SHA-256 must be the manifest's")
    assert_refused(run("apply", "--offline"), "it was changed after it was registered")
    assert "hash verified\n" in pull()
    assert "cached" in pull("--offline")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"schema": 2}', "null", "\udcff", '{"schema": 1, "files": 1}']
)
def test_a_damaged_copy_is_one_line_and_the_next_pull_mends_it(
    champion: str, cache: Path, text: str
) -> None:
    pull()
    for path in cache.iterdir():
        path.write_bytes(text.encode(errors="surrogateescape"))
    assert_refused(run("pull", "--offline"), "must be a copy as it was saved, got ")
    pull()
    pull("--offline")


def test_a_copy_under_the_name_of_another_is_refused(
    champion: str, tmp_path: Path, cache: Path
) -> None:
    pull()
    (champions,) = [p for p in cache.iterdir() if '"kind": "alias"' in p.read_text()]
    register(champion, tmp_path, bundle_of(OTHER))
    pull("--version", "2")
    (second,) = [p for p in cache.iterdir() if '"value": "2"' in p.read_text()]
    champions.write_bytes(second.read_bytes())
    assert_refused(run("pull", "--offline"), "must be a copy as it was saved")


def test_copies_are_whole_private_and_leave_nothing_beside_them(champion: str, cache: Path) -> None:
    pull()
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    assert len(list(cache.iterdir())) == 2
    for path in cache.iterdir():
        content = json.loads(path.read_text())
        assert set(content["files"]) == {"config.json", "params.json", "manifest.json"}


def test_a_cache_that_cannot_be_written_is_a_notice(
    champion: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    result = run("pull", "--json")
    assert result.exit_code == 0, result.output
    assert "no copy was kept for --offline: " in result.stderr
    assert "must be a folder that can be written, got Not a directory" in result.stderr
    assert json.loads(result.stdout)["version"] == "1"
    assert_refused(run("pull", "--offline"), "must be a copy as it was saved, got NotADirectory")


def test_the_folder_is_under_home_when_nothing_else_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for given in ("", "not/absolute"):
        monkeypatch.setenv("XDG_CACHE_HOME", given)
        assert cache_folder() == tmp_path / ".cache" / "titan_mlopt"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == tmp_path / ".cache" / "titan_mlopt"


@pytest.mark.parametrize(
    ("age_s", "told"),
    [
        (-100, "cached 0 s ago"),
        (0.5, "cached 0 s ago"),
        (59.9, "cached 59 s ago"),
        (61, "cached 1 min ago"),
        (3 * 3600 + 5, "cached 3 h ago"),
        (86_400 * 40 + 9, "cached 40 d ago"),
    ],
)
def test_the_age_is_said_in_its_largest_unit(
    monkeypatch: pytest.MonkeyPatch, age_s: float, told: str
) -> None:
    now_s = 1_800_000_000.0
    monkeypatch.setattr(pull_module, "time", SimpleNamespace(time=lambda: now_s))
    assert describe_age(Pulled("1", bundle_of(TITANS), now_s - age_s)) == told


def test_a_copy_is_what_was_pulled(store: str) -> None:
    query = VersionQuery(store, NAME, None, "7")
    with pytest.raises(TrackingError, match="must have a copy of titan-config version 7"):
        load_copy(query)
    save_copy(query, Pulled("7", bundle_of(TITANS), None), 1_800_000_000.25)
    assert load_copy(query) == Pulled("7", bundle_of(TITANS), 1_800_000_000.25)


# --- apply ---------------------------------------------------------------------------------------


def test_apply_works_offline_and_says_how_old_the_copy_is(champion: str, tmp_path: Path) -> None:
    make_titan_db(tmp_path / "titan.db")
    before = dump(tmp_path / "titan.db")
    pull()
    store_gone(tmp_path)
    result = run("apply", "--offline")
    assert result.exit_code == 0, result.output
    assert re.search(r"^titan\.db: titan-config version 1 \(cached \d+ s ago\), ", result.stdout)
    assert result.stderr == "titan-config version 1 gets no tag in the registry: offline\n"
    assert value(tmp_path / "titan.db", "config.feature.fast_window") == 7
    assert run("apply", "--undo").exit_code == 0
    assert dump(tmp_path / "titan.db") == before


def test_an_apply_keeps_a_copy_as_a_pull_does(champion: str, tmp_path: Path) -> None:
    make_titan_db(tmp_path / "titan.db")
    assert run("apply", "--dry-run").exit_code == 0
    store_gone(tmp_path)
    assert "version 1, " in pull("--offline")
