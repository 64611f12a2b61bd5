"""A decision in words: the verdict first, every number, and no name that can break a page."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import asdict, replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from markdown_it import MarkdownIt

from support.gate_cases import market, predictor
from support.page_cases import numbers
from support.summary_cases import study, trial
from titan_mlopt.analysis.summary import plain_json
from titan_mlopt.core.findings import GateDecision
from titan_mlopt.core.study import Opening, StudyRecord
from titan_mlopt.evaluation.gate.decision import decide
from titan_mlopt.evaluation.gate.evidence import build_evidence
from titan_mlopt.report.findings.gate import (
    Interval,
    check_rows,
    decision_files,
    decision_html,
    decision_lines,
    decision_markdown,
    headline,
    interval_svg,
    looks_text,
    verdict_text,
)
from titan_mlopt.report.findings.kinds import finding_metrics

RNG = np.random.default_rng(3)
RETURNS, BASELINES = market(1500, RNG)
GOOD = predictor(RETURNS, RNG, accuracy=0.62, confidence=0.6)
NASTY = "a|b`c # <b>d</b> \\ [x](y) *e* &amp;"


def judged(*, champion: bool, **changes: Any) -> GateDecision:
    rival = predictor(RETURNS, np.random.default_rng(4)) if champion else None
    decision = decide(build_evidence(GOOD, rival, BASELINES, candidates=2, resamples=999))
    return GateDecision(
        when="2026-01-02T03:04:05Z",
        trial=0,
        config_sha256="c0ffee",
        verdict=decision.verdict,
        sentence=decision.sentence,
        rival="titan-config version 3" if champion else "",
        rival_sha256="",
        opening=3,
        decision=plain_json(asdict(decision)),
        **changes,
    )


AGAINST_CHAMPION, ALONE = judged(champion=True), judged(champion=False)
UNSCORED = replace(ALONE, verdict="CANNOT_TELL", sentence="It has no record.", decision={})
SEALED = {"count": 1500, "first": "2026-01-01T00:00:00Z", "last": "2026-01-02T00:59:00Z"}
OPENINGS = tuple(Opening("2026-01-02T03:04:05Z", "trial 0", str(i)) for i in range(3))


def record(*judgements: GateDecision, **changes: Any) -> StudyRecord:
    one = trial(0, 0.64, accuracy=0.64, hits=640.0, n_predictions=1000.0)
    return study(one, holdout=SEALED, openings=OPENINGS, findings={"gate": judgements}, **changes)


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts += [data.strip()] if data.strip() else []


@pytest.mark.parametrize("one", [AGAINST_CHAMPION, ALONE, UNSCORED], ids=["champion", "", "none"])
def test_the_page_says_the_verdict_first_and_needs_nothing_else(one: GateDecision) -> None:
    page = _Page(decision_html(record(), one))
    words = {"PROMOTE": "PROMOTE", "CANNOT_TELL": "CANNOT TELL"}[one.verdict]
    shown = [text for text in page.texts if "{" not in text]
    assert shown[:3] == [words, words, one.sentence]
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "link", "img", "iframe"})
    for _, attrs in page.tags:
        assert not {"src", "href"} & attrs.keys()
    assert "opened 3 times" in decision_html(record(), one)


@pytest.mark.parametrize("one", [AGAINST_CHAMPION, ALONE], ids=["champion", "alone"])
def test_every_test_stands_in_the_page_and_in_markdown_with_value_threshold_and_status(
    one: GateDecision,
) -> None:
    rows = check_rows(one)
    assert len(rows) == len(one.decision["findings"])
    tokens = MarkdownIt("commonmark").enable("table").parse(decision_markdown(record(), one))
    cells = ["".join(t.content for t in token.children or ()) for token in tokens if token.children]
    page = _Page(decision_html(record(), one)).texts
    for row in rows:
        for cell in filter(None, row):
            assert cell in page
            assert cell in cells
    statuses = {row[4] for row in rows}
    assert statuses <= {"passed", "failed", ""}
    assert "passed" in statuses


def test_the_first_lines_name_rival_costs_chance_level_and_the_looks() -> None:
    first, second, third, *lines = decision_lines(record(), AGAINST_CHAMPION)
    assert first == f"{headline(AGAINST_CHAMPION)}"
    assert second == (
        "Against titan-config version 3, the coin and every simple rule. Before costs; "
        "chance level 50.0%; the 2nd config judged on these bars."
    )
    assert third == ""
    (level,) = (line for line in lines if line.startswith("level"))
    assert level.endswith("0.0024 (config 2 judged on these bars; all together have 0.02)")
    rivals = ["against", "titan-config version 3, the coin and every simple rule"]
    assert rivals in [re.split(r"  +", line) for line in lines]


def test_the_level_of_an_earlier_version_was_divided_by_the_configs() -> None:
    numbers_then = {
        k: v for k, v in AGAINST_CHAMPION.decision.items() if k not in ("look", "tuned")
    }
    then = replace(AGAINST_CHAMPION, decision={**numbers_then, "alpha": 0.01})
    lines = decision_lines(record(), then)
    assert lines[1] == ""
    (level,) = (line for line in lines if line.startswith("level"))
    assert numbers(level) == ["0.01", "0.02", "2"]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "the 1st"),
        (2, "the 2nd"),
        (3, "the 3rd"),
        (4, "the 4th"),
        (12, "the 12th"),
        (22, "the 22nd"),
    ],
)
def test_looks_are_counted_in_words(number: int, text: str) -> None:
    assert looks_text(number) == f"{text} config judged on these bars"


def test_a_decision_of_an_earlier_version_had_the_champion_alone_as_its_rival() -> None:
    stored = {key: value for key, value in AGAINST_CHAMPION.decision.items() if key != "rivals"}
    earlier = replace(AGAINST_CHAMPION, decision=stored)
    lines = [re.split(r"  +", line) for line in decision_lines(record(), earlier)]
    assert ["against", "titan-config version 3"] in lines
    champion, *_ = stored["evidence"]["accuracy"]
    difference = finding_metrics(record(earlier))["holdout_difference"]
    assert difference == champion["bootstrap"]["difference"]


def test_no_name_can_break_a_page() -> None:
    named = replace(record(), name=NASTY, candles={"name": NASTY})
    one = replace(UNSCORED, sentence=NASTY, rival=NASTY)
    page = _Page(decision_html(named, one))
    assert page.texts.count(NASTY) == 2  # the sentence, and against whom
    assert "b" not in {tag for tag, _ in page.tags}
    tokens = MarkdownIt("commonmark").enable("table").parse(decision_markdown(named, one))
    shown = ["".join(t.content for t in token.children or ()) for token in tokens]
    assert sum(NASTY in text for text in shown) == 3
    assert [token.type for token in tokens].count("heading_open") == 1


def test_the_files_are_three_and_the_json_has_every_number() -> None:
    import json

    files = decision_files(record(), ALONE)
    assert set(files) == {"html", "md", "json"}
    content = json.loads(files["json"])
    assert content["decision"] == ALONE.decision
    assert content["study"] == "btc_1m"


def test_the_note_and_the_metrics_tell_the_last_decision() -> None:
    kept = replace(ALONE, verdict="KEEP_CHAMPION", sentence="Worse.", when="2026-01-01T00:00:00Z")
    both = record(kept, AGAINST_CHAMPION)
    said = verdict_text(both)
    assert said is not None
    assert said.startswith(f"PROMOTE: {AGAINST_CHAMPION.sentence}")
    end = said.removeprefix(f"PROMOTE: {AGAINST_CHAMPION.sentence}")
    assert numbers(end) == ["0", "3", "3"]  # the trial, the champion's version, the openings
    assert "titan-config version 3" in end
    metrics = finding_metrics(both)
    accuracy = AGAINST_CHAMPION.decision["evidence"]["accuracy"]
    assert metrics == {
        "holdout_openings": 3.0,
        "holdout_accuracy": accuracy[0]["accuracy_candidate"],
        "holdout_difference": min(rival["bootstrap"]["difference"] for rival in accuracy),
    }
    assert finding_metrics(record(UNSCORED)) == {"holdout_openings": 3.0}
    assert finding_metrics(study()) == {}
    assert verdict_text(study()) is None


@pytest.mark.parametrize("decision", [ALONE, AGAINST_CHAMPION], ids=["alone", "champion"])
def test_the_difference_is_that_to_the_hardest_rival(decision: GateDecision) -> None:
    rivals = decision.decision["evidence"]["accuracy"]
    least = min(rival["bootstrap"]["difference"] for rival in rivals)
    assert finding_metrics(record(decision))["holdout_difference"] == least


# --- the picture -------------------------------------------------------------------------------

ROWS = [Interval("a <b> & c", 0.02, 0.01, 0.03), Interval("coin", -0.01, -0.03, 0.01)]


def test_the_picture_is_one_svg_with_a_line_and_a_dot_for_each_rival() -> None:
    picture = interval_svg(ROWS, 0.005)
    assert picture == interval_svg(ROWS, 0.005)
    root = ElementTree.fromstring(picture)
    space = "{http://www.w3.org/2000/svg}"
    assert len(list(root.iter(f"{space}circle"))) == 2
    assert "a <b> & c" in [text.text for text in root.iter(f"{space}text")]
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")


def test_the_dots_stand_where_the_differences_are() -> None:
    found = re.findall(r'<circle cx="([\d.]+)"', interval_svg(ROWS, 0.005))
    positive, negative = map(float, found)
    zero = re.search(r'<path d="M([\d.]+) [\d.]+V[\d.]+"', interval_svg(ROWS, 0.005))
    assert zero is not None
    assert negative < float(zero[1]) < positive
    # 2 points to the right, 1 to the left, on one scale.
    assert (positive - float(zero[1])) / (float(zero[1]) - negative) == pytest.approx(2, rel=0.01)


def test_a_single_difference_of_nothing_is_drawn() -> None:
    ElementTree.fromstring(interval_svg([Interval("coin", 0.0, 0.0, 0.0)], 0.0))
