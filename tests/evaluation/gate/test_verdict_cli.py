"""``titan-mlopt verdict``, ``placebo``, ``plateau`` and ``tune --promote`` as they are typed."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from support.apply_cases import assert_done, assert_refused, embedded, register, run
from support.page_cases import numbers
from support.paths import DOCS
from support.space_cases import SPACE
from support.studies import Tuned
from support.verdict_cases import DEFAULT, market
from titan_mlopt.candles.candles import save_candles
from titan_mlopt.core.trial import COMPLETE
from titan_mlopt.study.storage.studies import load_record

PAGE = (DOCS / "verdicts.md").read_text(encoding="utf-8")


@pytest.fixture
def edge(store: str) -> tuple[str, ...]:
    """Put candles with an edge into the working folder; return the words of a quick tune."""
    save_candles(market(), "candles.csv")
    Path("space.json").write_text(json.dumps(SPACE))
    return (
        *("tune", "--candles", "candles.csv", "--space", "space.json", "--n-trials", "3"),
        *("--holdout", "20%", "--min-predictions", "50"),
    )


def test_verdict_says_what_luck_would_show_and_opens_nothing(
    tuned: Tuned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(tuned.db, tmp_path / "titan.db")
    monkeypatch.chdir(tmp_path)
    out = assert_done(run("verdict"))
    assert "in-sample" in out.splitlines()[0]
    assert "luck" in out.splitlines()[0]
    lines = dict(re.split(r"  +", line, maxsplit=1) for line in out.splitlines() if "  " in line)
    assert lines["placebo"].endswith("titan-mlopt placebo")
    assert lines["hold-out"].startswith("none")
    assert numbers(lines["trials"])[0] == "8"
    assert len(numbers(lines["ECE"])) == 4  # with the mean and the 95 % of perfect calibration
    assert lines["overfitting"].startswith("PBO ")
    assert out.endswith("  titan-mlopt placebo --db titan.db --study-name titan_optimization\n")
    assert not Path("mlflow.db").exists()  # no store is made


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--gate", "g.json"), "gate: must go with --open-holdout or --fresh, got neither"),
        (("--open-holdout", "--fresh", "x.csv"), "fresh: must go without --open-holdout, got both"),
        (("--trial", "99"), "trial: must be a COMPLETE trial of the study titan_optimization"),
    ],
)
def test_verdict_says_what_does_not_fit(tuned: Tuned, words: tuple[str, ...], message: str) -> None:
    assert_refused(run("verdict", "--db", str(tuned.db), *words), message)


def test_verdict_tells_of_the_trial_that_is_named(tuned: Tuned) -> None:
    best = json.loads(assert_done(run("verdict", "--db", str(tuned.db), "--json")))
    chosen = best["statistics"]["trial"]
    record = load_record(tuned.db, "titan_optimization")
    other = next(t.number for t in record.trials if t.state == COMPLETE and t.number != chosen)
    words = ("verdict", "--db", str(tuned.db), "--trial", str(other), "--json")
    assert json.loads(assert_done(run(*words)))["statistics"]["trial"] == other


def test_verdict_as_json_has_the_numbers_of_the_report(tuned: Tuned) -> None:
    document = json.loads(assert_done(run("verdict", "--db", str(tuned.db), "--json")))
    assert document["study"] == "titan_optimization"
    assert 0 <= document["statistics"]["overfitting"]["pbo"] <= 1
    assert document["statistics"]["n_trials"] == 8
    assert (document["placebo"], document["plateau"], document["judgements"]) == (None, None, [])
    assert (document["holdout"], document["holdout_openings"]) == ({}, [])


def test_a_study_that_is_not_there_is_one_line(tuned: Tuned) -> None:
    for word in ("verdict", "placebo", "plateau", "validate"):
        result = run(word, "--db", str(tuned.db), "--study-name", "none such")
        assert_refused(result, "must be a study of this database (titan_optimization)")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["placebo", "--runs", "0"], "runs: must be a whole number >= 1, got 0"),
        (["placebo", "--trials", "99", "--runs", "1"], "trials: must be at most the 8 that"),
        (["plateau", "--k", "0"], "k: must be a whole number >= 1, got 0"),
        (["plateau", "--jitter", "x"], "jitter: must be a whole number >= 1, got 'x'"),
        (["placebo", "--backtest", "a.b:c"], "backtest: must be the one that the study"),
        (["plateau", "--candles", "no.csv"], "no.csv: must be a file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_input_is_one_line(
    tuned: Tuned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str
) -> None:
    shutil.copy(tuned.db, tmp_path / "titan.db")
    monkeypatch.chdir(tmp_path)
    result = run(*words)
    assert result.exit_code == 2
    assert message in result.stderr.splitlines()[-1]


def test_a_promotion_that_cannot_be_is_refused_before_the_first_trial(store: str) -> None:
    result = run("tune", "--promote", "--register-as", "none")
    assert_refused(
        result, "promote: must have a version to judge, got --register-as none; name one"
    )
    result = run("tune", "--promote", "--gate", "no.json")
    assert_refused(result, "no.json: must be a readable file")
    assert not Path("titan.db").exists()


def test_a_night_without_a_promotion_is_no_failure(store: str) -> None:
    words = ("tune", "--n-trials", "2", "--limit", "900", "--promote")
    out = assert_done(run(*words))
    assert out.splitlines()[-1].startswith("verdict: CANNOT TELL; ")
    document = json.loads(assert_done(run(*words, "--json")))
    assert (document["verdict"], document["promotion"]["moved"]) == ("CANNOT_TELL", False)


def test_a_gate_that_cannot_be_asked_is_an_error_and_the_study_is_told_all_the_same(
    store: str, tmp_path: Path
) -> None:
    folder = register(store, tmp_path, embedded(DEFAULT))
    (folder / "config.json").write_text("{}\n")
    words = ("tune", "--n-trials", "2", "--limit", "1500", "--holdout", "20%", "--promote")
    result = run(*words, "--json")
    assert result.exit_code == 2
    assert "champion: titan-config version 1 must be usable" in result.stderr.splitlines()[-1]
    document = json.loads(result.stdout)
    assert (document["verdict"], document["promotion"]) == (None, None)
    assert document["summary"]["total_trials"] == 2


@pytest.mark.slow
def test_a_tune_that_promotes_and_the_flattest_config_are_told_in_text_json_and_report(
    edge: tuple[str, ...],
) -> None:
    Path("gate.json").write_text('{"alpha": 0.025}')  # .02 for the first look
    words = (*edge, "--gate", "gate.json", "--promote", "--placebo", "2")
    result = run(*words)
    out = assert_done(result)
    assert "fewer than 19 placebo studies" in result.stderr
    assert "2/2 placebo studies" in result.stderr
    (placebo,) = re.findall("^placebo of study titan_optimization: (.*)$", out, re.MULTILINE)
    assert numbers(placebo)[:4] == ["0.33", "0", "2", "3"]  # p, of 2 studies of 3 trials
    assert "\nPROMOTE: " in out
    assert "\nchampion of titan-config is version 1\n" in out
    assert "titan-mlopt promote 1" not in out
    last = out.splitlines()[-1]
    assert last.startswith("verdict: PROMOTE; ")
    assert last.endswith("version 1")
    # Again: nothing is left to run, nothing to repeat, and the champion is not judged again.
    document = json.loads(assert_done(run(*words, "--json")))
    assert document["placebo"]["placebo"]["p_value"] == pytest.approx(1 / 3)
    assert document["promotion"]["moved"] is True
    assert document["promotion"]["judgement"]["verdict"] == "KEEP_CHAMPION"
    assert document["verdict"] == "KEEP_CHAMPION"
    record = load_record("titan.db", "titan_optimization")
    assert (len(record.openings), len(record.placebos)) == (1, 2)
    assert_flattest_becomes_a_version()
    results = assert_done(run("report", "--out", "r"))
    assert "written to r" in results
    content = json.loads(Path("r/results.json").read_text())
    assert content["placebo"]["p_value"] == pytest.approx(1 / 3)
    assert content["judgements"][0]["verdict"] == "PROMOTE"
    assert content["statistics"]["n_trials"] == 3
    note = Path("r/report.md").read_text()
    assert "**Verdict:** PROMOTE: " in note
    assert "| placebo | p = 0.33: " in note
    assert Path("r/verdict/opening-1.html").is_file()
    assert "| plateau | Trial " in note
    assert Path("r/verdict/plateau.html").is_file()


def assert_flattest_becomes_a_version() -> None:
    found = json.loads(assert_done(run("plateau", "--k", "3", "--jitter", "2", "--json")))
    assert found["registered"] is None
    assert [len(entry["neighbours"]) for entry in found["entries"]] == [2] * len(found["entries"])
    out = assert_done(run("plateau", "--k", "3", "--jitter", "2", "--register"))
    version = re.search(r"registered (?:before )?as titan-config version (\d)", out)
    assert version is not None
    versions = json.loads(assert_done(run("versions", "--json")))["versions"]
    trials = {entry["version"]: entry["trial"] for entry in versions}
    assert trials[version[1]] == found["flattest"]


@pytest.mark.docs
def test_the_commands_of_the_page_run_one_after_the_other(edge: tuple[str, ...]) -> None:
    (block,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    ran = []
    for line in block.splitlines():
        _, word, *words = shlex.split(line, comments=True)
        if word == "tune":
            words = [*edge[1:], *words]  # its own come last, and count
            words[words.index("40")] = "3"
        for option, few in (("--runs", "1"), ("plateau", "")):
            if option in words:
                words[words.index(option) + 1] = few
        words += ["--k", "1", "--jitter", "2"] if word == "plateau" else []
        result = run(word, *words)
        asked = word == "promote" or "--open-holdout" in words
        assert result.exit_code in ((0, 3) if asked else (0,)), result.output
        ran.append((word, result.exit_code))
    assert [word for word, _ in ran] == [
        *("tune", "verdict", "placebo", "plateau", "verdict", "promote", "promote")
    ]
    assert ran[-1] == ("promote", 0)


def test_the_exit_codes_and_files_of_the_page_are_those_of_the_program() -> None:
    from titan_mlopt.cli.gate import EXIT_NOT_PROMOTED

    assert f"| {EXIT_NOT_PROMOTED} | KEEP CHAMPION or CANNOT TELL: no alias was moved |" in PAGE
    for name in ("`titan_mlopt.verdict`", "`titan_mlopt.decision`", "`titan_mlopt.forced.<time>`"):
        assert name in PAGE
