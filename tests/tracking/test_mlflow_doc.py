"""docs/mlflow.md: its commands run as they stand, its colours are those of the runs."""

from __future__ import annotations

import re
import shlex
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from support.paths import DOCS
from support.studies import Tuned
from titan_mlopt.cli import main
from titan_mlopt.core.trial import TrialOutcome
from titan_mlopt.tracking.run_content import trial_content

PAGE = (DOCS / "mlflow.md").read_text(encoding="utf-8")
(BLOCK,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = [shlex.split(line, comments=True) for line in BLOCK.splitlines()]


@pytest.mark.docs
def test_the_pages_commands_find_a_study_without_runs_wrong_and_mend_it(
    store: str, tuned: Tuned, tmp_path: Path
) -> None:
    shutil.copy(tuned.db, tmp_path / "titan.db")
    codes = [CliRunner().invoke(main, words[1:]).exit_code for words in COMMANDS]
    assert codes == [1, 1, 0, 0]
    assert [CliRunner().invoke(main, words[1:]).exit_code for words in COMMANDS] == [0] * 4


def test_the_page_tells_colour_and_status_of_each_state(tuned: Tuned) -> None:
    study, trial = tuned.report.study, tuned.report.study.trials[0]
    names = {"amber": "#e0a030", "red": "#d04437", "grey": "#8e8e8e", "any": None}
    rows = re.findall(r"^\| (\w+) \| (\w+) \| (\w+) \|$", PAGE, re.MULTILINE)
    assert len([row for row in rows if row[0] in names]) == 5
    for colour, state, status in rows:
        if colour in names:
            one = replace(trial, state="FAIL" if state == "interrupted" else state)
            if state == "interrupted":
                one = replace(one, outcome=TrialOutcome("FAIL", "interrupted"))
            content = trial_content(one, study)
            assert content.tags.get("mlflow.runColor") == names[colour]
            assert content.status == status
