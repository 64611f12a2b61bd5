"""What a notebook shows as HTML: dicts that stay dicts, and the verdict on a study."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from titan_mlopt.core.findings import GateDecision
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.report.findings.gate import decision_markdown, latest_decision, verdict_text
from titan_mlopt.report.format import luck_text
from titan_mlopt.report.markup import block, html_fragment, markdown_html, prose
from titan_mlopt.report.terminal import summary_lines


class ShownDict(dict[str, Any]):
    """A dict that a notebook shows as HTML; a copy and a pickle of it are plain dicts.

    Args:
        content: The items.
        render: Returns the HTML, when it is wanted.
    """

    def __init__(self, content: Mapping[str, Any], render: Callable[[], str]) -> None:
        super().__init__(content)
        self._render = render

    def _repr_html_(self) -> str:
        return self._render()

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The last word on a study's best config.

    Attributes:
        text: The decision in one line; without one, that the numbers are in-sample.
        decision: The decision with its evidence, None without one.
    """

    text: str
    decision: GateDecision | None
    _html: str = field(repr=False)

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self._html


def summary_html(study: StudyRecord) -> str:
    """Return the summary of a study as HTML, as it stands at the end of ``tune``."""
    return html_fragment([markdown_html(block("\n".join(summary_lines(study))))])


def verdict_of(study: StudyRecord) -> Verdict:
    """Return the last decision on a study, whose hold-out is not opened for it."""
    decision = latest_decision(study)
    text = verdict_text(study) or f"No verdict. {luck_text(study)}"
    markdown = prose(text) if decision is None else decision_markdown(study, decision)
    return Verdict(text, decision, html_fragment([markdown_html(markdown)]))
