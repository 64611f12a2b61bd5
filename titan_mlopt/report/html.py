"""The study on one HTML page that needs no other file: words, pictures, trials, commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from titan_mlopt.analysis.ranking import best_trial
from titan_mlopt.analysis.significance import StudyStatistics, study_statistics
from titan_mlopt.analysis.summary import param_names
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.report.findings.gate import verdict_text
from titan_mlopt.report.leaderboard import board_rows, ordered_trials
from titan_mlopt.report.markup import html_document, html_fragment, html_table, markdown_html
from titan_mlopt.report.study_page import Sizes, study_sections
from titan_mlopt.report.svg.baselines import draw_baselines_svg
from titan_mlopt.report.svg.trial import draw_trial_svg

# Most trials and cells in the table, so that the page of a study of any size stays below 2 MB.
_TABLE_TRIALS, _TABLE_CELLS = 1000, 35_000
_SIZES = Sizes(top=10, front=20, params=200)
_ON_PAGE = (
    *("title", "stopped", "verdict", "lead", "facts", "best", "baselines", "worth"),
    *("pictures", "front", "trials", "states", "remarks", "commands"),
)
# What fits on a screen or two.
_IN_NOTEBOOK = ("title", "stopped", "verdict", "lead", "best", "baselines", "top", "pictures")
# Sorts a table by the column whose head is clicked: by numbers where it has any, "-" last.
_SORT = """<script>
document.querySelectorAll(".titan-mlopt .wide table").forEach(table => {
  const heads = table.querySelectorAll("th");
  heads.forEach((head, column) => head.addEventListener("click", () => {
    const up = head.dataset.up = head.dataset.up === "1" ? "0" : "1";
    const rows = Array.from(table.rows).slice(1).map(row => {
      const text = row.cells[column].textContent.replace(/(\\d),(?=\\d)/g, "$1");
      return {row, text, value: parseFloat(text)};
    });
    const numbers = rows.some(({value}) => !isNaN(value));
    const empty = ({text, value}) => numbers ? isNaN(value) : text === "-";
    rows.sort((a, b) => empty(a) - empty(b) || (up === "1" ? 1 : -1) *
      (numbers ? (a.value - b.value || 0) : a.text.localeCompare(b.text)));
    rows.forEach(({row}) => row.parentNode.append(row));
  }));
});
</script>"""


def render_study_html(
    study: StudyRecord,
    commands: Mapping[str, str],
    pictures: Sequence[str] = (),
    *,
    verdict: str | None = None,
    stopped: str | None = None,
    statistics: StudyStatistics | None = None,
) -> str:
    """Return the page ``report.html``: self-contained, below 2 MB for any number of trials.

    Verdict, what was tuned on what, the best config against the default and the baselines,
    pictures, every trial in a table, how to reproduce it.

    Args:
        study: The study.
        commands: Shell commands by their titles.
        pictures: SVG texts, as ``draw_svgs`` returns them.
        verdict: One sentence; by default the gate's last verdict.
        stopped: One sentence on why the study stopped early.
        statistics: As ``study_statistics`` returns them, for a caller that has them.
    """
    sections = study_sections(
        study,
        commands,
        {},  # where MLflow shows the page, it follows no link
        verdict or verdict_text(study),
        stopped,
        statistics or study_statistics(study),
        _SIZES,
    )
    parts = _parts(study, sections, pictures) | {"trials": _trials(study)}
    return html_document(study.name, [*(parts[name] for name in _ON_PAGE), _SORT])


def study_fragment(study: StudyRecord, pictures: Sequence[str] = ()) -> str:
    """Return the study as a piece of a page, for the output of a notebook's cell.

    pictures: as ``render_study_html`` takes them.
    """
    statistics = study_statistics(study)
    sections = study_sections(study, {}, {}, verdict_text(study), None, statistics, _SIZES)
    parts = _parts(study, sections, pictures)
    return html_fragment([parts[name] for name in _IN_NOTEBOOK])


def _parts(
    study: StudyRecord, sections: Mapping[str, str], pictures: Sequence[str]
) -> dict[str, str]:
    """Return the sections as HTML, and the pictures, that of the best trial at last."""
    best, parts = best_trial(study), {name: markdown_html(text) for name, text in sections.items()}
    parts["baselines"] += draw_baselines_svg(study)
    svgs = [*pictures, *([] if best is None else [draw_trial_svg(best)])]
    drawn = "\n".join(svg[svg.index("<svg") :] for svg in svgs)
    return parts | {"pictures": f"<h2>Pictures</h2>\n{drawn}" if drawn else ""}


def _trials(study: StudyRecord) -> str:
    """Return the table of trials with all their parameters, cut where it would be too long."""
    trials, names = ordered_trials(study), param_names(study.trials)
    (heads,) = board_rows(study, (), names)
    top = min(_TABLE_TRIALS, _TABLE_CELLS // len(heads))
    _, *rows = board_rows(study, trials[:top], names)
    text = "The best first; a click on a head sorts."
    if len(trials) > len(rows):
        omitted = len(trials) - len(rows)
        text += f" These are the first {len(rows):,}; {omitted:,} more are in leaderboard.csv."
    wide = f'<div class="wide">{html_table(rows, heads)}</div>'
    return f"<h2>Trials</h2><p>{text}</p>\n{wide}" if rows else ""
