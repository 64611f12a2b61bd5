"""What `titan-mlopt report` promises: every file, and a plain word about what cannot be done."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import optuna
import pytest
from click.testing import CliRunner, Result
from optuna.distributions import FloatDistribution
from optuna.trial import create_trial

from titan_mlopt.cli import main
from titan_mlopt.study.storage.studies import OBJECTIVE, OUTCOME

PICTURES = {f"{name}.svg" for name in ("optimization_history", "param_importances", "slice")}
PLOTS = PICTURES | {
    f"{name}.html"
    for name in (
        *("optimization_history", "param_importances", "parallel_coordinate", "contour"),
        "slice",
    )
}


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a database with studies of 6 trials: of 2,400, 2,500 twice, 2,600 and 2 unknown."""
    path = tmp_path_factory.mktemp("db") / "titan.db"
    for objective in ("accuracy", "sharpe"):
        study = optuna.create_study(
            study_name=objective, storage=f"sqlite:///{path}", direction="maximize"
        )
        study.set_user_attr(OBJECTIVE, objective)
        space = dict.fromkeys(
            ("ensemble.min_margin", "online.max_weight"), FloatDistribution(0.0, 1.0)
        )
        for place, n in enumerate((2400, 2500, None, 2500, 2600, None)):
            outcome = {"state": "COMPLETE", "metrics": {"n_predictions": n}, "violated": False}
            params = {"ensemble.min_margin": place / 10, "online.max_weight": place**2 / 100}
            study.add_trial(
                create_trial(
                    params=params,
                    distributions=dict(space),
                    value=0.5 + place / 1000,
                    user_attrs={OUTCOME: outcome},
                )
            )
    return str(path)


def report(db: str, *words: str, study: str = "accuracy") -> Result:
    return CliRunner().invoke(main, ["report", "--db", db, "--study-name", study, *words])


def test_the_last_line_says_what_to_look_at(db: str, tmp_path: Path) -> None:
    result = report(db, "--out", str(tmp_path / "r"))
    assert result.exit_code == 0, result.stderr
    page = tmp_path / "r" / "report.html"
    assert result.stdout.splitlines()[-2:] == ["next:", f"  open {page} in a browser"]
    assert "luck alone, without any skill" in page.read_text()
    plots = tmp_path / "r" / "plots"
    assert {path.name for path in plots.iterdir()} == PLOTS
    # The best of six: about .5 + .01 of 1.26721 (the mean of the largest of six normal draws), the
    # unknown two with the median 2,500; 95 % below .5 + .01 of 2.3873, which is Φ⁻¹(.95^(1/6)).
    said = (plots / "optimization_history.svg").read_text()
    assert "luck alone, 0.5127; dotted: 95 %, 0.5239" in said
    note = (tmp_path / "r" / "report.md").read_text()
    assert "titan-mlopt report --db" in note


def test_luck_is_said_of_what_is_known_alone(db: str, tmp_path: Path) -> None:
    assert report(db, "--out", str(tmp_path), study="sharpe").exit_code == 0
    for kind in ("html", "svg"):
        plot = tmp_path / "plots" / f"optimization_history.{kind}"
        assert "luck alone" not in plot.read_text()


def no_chrome(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("BROWSER_PATH", str(folder / "none"))


def no_kaleido(monkeypatch: pytest.MonkeyPatch, _: Path) -> None:
    monkeypatch.setitem(sys.modules, "kaleido", None)


@pytest.mark.parametrize(
    ("take_away", "remedy"),
    [
        (no_chrome, "/none; install one (apt install chromium, or kaleido_get_chrome), or set"),
        (no_kaleido, "kaleido must be installed, got none; pip install 'titan-mlopt[static]'"),
    ],
)
def test_without_a_chrome_the_html_is_there_and_one_line_says_how_to_get_pictures(
    db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, take_away: object, remedy: str
) -> None:
    assert callable(take_away)
    take_away(monkeypatch, tmp_path)
    result = report(db, "--out", str(tmp_path / "r"), "--static", "png", "--json")
    assert result.exit_code == 0
    assert result.stderr.startswith(
        "titan-mlopt: the report is whole but for its static png plots: "
    )
    assert remedy in result.stderr
    assert result.stderr.count("\n") == 1
    assert json.loads(result.stdout)["completed_trials"] == 6
    assert {path.name for path in (tmp_path / "r" / "plots").iterdir()} == PLOTS


def test_svg_through_a_chrome_is_of_the_plots_that_have_none_of_ours(
    db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[list[str], str]] = []

    def noted(figures: dict[str, Any], _: Path, kind: str) -> list[Path]:
        asked.append((sorted(figures), kind))
        return []

    monkeypatch.setattr("titan_mlopt.report.folder.write_static", noted)
    for kind in ("svg", "png"):
        assert report(db, "--out", str(tmp_path), "--static", kind).exit_code == 0
    every = sorted(name.removesuffix(".html") for name in PLOTS if name.endswith(".html"))
    assert asked == [(["contour", "parallel_coordinate"], "svg"), (every, "png")]


def test_with_pictures_the_plots_are_still_drawn_once(
    db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls, draw = [], optuna.visualization.plot_slice

    def counted(*args: Any, **options: Any) -> Any:
        calls.append(args)
        return draw(*args, **options)

    monkeypatch.setattr(optuna.visualization, "plot_slice", counted)
    no_chrome(monkeypatch, tmp_path)
    assert report(db, "--out", str(tmp_path / "r"), "--static", "svg").exit_code == 0
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("out", "cause"),
    [
        ("taken", "File exists"),
        ("taken/below", "Not a directory"),
        ("partly", "File exists ({folder}/partly/plots)"),
    ],
)
def test_a_folder_that_cannot_be_written_is_one_line_and_exit_code_2(
    db: str, tmp_path: Path, out: str, cause: str
) -> None:
    (tmp_path / "taken").write_text("mine")
    (tmp_path / "partly").mkdir()
    (tmp_path / "partly" / "plots").write_text("mine")
    result = report(db, "--out", str(tmp_path / out))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == (
        f"titan-mlopt: {tmp_path / out}: must be a folder that can be written, got "
        f"{cause.format(folder=tmp_path)}; name another with --out\n"
    )
    assert (tmp_path / "taken").read_text() == "mine"
