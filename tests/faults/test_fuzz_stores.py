"""Hostile databases, registry answers and messages: read as written, or refused in one line.

``corpus/study.json`` holds the attributes of a study with every kind of finding, and of a trial.
Each example puts something else in one place of it.
"""

from __future__ import annotations

import copy
import json
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from optuna.study import StudyDirection

from support.fault_cases import fuzzed
from support.tally import TALLY
from titan_mlopt.backtest.kv_table import decode_value
from titan_mlopt.core.bundle import build_bundle, load_bundle, save_bundle
from titan_mlopt.core.errors import ConfigError, TitanMloptError, TrackingError
from titan_mlopt.core.look import parse_look
from titan_mlopt.core.study import StudyRecord
from titan_mlopt.executors.local import messages
from titan_mlopt.production.release import read_applied, read_backups
from titan_mlopt.report.findings.kinds import KINDS, finding_files, finding_metrics
from titan_mlopt.report.terminal import summary_lines
from titan_mlopt.study.storage.studies import build_record, read_trial
from titan_mlopt.tracking.registry.alias_history import read_intents, read_moves
from titan_mlopt.tracking.registry.gate_tags import read_gate_history

pytestmark = pytest.mark.slow

DATABASE = "titan.db: attributes of studies and trials, values of the table kv"
REGISTRY = "registry: files of a version, tags of versions and models"
SOCKETS = "sockets: bytes between coordinator, zygote and trials"
CORPUS = json.loads((Path(__file__).parent / "corpus" / "study.json").read_text("utf-8"))

FRESH = next(key for key in CORPUS["study"] if key.startswith("titan_mlopt.fresh."))

Place = tuple[str | int, ...]


def places(value: Any, before: Place = ()) -> Iterator[Place]:
    """Yield every place in a JSON value, of lists the first one."""
    if before:
        yield before
    if isinstance(value, dict):
        for key, part in value.items():
            yield from places(part, (*before, key))
    elif isinstance(value, list) and value:
        yield from places(value[0], (*before, 0))


def changed(value: Any, place: Place, part: Any) -> Any:
    """Return a copy of a JSON value with something else in one place."""
    value = copy.deepcopy(value)
    inner = value
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = part
    return value


def deep(levels: int) -> Any:
    return [] if levels == 0 else [deep(levels - 1)]


odd = st.sampled_from(
    [
        *(None, True, False, 0, -1, 5, 2**62, 10**400, 0.5, -0.0, 1e300, 5e-324),
        *(float("nan"), float("inf"), "", "x", "\x1b[31m", "1", "\ud800", "[]", "[[1]]"),
        *([], [5], [None], [{}], {}, {"a": 5}, {"": {}}, deep(90)),
    ]
)
anything = st.one_of(
    odd,
    st.recursive(
        odd,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
        max_leaves=4,
    ),
)


def is_one_line(error: Exception) -> None:
    assert len(str(error)) < 1500, error
    assert "\n" not in str(error)


# --- titan.db ------------------------------------------------------------------------------------


def record_of(attributes: dict[str, Any], own: dict[str, Any]) -> StudyRecord:
    trial = optuna.trial.create_trial(
        params={"feature.fast_window": 6},
        distributions={"feature.fast_window": optuna.distributions.IntDistribution(3, 10)},
        value=0.6,
    )
    trial.number = 2
    trial.user_attrs = own
    return build_record("s", [StudyDirection.MAXIMIZE], attributes, (read_trial(trial),))


def shown(record: StudyRecord) -> str:
    """Return what commands show of a study, and what they hand on."""
    best = build_bundle(record, record.trials[0], None)
    rows = [row for kind in KINDS for row in kind.rows(record)]
    return json.dumps(
        [summary_lines(record), finding_files(record), finding_metrics(record), rows, best.manifest]
    )


def test_the_corpus_is_read_whole() -> None:
    record = record_of(CORPUS["study"], CORPUS["trial"])
    assert {name for name, found in record.findings.items() if found} == {
        *("placebo", "gate", "fresh", "robustness"),
    }
    assert "PROMOTE" in shown(record)


@fuzzed(150, 5000)
@given(place=st.sampled_from(list(places(CORPUS))), part=anything)
@example(place=("study", "titan_mlopt.holdout"), part=5)
@example(place=("study", "titan_mlopt.holdout"), part={"count": 5})
@example(place=("study", "titan_mlopt.candles"), part=[])
@example(place=("study", "titan_mlopt.candles", "interval_s"), part=-1)
@example(place=("study", "titan_mlopt.baselines", 0, "metrics", "hits"), part=1e300)
@example(place=("study", FRESH, "decision", "fresh", "curve"), part=[])
@example(place=("study", FRESH, "decision", "fresh", "needed"), part=1)
@example(place=("study", FRESH, "decision", "fresh", "needed"), part=0)
@example(place=("study", "titan_mlopt.plateau", "best"), part=99)
@example(place=("study", "titan_mlopt.plateau", "entries"), part=[])
@example(place=("trial", "outcome"), part=[1])
@example(place=("trial", "outcome", "curve"), part="[[1]]")
@example(place=("trial", "outcome", "metrics", "n_predictions"), part=1e300)
@example(place=("trial", "point"), part="0")
def test_any_attribute_of_a_study(place: Place, part: Any) -> None:
    TALLY.add(DATABASE, inputs=1)
    stored = changed(CORPUS, place, part)
    if not all(isinstance(stored[whose], dict) for whose in CORPUS):
        return
    try:
        shown(record_of(stored["study"], stored["trial"]))
    except TitanMloptError as error:
        is_one_line(error)


@fuzzed(100, 5000)
@given(
    blob=st.one_of(
        st.binary(max_size=60),
        anything.map(lambda value: zlib.compress(json.dumps(value).encode())),
        st.sampled_from([None, "text", 5, zlib.compress(b"[" * 9000), zlib.compress(b"1")[:-3]]),
    )
)
@example(blob=zlib.compress(b"0" * 50_000_000))
def test_any_value_of_titans_table(blob: Any) -> None:
    TALLY.add(DATABASE, inputs=1)
    try:
        value = decode_value(blob, "titan.db: key")
    except ConfigError as error:
        is_one_line(error)
        return
    json.dumps(value, allow_nan=False)
    for read in (read_applied, read_backups):
        try:
            read(value, "titan.db: key")
        except ConfigError as error:
            is_one_line(error)


def test_a_few_bytes_that_say_they_are_gigabytes_are_not_unpacked() -> None:
    bomb = zlib.compress(b"0" * 100_000_000)
    with pytest.raises(ConfigError, match=r"^titan\.db: config\.x: must be zlib-compressed JSON"):
        decode_value(bomb, "titan.db: config.x")


# --- registry ------------------------------------------------------------------------------------

BUNDLE = build_bundle(
    *(lambda record: (record, record.trials[0]))(record_of(CORPUS["study"], CORPUS["trial"])), None
)
MOVE = {
    **{"alias": "champion", "before": None, "after": "1", "who": "u@h", "how": "promote"},
    **{"at": "2026-11-30T20:00:00.000+00:00", "reason": ""},
}
INTENT = {**MOVE, "tags": {"a": "b"}}
TAGS = {
    "titan_mlopt.decision": CORPUS["study"]["titan_mlopt.decision.1.e9c8a368"],
    "titan_mlopt.fresh": CORPUS["study"]["titan_mlopt.fresh.76b19cf228da283c"],
    "titan_mlopt.forced.2026": {"when": "2026", "who": "u@h", "reason": "because"},
    "titan_mlopt.holdout_openings": 3,
    "titan_mlopt.move.000001.0123abcd": MOVE,
    "titan_mlopt.intent.000002.0123abcd": INTENT,
}


@fuzzed(60, 6000)
@given(
    name=st.sampled_from(["config.json", "params.json", "manifest.json"]),
    content=st.binary(max_size=80) | anything | st.none(),
    place=st.sampled_from(list(places(dict(BUNDLE.manifest)))),
)
@example(name="manifest.json", content=b"[" * 100_000, place=("study",))
@example(name="config.json", content=b'{"a": 1, "a": 2}', place=("study",))
@example(name="manifest.json", content=10**400, place=("seed",))
def test_any_file_of_a_version(name: str, content: Any, place: Place) -> None:
    TALLY.add(REGISTRY, inputs=1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        save_bundle(BUNDLE, Path(folder))
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif name == "manifest.json":
            path.write_text(json.dumps(changed(dict(BUNDLE.manifest), place, content)))
        else:
            path.write_text(json.dumps(content))
        try:
            bundle = load_bundle(Path(folder))
        except (TrackingError, ConfigError) as error:
            is_one_line(error)
            return
    json.dumps([bundle.config, dict(bundle.manifest)], allow_nan=False)


@fuzzed(120, 10_000)
@given(place=st.sampled_from(list(places(TAGS))), part=anything)
@example(place=("titan_mlopt.holdout_openings",), part="9" * 5000)
@example(place=("titan_mlopt.decision", "verdict"), part="NO")
@example(place=("titan_mlopt.move.000001.0123abcd", "before"), part=5)
def test_any_tag_of_the_registry(place: Place, part: Any) -> None:
    TALLY.add(REGISTRY, inputs=1)
    stored = changed(TAGS, place, part)
    tags = {
        key: part if isinstance(part, str) else json.dumps(part) for key, part in stored.items()
    }
    history = read_gate_history(tags)
    assert history.openings < 10**9
    for read in (read_moves, read_intents):
        try:
            for found in read(tags):
                json.dumps(str(found))
        except TrackingError as error:
            is_one_line(error)
    for text in tags.values():
        try:
            parse_look(text)
        except ValueError as error:
            is_one_line(error)


# --- sockets -------------------------------------------------------------------------------------


@fuzzed(120, 10_000)
@given(
    data=st.binary(max_size=100)
    | st.lists(anything, max_size=3).map(
        lambda rows: b"".join(json.dumps(r).encode() + b"\n" for r in rows)
    ),
    place=st.sampled_from(list(places(CORPUS["trial"]["outcome"]))),
    part=anything,
)
@example(data=b"[" * 65_000 + b"\n", place=("state",), part=None)
def test_any_bytes_in_a_socket(data: bytes, place: Place, part: Any) -> None:
    TALLY.add(SOCKETS, inputs=1)
    outcome = changed(CORPUS["trial"]["outcome"], place, part)
    point = (
        outcome["checkpoints"][0]
        if isinstance(outcome["checkpoints"], list) and outcome["checkpoints"]
        else part
    )
    for read, sent in (
        (messages.Lines().feed, data),
        (messages.read_outcome, json.dumps(outcome)),
        (messages.read_outcome, part),
        (messages.read_checkpoint, point),
        (messages.read_source, part),
    ):
        try:
            read(sent)
        except messages.StrayBytesError as error:
            is_one_line(error)
