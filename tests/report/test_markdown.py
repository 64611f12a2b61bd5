"""What our Markdown promises: a reader sees the names as they are, whatever signs they hold."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from titan_mlopt.report.markup import block, code, flat, link, prose, table

PAGE = MarkdownIt("commonmark").enable("table")

NASTY = [
    "a|b",
    "`tick`",
    "``",
    "a\\|b",
    "\\",
    "<script>alert(1)</script>",
    "<b",
    "&amp;",
    "&#124;",
    "[x](http://y)",
    "![x](y)",
    "**bold** _it_ __it__",
    "# title #",
    "~~~",
    "a\nb\r\n\tc",
    "| --- |",
    "name_with_underscores",
]
texts = st.text(st.sampled_from("|`\\<>&#*_[]()!~ab1;-\n\t\x00\u2028é\ud800"), max_size=12)


def words(tokens: list[Token]) -> str:
    """Return what a reader sees of the inline tokens."""
    return "".join(t.content for token in tokens for t in token.children or ())


def kinds(tokens: list[Token]) -> set[str]:
    return {t.type for token in tokens for t in (token, *(token.children or ()))}


@pytest.mark.parametrize("text", NASTY)
@settings(deadline=None)
@given(extra=texts)
def test_prose_and_code_read_as_the_text_that_went_in(text: str, extra: str) -> None:
    for given_text in (text, text + extra):
        for cell in (prose(given_text), code(given_text)):
            # After a word, as names always stand: at the start of a line signs make lists.
            tokens = PAGE.parse(f"x {cell}")
            assert words(tokens) == f"x {flat(given_text)}".rstrip()
            assert kinds(tokens) <= {
                *("paragraph_open", "paragraph_close", "inline", "text", "code_inline"),
                "text_special",
            }


@settings(deadline=None)
@given(names=st.lists(texts, min_size=1, max_size=4))
@example(NASTY)
def test_a_table_has_the_cells_that_went_in_and_no_others(names: list[str]) -> None:
    rows = [(prose(name), code(name), "end") for name in names]
    tokens = PAGE.parse(table(("a", "b", "c"), rows))
    seen = [words([token]) for token in tokens if token.type == "inline"]
    assert seen == ["a", "b", "c", *(c for name in names for c in (flat(name), flat(name), "end"))]
    assert "html_inline" not in kinds(tokens)
    assert sum(token.type == "tr_open" for token in tokens) == 1 + len(names)


def test_a_plain_name_is_a_span_of_code_and_stays_readable() -> None:
    assert code("ml.max_depth") == "`ml.max_depth`"
    assert prose("btc_1m, 3 gaps (2026-01-01 00:00)") == "btc_1m, 3 gaps (2026-01-01 00:00)"


@pytest.mark.parametrize("address", ["#/experiments/1/runs/ab12", "a b)c", "x](y", "<z>"])
def test_a_link_leads_where_it_says(address: str) -> None:
    tokens = PAGE.parse(link("17 [x]|", address))
    (inline,) = [token for token in tokens if token.type == "inline"]
    assert inline.children is not None
    first, *_, last = inline.children
    assert (first.type, last.type) == ("link_open", "link_close")
    assert words([inline]) == "17 [x]|"
    expected = {"a b)c": "a%20b%29c", "x](y": "x%5D%28y", "<z>": "%3Cz%3E"}
    assert first.attrs["href"] == expected.get(address, address)


@pytest.mark.parametrize("text", ["echo a", "```\nrm\n```", "a `````` b", "~~~~", "\ud800"])
def test_a_block_of_code_holds_the_text_whatever_fences_are_in_it(text: str) -> None:
    shown = text.encode("utf-8", "replace").decode()
    tokens = PAGE.parse(f"{block(text, 'sh')}\n\nafter")
    assert (tokens[0].type, tokens[0].info, tokens[0].content) == ("fence", "sh", f"{shown}\n")
    assert tokens[2].content == "after"


def test_whatever_is_written_can_be_saved_as_utf_8() -> None:
    for sign in ("\ud800", "\x00", "\u2028"):
        assert (prose(sign) + code(sign) + block(sign)).encode("utf-8")
