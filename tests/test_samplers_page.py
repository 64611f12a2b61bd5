"""docs/samplers.md: its commands work as they stand there."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from support.paths import DOCS
from titan_mlopt.cli.main import main
from titan_mlopt.core.tuner_config import SAMPLERS
from titan_mlopt.study.storage.studies import SAMPLER, load_study

PAGE = (DOCS / "samplers.md").read_text(encoding="utf-8")
(COMMANDS,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
(PROGRAM,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_page_explains_every_sampler() -> None:
    explained = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)))
    assert sorted(explained) == sorted(SAMPLERS)


@pytest.mark.docs
def test_the_commands_of_samplers_make_a_study_and_go_on_with_it(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    for line in COMMANDS.splitlines():
        program, *words = shlex.split(line)
        assert program == "titan-mlopt"
        result = CliRunner().invoke(main, words)
        assert result.exit_code == 0, f"{line}\n{result.output}"
    study = load_study("titan.db", "modelled")
    assert study.user_attrs[SAMPLER] == {"sampler": "gp"}
    assert len(study.trials) == 14
    refused = CliRunner().invoke(main, ["tune", "--study-name", "modelled"])
    assert refused.exit_code == 2
    assert "same sampler, sampler=gp, got sampler=tpe" in refused.output


@pytest.mark.docs
def test_the_program_of_samplers_prints_what_the_study_has_pinned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(PROGRAM, "docs/samplers.md", "exec"), {})
    assert capsys.readouterr().out.strip() == "{'sampler': 'qmc'}"
