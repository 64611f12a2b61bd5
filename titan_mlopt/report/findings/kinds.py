"""The kinds of findings. Report, tracking and results.json loop over them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from titan_mlopt.core.study import StudyRecord
from titan_mlopt.report.findings import fresh, gate, placebo, robustness

Rows = list[tuple[str, str]]


class FindingKind(Protocol):
    """What one kind of finding contributes; a module of this folder implements it.

    All but ``load`` read ``study.findings[NAME]`` and return nothing (or nulls, in the document)
    for a study without findings of this kind.
    """

    NAME: str

    def load(self, attrs: Mapping[str, Any]) -> Any:
        """Return the findings that are stored in a study's user attributes, oldest first."""

    def rows(self, study: StudyRecord) -> Rows:
        """Return labels and sentences for the section on the result's quality."""

    def metrics(self, study: StudyRecord) -> dict[str, float]:
        """Return the metrics of the study's run."""

    def files(self, study: StudyRecord) -> dict[str, str]:
        """Return the texts of pages and pictures by their paths in the report."""

    def document(self, study: StudyRecord) -> dict[str, Any]:
        """Return the keys of results.json."""


#: A new kind is a module here, named once in this tuple.
KINDS: tuple[FindingKind, ...] = (placebo, gate, fresh, robustness)


def load_findings(attrs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the findings of every kind by its name, from a study's user attributes."""
    return {kind.NAME: kind.load(attrs) for kind in KINDS}


def finding_metrics(study: StudyRecord) -> dict[str, float]:
    """Return the metrics of all findings."""
    return {name: value for kind in KINDS for name, value in kind.metrics(study).items()}


def finding_files(study: StudyRecord) -> dict[str, str]:
    """Return the pages and pictures of all findings by their paths in the report."""
    return {path: text for kind in KINDS for path, text in kind.files(study).items()}
