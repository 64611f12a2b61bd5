"""Where studies are kept: paths, servers, variables; and no password where a place is shown."""

from __future__ import annotations

import copy
import pickle
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from titan_mlopt import AutoTuner, TunerConfig
from titan_mlopt.cli import main
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.storage_url import ServerUrl, choose_place, parse_storage, storage_arguments


@pytest.mark.parametrize(
    ("text", "shown", "url"),
    [
        ("postgres://u@h/d", "postgresql+psycopg://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql://h:5/d", "postgresql+psycopg://h:5/d", "postgresql+psycopg://h:5/d"),
        (
            "postgresql+psycopg://u:p%40ss@h/d?sslmode=require",
            "postgresql+psycopg://u:***@h/d?sslmode=require",
            "postgresql+psycopg://u:p%40ss@h/d?sslmode=require",
        ),
        # What should have been quoted.
        (
            "postgresql+psycopg://u:p@s/s:w@h/d",
            "postgresql+psycopg://u:***@h/d",
            "postgresql+psycopg://u:p%40s%2Fs%3Aw@h/d",
        ),
        (
            "postgresql://u@h/d?password=x&sslpassword=y&a=b",
            "postgresql+psycopg://u@h/d?password=***&sslpassword=***&a=b",
            "postgresql+psycopg://u@h/d?password=x&sslpassword=y&a=b",
        ),
        # As it was shown: the password comes from PGPASSWORD.
        (
            "postgresql+psycopg://u:***@h/d?password=***&a=b",
            "postgresql+psycopg://u:***@h/d?password=***&a=b",
            "postgresql+psycopg://u@h/d?a=b",
        ),
    ],
)
def test_a_server_is_shown_without_its_password(text: str, shown: str, url: str) -> None:
    place = parse_storage(text)
    assert isinstance(place, ServerUrl)
    assert (str(place), place.url) == (shown, url)
    assert f"{place} {place!r} {shlex.join(storage_arguments(place))}".count(shown) == 3


_letters = st.characters(exclude_characters="?@", exclude_categories=("Cs",))


@given(st.text(_letters, min_size=6).filter(lambda word: "*" not in word))
def test_no_password_is_ever_shown(password: str) -> None:
    place = parse_storage(f"postgresql://someone:{password}@host/base")
    assert str(place) == "postgresql+psycopg://someone:***@host/base"


def test_a_place_survives_copies_with_its_address() -> None:
    place = parse_storage("postgresql://u:secret@h/d")
    assert isinstance(place, ServerUrl)
    for again in (copy.deepcopy(place), pickle.loads(pickle.dumps(place))):
        assert (again, again.url) == (place, place.url)


def test_files_are_named_by_path_or_address() -> None:
    assert (
        parse_storage("a/titan.db") == parse_storage("sqlite:///a/titan.db") == Path("a/titan.db")
    )
    assert parse_storage("sqlite:////a/titan.db") == Path("/a/titan.db")
    assert storage_arguments("titan.db") == ["--db", "titan.db"]


def test_a_variable_names_a_place_and_is_shown_instead_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TITAN_STORAGE", "postgresql://u:secret@h/d")
    place = parse_storage("env:TITAN_STORAGE")
    assert isinstance(place, ServerUrl)
    assert storage_arguments(place) == ["--storage", "env:TITAN_STORAGE"]
    assert place.url == "postgresql+psycopg://u:secret@h/d"
    monkeypatch.setenv("TITAN_STORAGE", "/data/titan.db")
    assert parse_storage("env:TITAN_STORAGE") == Path("/data/titan.db")
    monkeypatch.setenv("TITAN_STORAGE", "env:TITAN_STORAGE")
    with pytest.raises(ConfigError, match=r"'TITAN_STORAGE' must hold the address.*another one"):
        parse_storage("env:TITAN_STORAGE")
    monkeypatch.delenv("TITAN_STORAGE")
    with pytest.raises(ConfigError, match=r"'TITAN_STORAGE' must hold .*, got nothing; export it"):
        parse_storage("env:TITAN_STORAGE")


@pytest.mark.parametrize("text", ["mysql://u:secret@h/d", "postgresql+psycopg2://u:secret@h/d"])
def test_other_servers_are_refused_without_a_word_of_the_password(text: str) -> None:
    with pytest.raises(ConfigError, match=r"must be postgresql\+psycopg://user@host") as caught:
        parse_storage(text)
    assert "secret" not in str(caught.value)


def test_one_of_file_and_server_may_be_given(tmp_path: Path) -> None:
    assert choose_place("titan.db", None) == Path("titan.db")
    assert choose_place("titan.db", "postgresql://h/d") == "postgresql+psycopg://h/d"
    message = "^db, storage: must be one of the two, got both; leave one out"
    with pytest.raises(ConfigError, match=message):
        choose_place("other.db", "postgresql://h/d")
    with pytest.raises(ConfigError, match=message):
        AutoTuner(tmp_path / "other.db", TunerConfig(storage="postgresql://h/d"))
    done = CliRunner().invoke(main, ["studies", "--db", "x.db", "--storage", "postgresql://h/d"])
    assert done.exit_code == 2
    assert done.output == "titan-mlopt: --db, --storage" + message[len("^db, storage") :] + "\n"
