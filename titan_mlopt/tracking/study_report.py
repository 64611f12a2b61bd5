"""The report of a study, written as files for its parent run; imports no MLflow."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from titan_mlopt.analysis.ranking import best_trial
from titan_mlopt.analysis.significance import StudyStatistics, study_statistics
from titan_mlopt.core.bundle import build_bundle, save_bundle
from titan_mlopt.core.errors import StudyError, TrialError
from titan_mlopt.core.provenance import code_version, git_commit
from titan_mlopt.core.search_space import Space
from titan_mlopt.core.storage_url import StorageUrl
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.core.tuner_config import DASK, TunerConfig
from titan_mlopt.core.unchanged import rule_of
from titan_mlopt.report.commands import study_commands
from titan_mlopt.report.study_page import markdown_note

if TYPE_CHECKING:
    import optuna

#: Folder of the config among the parent run's artifacts.
BEST_CONFIG = "best_config"


@dataclass(frozen=True)
class StudyReport:
    """The files and the note about a study.

    stopped: why it ended early. store: tracking URI. ``report.folder`` is imported when it
    is needed, since plotly takes seconds to import.
    """

    study: optuna.Study
    record: StudyRecord
    config: TunerConfig
    db_path: StorageUrl
    stopped: str | None = None
    store: str = ""

    @cached_property
    def statistics(self) -> StudyStatistics | None:
        """Statistics of the best trial, in-sample."""
        return study_statistics(self.record)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters by their importance for the first objective, () while it is unknown."""
        return tuple(self._importances)

    @cached_property
    def _importances(self) -> dict[str, float]:
        from titan_mlopt.analysis.importances import param_importances

        try:
            return param_importances(self.study, seed=self.config.seed)
        except StudyError:  # too few trials, or none differ
            return {}

    @cached_property
    def mark(self) -> str:
        """SHA-256 of what the study's runs and page are made from; ended trials do not change."""
        trials = [(trial.number, trial.state, trial.finished_at) for trial in self.record.trials]
        rest = asdict(replace(self.record, trials=()))
        whole = [code_version(), rest, trials, self._commands]
        return hashlib.sha256(json.dumps(whole, sort_keys=True, default=str).encode()).hexdigest()

    @property
    def _commands(self) -> dict[str, str]:
        return study_commands(self.record, self.config, self.db_path, self.store)

    def write(self, folder: Path, *, plots: bool = True) -> None:
        """Write page, plots, tables and the best config into ``folder``: all but the note.

        Args:
            folder: Created where it is missing.
            plots: False leaves plots and pictures out, which take seconds.

        Raises:
            TrialError: The folder cannot be written.
        """
        from titan_mlopt.report.folder import PLOTS, write_page, write_tables, write_visuals
        from titan_mlopt.report.html import render_study_html

        best = best_trial(self.record)
        with writing_errors(folder):
            if plots:
                write_visuals(
                    *(self.study, self.record, self._commands, folder, folder / PLOTS),
                    stopped=self.stopped,
                    statistics=self.statistics,
                    importances=self._importances,
                )
            else:
                page = render_study_html(
                    *(self.record, self._commands),
                    stopped=self.stopped,
                    statistics=self.statistics,
                )
                write_page(page, folder)
            write_tables(self.record, folder, self.statistics)
            if best is not None:
                save_bundle(build_bundle(self.record, best, git_commit()), folder / BEST_CONFIG)

    def write_note(self, folder: Path, links: Mapping[int, str]) -> str:
        """Write the note into ``folder`` and return it; links: page of each trial, by number."""
        from titan_mlopt.report.folder import write_note

        note = markdown_note(
            *(self.record, self._commands),
            trial_links=links,
            stopped=self.stopped,
            statistics=self.statistics,
        )
        with writing_errors(folder):
            write_note(note, folder)
        return note


@contextmanager
def writing_errors(folder: Path) -> Iterator[None]:
    """Turn an ``OSError`` into a ``TrialError``: the study is complete, its report is not."""
    try:
        yield
    except OSError as error:
        raise TrialError(
            f"scratch: {folder.parent} must take the study's report, got "
            f"{error.strerror or error}; finished trials are safe: make room or pass another "
            "--scratch, then run again"
        ) from error


def config_of(record: StudyRecord) -> TunerConfig:
    """Return the settings with which a study was last tuned, without folders that do not exist."""
    fields = TunerConfig.__dataclass_fields__
    settings = {k: v for k, v in record.settings.items() if k in fields}
    # On Dask the backtest's folder is on the workers' machines.
    local_folders = (
        ("scratch",) if settings.get("executor") == DASK else ("backtest_path", "scratch")
    )
    for name in local_folders:
        if settings.get(name) and not Path(str(settings[name])).is_dir():
            del settings[name]
    space = settings.pop("space", None)
    if isinstance(space, Mapping):
        file = str(record.settings.get("space_path") or "")
        settings["space"] = Space.from_plain(space, file)
    return TunerConfig(**settings | {"unchanged": rule_of(record.scoring)})
