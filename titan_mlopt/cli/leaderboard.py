"""``titan-mlopt leaderboard``: the trials of a study in the terminal."""

from __future__ import annotations

import json
import shlex

import click

from titan_mlopt.cli import options
from titan_mlopt.cli.types import OPTIONAL_COUNT
from titan_mlopt.place import place_words


@click.command()
@options.db
@options.study_name
@click.option(
    "--top",
    type=OPTIONAL_COUNT,
    default="20",
    show_default=True,
    help="Most trials shown; 0 for all.",
)
@click.option(
    "--filter",
    "wanted",
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
    wanted: str,
    sort: str | None,
    reverse: bool,
    as_json: bool,
) -> None:
    """Show the trials of a study, best first, each number with what it is worth.

    A trial without a value of a name matches no condition on it, and comes last in its order.
    """
    from titan_mlopt.errors import ConfigError
    from titan_mlopt.report import filters
    from titan_mlopt.report.leaderboard import (
        board_document,
        board_lines,
        ordered_trials,
        sorted_trials,
    )
    from titan_mlopt.study.storage import load_record

    record = load_record(db, study_name)
    names = filters.known_names(record)
    conditions = filters.parse_filter(wanted, names)
    found = filters.filter_trials(record, ordered_trials(record), conditions)
    if sort is not None:
        filters.check_name(sort, names, "sort")
        found = sorted_trials(record, found, sort, reverse=reverse)
    elif reverse:
        raise ConfigError("reverse: must come with --sort, got no --sort; name what to sort by")
    chosen = found[:top]
    if as_json:
        counts = {"trials_in_all": len(record.trials), "matching": len(found)}
        how = {"study": record.name, "filter": wanted, "sort": sort, "reverse": reverse}
        document = {**how, **counts, "trials": board_document(record, chosen)}
        click.echo(json.dumps(document, indent=2, allow_nan=False))
        return
    shown = [*(condition.name for condition in conditions), *([sort] if sort else [])]
    click.echo("\n".join(board_lines(record, chosen, shown)))
    click.echo(_footer(len(chosen), len(found), len(record.trials)))
    from titan_mlopt.report.phrases import luck_clause

    if alone := luck_clause(record):
        click.echo(f"by {alone}")
    if chosen and chosen[0].outcome is not None:
        where = [*place_words(db), "--study-name", study_name]
        again = ["titan-mlopt", "replay", *where, "--trial", str(chosen[0].number)]
        click.echo(f"next:\n  {shlex.join(again)}")


def _footer(n_shown: int, n_matching: int, n_trials: int) -> str:
    """Return how many trials there are beside those that are shown."""
    of = f"{n_shown} of {n_matching} trials" if n_shown < n_matching else f"{n_matching} trials"
    return f"{of}, {n_trials} in all" if n_matching < n_trials else of
