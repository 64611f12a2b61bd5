"""What the study's page promises: it needs nothing else, says what the note says, stays small."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from support.report_cases import STATISTICS, whole_study
from support.summary_cases import study, trial
from titan_mlopt.report.html import render_study_html, study_fragment
from titan_mlopt.report.markup import block, code, link, markdown_html, prose, table

PICTURE = (
    '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"><title>history</title></svg>'
)
EVIL = "<script>alert('`1`')</script> **b** [x](javascript:1) | \"&\""


class Tree(HTMLParser):
    """The tags that are opened and not closed, and every tag, attribute and text of a page."""

    VOID = frozenset(("meta",))

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


def test_the_page_goes_from_the_verdict_to_how_to_reproduce_it() -> None:
    page = render_study_html(
        whole_study(), {"again": "titan-mlopt tune"}, [PICTURE], statistics=STATISTICS
    )
    places = [
        page.index(text)
        for text in (
            *("<h1>btc_1m</h1>", "<strong>Verdict:</strong> PROMOTE", "6 trials for <code>acc"),
            *("<h2>Best config</h2>", "<h2>Baselines</h2>", "<h2>What it is worth</h2>"),
            *("<title>history</title>", "Trial 1 · COMPLETE", "<h2>Trials</h2>"),
            *("<h2>States</h2>", "<pre># again\ntitan-mlopt tune</pre>"),
        )
    ]
    assert places == sorted(places)
    assert "<?xml" not in page
    assert Tree(page).open == []


def test_the_page_needs_no_other_file() -> None:
    page = render_study_html(whole_study(), {}, [PICTURE], statistics=STATISTICS)
    tags = Tree(page).tags
    assert not [attrs for _, attrs in tags if {"src", "href"} & set(attrs)]
    assert not re.search(r"url\(|@import", page)


def test_names_that_are_markup_are_shown_as_they_are() -> None:
    record = replace(whole_study(), name=EVIL, candles={"name": EVIL, "count": 5})
    for page in (render_study_html(record, {EVIL: EVIL}, stopped=EVIL), study_fragment(record)):
        tree = Tree(page)
        assert tree.count("script") <= 1  # that of the page
        assert EVIL in tree.texts
        assert tree.count("a") == 0


def test_ten_thousand_trials_stay_below_2_mb_and_the_cut_is_named() -> None:
    params = {f"model.parameter_{n}": n / 7 for n in range(21)}
    trials = [replace(trial(n, n / 10_000, accuracy=0.51), params=params) for n in range(10_000)]
    page = render_study_html(study(*trials), {}, statistics=STATISTICS)
    assert len(page.encode()) < 2_000_000
    assert "These are the first 1,000; 9,000 more are in leaderboard.csv." in page
    assert page.count("<tr>") < 1200


def test_a_study_without_a_complete_trial_has_a_page_too() -> None:
    page = render_study_html(study(trial(0, state="FAIL")), {})
    assert "None yet: no trial has completed." in page
    assert "Pictures" not in page
    assert Tree(render_study_html(study(), {})).open == []


def test_a_notebook_gets_a_piece_of_a_page_whose_styles_are_its_own() -> None:
    piece = study_fragment(whole_study(), [PICTURE])
    assert piece.startswith('<div class="titan-mlopt">')
    style = piece[piece.index("<style>") + 7 : piece.index("</style>")]
    selectors = re.findall(r"([^{}]+)\{", style)
    assert all(
        part.strip().startswith(".titan-mlopt") for rule in selectors for part in rule.split(",")
    )
    assert Tree(piece).count("script") == 0
    assert Tree(piece).open == []


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("# A &#35;", "<h1>A #</h1>"),
        ("> **no**", "<blockquote><strong>no</strong></blockquote>"),
        (table(("a", ""), [("**1**", "")]), "<table><tr><th>a</th><th></th></tr>"
         "<tr><td><strong>1</strong></td><td></td></tr></table>"),
        (block("x <y>\n\nz", "sh"), "<pre>x &lt;y&gt;\n\nz</pre>"),
        (block("a ``` b"), "<pre>a ``` b</pre>"),
        (code("a**b**c"), "<p><code>a**b**c</code></p>"),
        (link("a|b", "http://h/?x=1&y"), '<p><a href="http://h/?x=1&amp;y" target="_blank" '
         'rel="noopener">a|b</a></p>'),
        (prose("a < *b* & `c` &amp;"), "<p>a &lt; *b* &amp; `c` &amp;amp;</p>"),
        ("5 < 6 & \"7\"", "<p>5 &lt; 6 &amp; &quot;7&quot;</p>"),
    ],
)  # fmt: skip
def test_our_markdown_becomes_the_html_that_reads_the_same(markdown: str, html: str) -> None:
    assert markdown_html(f"{markdown}\n\nend") == f"{html}\n<p>end</p>"
