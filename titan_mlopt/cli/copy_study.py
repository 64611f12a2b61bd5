"""``titan-mlopt copy-study``: a study into another database, complete."""

from __future__ import annotations

import json
import shlex

import click

from titan_mlopt.cli import options
from titan_mlopt.place import place_words, read_place


@click.command("copy-study")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@options.study_name
@click.option("--as", "new_name", default=None, help="Name of the copy.  [default: the same]")
@options.as_json
def copy_study(
    source: str, target: str, study_name: str, new_name: str | None, as_json: bool
) -> None:
    """Copy a study between databases: SQLite files, postgresql+psycopg:// or env:NAME.

    Every trial is read back and compared before the copy gets its name. The study stays where it
    was; `delete-study --keep-runs` removes it there. MLflow's runs belong to both.
    """
    from titan_mlopt.study.copying import copy_study as copy

    places = read_place(source), read_place(target)
    name = new_name or study_name
    n_trials = copy(*places, study_name, name)
    if as_json:
        made = {"from": str(places[0]), "to": str(places[1]), "study": study_name, "as": name}
        click.echo(json.dumps({**made, "trials": n_trials}, indent=2))
        return
    of = "" if name == study_name else f" as {name}"
    click.echo(f"copied study {study_name}{of} to {places[1]}: {n_trials} trials, all equal")
    words = ["titan-mlopt", "leaderboard", *place_words(places[1]), "--study-name", name]
    click.echo(f"next:\n  {shlex.join(words)}")
