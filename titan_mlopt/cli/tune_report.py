"""What ``titan-mlopt tune`` says at its end: for people, and for scripts."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from titan_mlopt.place import place_words

if TYPE_CHECKING:
    from titan_mlopt.tuning import TuneReport


def tune_text(report: TuneReport, *, promotes: bool = False) -> str:
    """Return the summary, where to look at it, and what to do next, unless the gate is next."""
    from titan_mlopt.report.summary import best_trial
    from titan_mlopt.report.terminal import summary_lines

    lines = ["", *summary_lines(report.study)]
    parts = ", ".join(f"{part} {seconds:.1f} s" for part, seconds in report.seconds.items())
    lines.append(f"time: {report.trials_run} trials run now; {parts}")
    registered = report.registered
    if registered is not None:
        word = "registered as" if registered.new else "registered before as"
        lines.append(f"{word} {registered.name} version {registered.version}, alias challenger")
    if report.stopped:
        lines.append("stopped: nothing was registered; the same command goes on from here")
    elif best_trial(report.study) is None:
        lines.append(
            "no trial completed; those that failed count toward n_trials: mend the cause, then run "
            "more with --more N"
        )
    if report.mirror_failure is not None:
        study = [*place_words(report.db_path), "--study-name", report.study.name]
        again = ["titan-mlopt", "doctor", *study, "--repair"]
        lines += ["", f"MLflow has not all of it: {report.mirror_failure}"]
        lines += ["when it answers again:", f"  {shlex.join(again)}"]
    if report.links:
        lines += ["", "look at it:", f"  {report.links['ui']}"]
        lines += [f"  {report.links['study']}", f"  {report.links['trials']}  (the trials)"]
    if registered is not None and not promotes:
        words = ["titan-mlopt", "promote", registered.version]
        if registered.name != "titan-config":
            words += ["--name", registered.name]
        lines += ["next:", f"  {shlex.join(words)}"]
    return "\n".join(lines)


def tune_json(report: TuneReport, after: Mapping[str, Any]) -> str:
    """Return the same as one JSON document, with what was done after the study."""
    from titan_mlopt.report.summary import summarise

    registered = report.registered
    return json.dumps(
        {
            "summary": summarise(report.study),
            "trials_run": report.trials_run,
            "stopped": report.stopped,
            "registered": registered and {"name": registered.name, "version": registered.version},
            "mirror_failure": report.mirror_failure,
            "links": report.links,
            "seconds": report.seconds,
            **after,
        },
        indent=2,
    )
