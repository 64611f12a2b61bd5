"""``titan-mlopt bounds``: where the best trials of a study lie, and a space file from it."""

from __future__ import annotations

from dataclasses import asdict

import click

from titan_mlopt.analysis.bounds import find_bounds
from titan_mlopt.cli import options
from titan_mlopt.cli.command import command
from titan_mlopt.cli.output import print_result
from titan_mlopt.cli.space_file import check_space_file, write_space
from titan_mlopt.core.settings import NONE
from titan_mlopt.report.bounds import bounds_lines
from titan_mlopt.report.commands import (
    SPACE_FILE,
    narrowed_command,
    of_study,
    this_shell,
    tune_command,
)
from titan_mlopt.study.storage.studies import load_snapshot, read_study

_AUTO = "auto"


@command()
@options.study
@click.option(
    "--metric",
    default=_AUTO,
    show_default=True,
    help="Objective by which trials are the best, of a study with two: accuracy or sharpe; auto: "
    "accuracy.",
)
@click.option(
    "--out",
    default=NONE,
    show_default=True,
    metavar="FILE",
    help="File for the search space with the proposed ranges and the reasons, for tune --space.",
)
@options.as_json
def bounds(*, db: str, study_name: str, metric: str, out: str, as_json: bool) -> None:
    """Show where the best trials lie, and which ranges to change.

    A range is narrowed to where the best quarter lies, or moved beyond an end that they press
    against, if chance does not explain it. That shows what matters; what a search in such ranges
    gains on later candles is measured in docs/search.md.

    \b
    Example:
      titan-mlopt bounds --out space.json
      titan-mlopt tune --study-name narrowed --space space.json
    """  # noqa: D301 - Click's mark of lines that it keeps is the character itself
    path = None if out == NONE else out
    if path is not None:
        check_space_file("out", path)
    study = load_snapshot(db, study_name)
    record = read_study(study)
    result = find_bounds(study, record, None if metric == _AUTO else metric)
    if path is not None:
        write_space(path, result.space, record.candles, result.reasons)
    shell, n_changed = this_shell(), len(result.changed)
    lines = bounds_lines(result)
    if path is not None:
        changed = "1 range" if n_changed == 1 else f"{n_changed} ranges"
        lines.append(f"{path}: {len(result.space.names)} parameters to draw, {changed} changed")
    elif not n_changed:
        lines.append("no range is to be changed; more trials would tell more")
    if not n_changed:
        line = tune_command(shell, db, record)
    elif path is None:
        args = [] if metric == _AUTO else ["--metric", metric]
        line = of_study(shell, "bounds", db, record.name, *args, "--out", SPACE_FILE)
    else:
        line = narrowed_command(shell, db, record, result.space.plain(), path)
    document = {
        "study": record.name,
        "metric": result.metric,
        "trials": result.n_trials,
        "best_quarter": result.n_best,
        "left_out": result.left_out,
        "parameters": [asdict(parameter) for parameter in result.parameters],
        "changed": [parameter.name for parameter in result.changed],
        "space": path,
        "next": line,
    }
    lines += [] if line is None else [f"next:\n  {line}"]
    print_result(document, lines, as_json=as_json)
