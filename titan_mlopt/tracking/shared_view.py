"""The shared view of a study's trials: filter, order, columns and charts of MLflow's page of runs.

MLflow's page reads it from a tag of the experiment, whose name is in the link that leads there.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from titan_mlopt.tracking.run_content import NUMBER
from titan_mlopt.tracking.store import (
    DEFAULT_ID,
    OBJECTIVE,
    Parent,
    describe_error,
    runs_page,
    trials_filter,
    trials_link,
)

#: Prefix of the tag of an experiment; the key of the view follows.
VIEW = "mlflow.sharedViewState"
#: How many of the most important parameters have a column and a chart.
N_PARAMETERS = 4
_METRICS = ("accuracy", "ece", "sharpe", "n_predictions")
_KEY_CHARS = 12
# Older servers take 5,000 characters, those of MLflow 3.17 take 20,000.
_MOST_CHARS = 5000
_SECTION = "study"
# MLflow adds a chart of each metric to the section of this name; it is there, and folded.
_OTHER_SECTION = "Model metrics"
# With more runs a scatter chart is drawn as well; MLflow's page loads 100 at a time.
_MOST_RUNS = 1000
# Experiment Default is opened as one of generative AI unless the link says otherwise.
_TRAINING = "&workflowType=machine_learning"

_log = logging.getLogger(__name__)


def view_tag(study_uid: str) -> str:
    """Return the name of the tag with the study's view."""
    return f"{VIEW}.{_key(study_uid)}"


def _key(study_uid: str) -> str:
    return study_uid[:_KEY_CHARS]


def view_links(uri: str, parent: Parent, study_uid: str, *, shared: bool) -> dict[str, str]:
    """Return the addresses of the table of trials and of its charts.

    shared: the experiment has the view; without it there is no address of charts, and that of the
    table is long and chooses no columns.
    """
    if not shared:
        return {"trials": trials_link(uri, parent, study_uid)}
    shell = _TRAINING if parent.experiment_id == DEFAULT_ID else ""
    page = f"{runs_page(uri, parent)}?viewStateShareKey={_key(study_uid)}{shell}"
    return {"trials": page, "charts": f"{page}&compareRunsMode=CHART"}


def shared_view(study_uid: str, parameters: Sequence[str]) -> str:
    """Return the view as JSON of at most 5,000 characters.

    parameters: those that matter, the most important first; as many are shown as there is room for.
    """
    for n_parameters in range(min(len(parameters), N_PARAMETERS), 0, -1):
        text = _document(study_uid, parameters[:n_parameters])
        if len(text) <= _MOST_CHARS:
            return text
    return _document(study_uid, ())


def _document(study_uid: str, parameters: Sequence[str]) -> str:
    columns = [*map(_metric_key, _METRICS), *(f"params.`{name}`" for name in parameters)]
    view = {
        "searchFilter": trials_filter(study_uid),
        "orderByKey": _metric_key(OBJECTIVE),
        "orderByAsc": False,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "datasetsFilter": [],
        "modelVersionFilter": "All Runs",
        "selectedColumns": columns,
        "runsHiddenMode": "SHOW_ALL",
        "compareRunCharts": [
            {"uuid": f"{_SECTION}-{number}", **chart}
            for number, chart in enumerate(_charts(parameters))
        ],
        "compareRunSections": [
            _section(_SECTION, "Study", shown=True),
            _section("others", _OTHER_SECTION, shown=False),
        ],
        "isAccordionReordered": True,
    }
    return json.dumps(view, separators=(",", ":"))


def _metric_key(name: str) -> str:
    return f"metrics.`{name}`"


def _section(uuid: str, name: str, *, shown: bool) -> dict[str, object]:
    flags = {"isReordered": shown, "deleted": False, "isGenerated": False}
    return {"uuid": uuid, "name": name, "display": shown, **flags}


def _charts(parameters: Sequence[str]) -> list[dict[str, object]]:
    """Return convergence, parallel coordinates, accuracy against Sharpe, and each parameter."""
    parallel = _chart(
        "PARALLEL",
        selectedParams=list(parameters),
        selectedMetrics=[OBJECTIVE],
        showAllRuns=True,
        runsCountToCompare=_MOST_RUNS,
    )
    objective = _metric(OBJECTIVE)
    return [
        _scatter(_metric(NUMBER), objective),
        *([parallel] if parameters else []),
        _scatter(_metric("accuracy"), _metric("sharpe")),
        *(_scatter({"key": name, "type": "PARAM"}, objective) for name in parameters),
    ]


def _metric(name: str) -> dict[str, str]:
    return {"key": name, "type": "METRIC"}


def _scatter(x: Mapping[str, str], y: Mapping[str, str]) -> dict[str, object]:
    return _chart("SCATTER", xaxis=x, yaxis=y, runsCountToCompare=_MOST_RUNS)


def _chart(kind: str, **settings: object) -> dict[str, object]:
    flags = {"metricSectionId": _SECTION, "deleted": False, "isGenerated": False}
    return {"type": kind, **flags, **settings}


def has_view(client: MlflowClient, experiment_id: str, study_uid: str) -> bool:
    """Return whether an experiment has the study's view."""
    return view_tag(study_uid) in client.get_experiment(experiment_id).tags


def write_view(
    client: MlflowClient, experiment_id: str, study_uid: str, parameters: Sequence[str]
) -> bool:
    """Write the study's view into an experiment; return whether the server took it.

    parameters: those that matter, the most important first.
    """
    tags = {view_tag(study_uid): shared_view(study_uid, parameters)}
    return set_experiment_tags(client, experiment_id, tags)


def set_experiment_tags(client: MlflowClient, experiment_id: str, tags: Mapping[str, str]) -> bool:
    """Set tags of an experiment; return whether the server took them.

    They only make pages better to read, so a server that refuses them, as it may refuse whoever
    does not own the experiment, is no failure.
    """
    try:
        for key, value in tags.items():
            client.set_experiment_tag(experiment_id, key, value)
    except MlflowException as error:
        _log.debug("experiment %s takes no tags: %s", experiment_id, describe_error(error))
        return False
    return True
