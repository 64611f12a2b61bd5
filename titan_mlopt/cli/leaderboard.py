"""``titan-mlopt leaderboard``: the trials of a study in the terminal."""

from __future__ import annotations

import click

from titan_mlopt.analysis import filters
from titan_mlopt.cli import options
from titan_mlopt.cli.command import command
from titan_mlopt.cli.output import print_result
from titan_mlopt.cli.types import OPTIONAL_COUNT
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.report.commands import replay_command, this_shell
from titan_mlopt.report.format import luck_clause, sharpe_note
from titan_mlopt.report.leaderboard import (
    board_document,
    board_lines,
    ordered_trials,
    sorted_trials,
)
from titan_mlopt.study.storage.studies import load_record


@command()
@options.study
@click.option(
    "--top",
    type=OPTIONAL_COUNT,
    default="20",
    show_default=True,
    help="Most trials shown; 0 for all.",
)
@click.option(
    "--filter",
    "filter_text",
    default="",
    metavar="CONDITIONS",
    help="NAME OP NUMBER, joined with and or commas: 'ece<0.03 and n_predictions>=500'. Names are "
    "metrics, parameters, number, state, duration_seconds and objective_value.",
)
@click.option(
    "--sort",
    default=None,
    metavar="NAME",
    help="Order by one of these names, the better end first.  [default: the objective]",
)
@options.switch("--reverse", "Turn the order of --sort round.")
@options.as_json
def leaderboard(
    *,
    db: str,
    study_name: str,
    top: int | None,
    filter_text: str,
    sort: str | None,
    reverse: bool,
    as_json: bool,
) -> None:
    """Show a study's trials, best first, each with its uncertainty.

    A trial without a value of a name matches no condition on it, and comes last in its order.
    """
    record = load_record(db, study_name)
    names = filters.known_names(record)
    conditions = filters.parse_filter(filter_text, names)
    matching = filters.filter_trials(record, ordered_trials(record), conditions)
    if sort is not None:
        filters.check_name(sort, names, "sort")
        matching = sorted_trials(record, matching, sort, reverse=reverse)
    elif reverse:
        raise ConfigError("reverse: must come with --sort, got no --sort; name what to sort by")
    trials = matching[:top]
    query = {"study": record.name, "filter": filter_text, "sort": sort, "reverse": reverse}
    counts = {"trials_in_all": len(record.trials), "matching": len(matching)}
    columns = [*(condition.name for condition in conditions), *([sort] if sort else [])]
    lines = board_lines(record, trials, columns)
    lines.append(_footer(len(trials), len(matching), len(record.trials)))
    lines += [f"Sharpe ratios {sharpe_note(record)}"] if trials else []
    if clause := luck_clause(record):
        lines.append(f"by {clause}")
    command = replay_command(this_shell(), db, record, trials[0] if trials else None)
    lines += [] if command is None else [f"next:\n  {command}"]
    document = {**query, **counts, "trials": board_document(record, trials)}
    print_result(document, lines, as_json=as_json)


def _footer(n_shown: int, n_matching: int, n_trials: int) -> str:
    """Return how many trials there are beside those that are shown."""
    of = f"{n_shown} of {n_matching} trials" if n_shown < n_matching else f"{n_matching} trials"
    return f"{of}, {n_trials} in all" if n_matching < n_trials else of
