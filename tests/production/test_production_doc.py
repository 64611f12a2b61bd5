"""docs/production.md: its commands run as they stand, its keys are those that are written."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from support.apply_cases import (
    TITANS,
    bundle_of,
    dump,
    embedded,
    kv,
    make_titan_db,
    packed,
    put,
    register,
)
from support.paths import DOCS, ROOT
from titan_mlopt.backtest.kv_table import CONFIG_PREFIX
from titan_mlopt.cli import main
from titan_mlopt.cli.apply import apply
from titan_mlopt.cli.main import COMMANDS
from titan_mlopt.cli.tune import tune
from titan_mlopt.cli.watch import watch
from titan_mlopt.core.parameters import DEFAULTS
from titan_mlopt.production.plan import APPLIED, BACKUP_PREFIX, UNDONE
from titan_mlopt.production.release import TITANS_BACKTEST

PAGE = (DOCS / "production.md").read_text(encoding="utf-8")
APPLYING, _, NIGHTS = PAGE.partition("\n## Every night")


def commands() -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    return [shlex.split(line, comments=True) for block in blocks for line in block.splitlines()]


def test_the_pages_commands_run_one_after_the_other(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    make_titan_db(tmp_path / "titan.db")
    register(store, tmp_path, bundle_of(TITANS))
    register(store, tmp_path, embedded(DEFAULTS), champion=False)
    ran = []
    for program, *words in commands():
        assert program == "titan-mlopt"
        result = CliRunner().invoke(main, words)
        assert result.exit_code == 0, (words, result.output)
        rows = kv(tmp_path / "titan.db")
        ran.append((words[0], rows[f"{CONFIG_PREFIX}feature.fast_window"][0]))
    titans, ours = packed(5), packed(7)
    assert ran == [
        *(("pull", titans), ("apply", titans), ("apply", ours), ("apply", titans)),
        *(("pull", titans), ("apply", ours)),
        *(("apply", packed(DEFAULTS["feature.fast_window"])), ("apply", ours)),
    ]


def test_the_keys_of_the_page_are_those_that_are_written(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    keys = re.findall(r"^\| `([^`]+)` \|", APPLYING, re.MULTILINE)
    assert keys == [f"{CONFIG_PREFIX}<name>", APPLIED, f"{BACKUP_PREFIX}<version>", UNDONE]
    db = tmp_path / "titan.db"
    make_titan_db(db)
    before = kv(db)
    register(store, tmp_path, bundle_of(TITANS))
    runner = CliRunner()
    assert runner.invoke(main, ["apply"]).exit_code == 0
    wanted = {CONFIG_PREFIX + name for name in TITANS}
    assert kv(db).keys() == before.keys() | wanted | {APPLIED, f"{BACKUP_PREFIX}1"}
    put(db, f"{CONFIG_PREFIX}ml.enabled", packed(True))
    assert runner.invoke(main, ["apply", "--undo", "--force", "--reason", "r"]).exit_code == 0
    assert kv(db).keys() == before.keys() | {UNDONE}
    assert dump(db)["candles"]


def test_the_options_and_defaults_that_the_page_names_are_the_commands() -> None:
    options = {option for parameter in apply.params for option in parameter.opts}
    assert set(re.findall(r"--[a-z][a-z-]*", APPLYING)) - {"--out"} <= options
    timeout = next(p for p in apply.params if p.name == "timeout")
    assert f"`--timeout` seconds ({timeout.default})" in PAGE
    assert f"`{TITANS_BACKTEST}`" in PAGE


# --- every night ---------------------------------------------------------------------------------

_UNIT = r"`(titan-[a-z]+@?\.(?:service|timer))`[^\n]*:\n\n```ini\n(.*?)```"
UNITS = dict(re.findall(_UNIT, NIGHTS, re.DOTALL))


def unit(name: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # as the library says to
    parser.read_string(UNITS[name])
    return parser


def test_the_units_of_the_page_start_the_script_and_tell_of_a_failure() -> None:
    service, timer = unit("titan-night.service"), unit("titan-night.timer")
    program, *words = shlex.split(service["Service"]["ExecStart"])
    folder = service["Service"]["WorkingDirectory"]
    assert (ROOT / Path(program).relative_to(folder)).stat().st_mode & 0o100
    assert tune.make_context("tune", words).params["n_trials"] == 100
    assert service["Unit"]["OnFailure"].replace("@%n", "@") in UNITS
    assert timer["Timer"]["Persistent"] == "true"
    assert service["Service"]["Type"] == unit("titan-tell@.service")["Service"]["Type"] == "oneshot"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_takes_the_units_of_the_page(tmp_path: Path) -> None:
    for name, text in UNITS.items():
        at_home = text.replace("/srv/titan/examples", str(ROOT / "examples"))
        (tmp_path / name).write_text(at_home.replace("/srv/titan\n", f"{tmp_path}\n"))
    command = ["systemd-analyze", "verify", *(str(tmp_path / name) for name in UNITS)]
    verified = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")


def crontab() -> list[list[str]]:
    """Return the fields of each line that runs something; the last field is for the shell."""
    (table,) = re.findall(r"```text\n(MAILTO=.*?)```", NIGHTS, re.DOTALL)
    return [line.split(maxsplit=5) for line in table.splitlines()[1:]]


def test_the_lines_of_the_crontab_are_five_fields_and_commands_that_there_are() -> None:
    night, look = crontab()
    for fields in (night, look):
        assert all(re.fullmatch(r"\*|\*/\d+|\d+", field) for field in fields[:5])
        assert "%" not in fields[5]  # cron's end of a line
    script, *words = shlex.split(night[5].rpartition("&& ")[2].partition(" 2>>")[0])
    assert (ROOT / script).is_file()
    assert tune.make_context("tune", words).params["holdout"] == 0.4
    program, name, *words = shlex.split(look[5].rpartition("&& ")[2].partition(" >")[0])
    assert (program, name) == ("titan-mlopt", "watch")
    assert watch.make_context("watch", words).params["on_alarm"] == "rollback"


@pytest.mark.parametrize("line", [0, 1], ids=["night", "watch"])
@pytest.mark.parametrize("code", [0, 4])
def test_a_line_of_the_crontab_starts_its_command_in_a_folder_without_nights(
    line: int, code: int, tmp_path: Path
) -> None:
    stub = f"#!/bin/sh\necho started with $# words >&2\nexit {code}\n"
    for name in ("examples/nightly.sh", "bin/titan-mlopt"):
        path = tmp_path / name
        path.parent.mkdir()
        path.write_text(stub)
        path.chmod(0o755)
    command = crontab()[line][5].replace("cd /srv/titan ", f"cd {shlex.quote(str(tmp_path))} ")
    env = {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin"}
    ran = subprocess.run(
        ["/bin/sh", "-c", command], env=env, capture_output=True, text=True, check=False
    )
    mail = f"{('the night', 'watch')[line]} ended with {code}\n" if code else ""
    assert (ran.stdout, ran.stderr) == (mail, "")
    assert (tmp_path / "nights" / "log").read_text() == f"started with {(4, 9)[line]} words\n"


def test_the_table_of_second_calls_names_commands_that_there_are() -> None:
    rows = re.findall(r"^\| `([a-z-]+)(?: [^`]*)?` \| 0 .* \| ([^|]*) \|$", NIGHTS, re.MULTILINE)
    assert [name for name, _ in rows] == ["tune", "walk", "promote", "verdict", "apply", "watch"]
    assert {name for name, _ in rows} <= COMMANDS.keys()
