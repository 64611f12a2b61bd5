"""An ensemble as JSON: what is kept in a manifest, and what of it is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from support.served_cases import CONFIG, served_bundle
from titan_mlopt.core.bundle import load_bundle, save_bundle, with_ensemble
from titan_mlopt.core.ensemble import ENSEMBLE, ENSEMBLE_SHA256, Ensemble
from titan_mlopt.core.errors import ConfigError, TrackingError

TWO = Ensemble((12, 3), ({"a": 1, "b": 0.25}, {"a": 2, "b": 0.1 + 0.2}), 0.0123456789012345678)


def manifest(**changes: Any) -> dict[str, Any]:
    stored = {ENSEMBLE: TWO.document(), ENSEMBLE_SHA256: TWO.sha256}
    read: dict[str, Any] = json.loads(json.dumps({**stored, **changes}))
    return read


def test_it_is_the_same_after_json_to_the_last_bit() -> None:
    assert Ensemble.read(manifest()) == TWO


def test_a_manifest_without_members_is_of_one_config() -> None:
    assert Ensemble.read({"config_sha256": "0"}) is None


def test_its_digest_is_of_what_decides_and_not_of_the_trials_numbers() -> None:
    assert replace(TWO, trials=(1, 2)).sha256 == TWO.sha256
    assert replace(TWO, threshold=0.02).sha256 != TWO.sha256
    assert replace(TWO, configs=TWO.configs[::-1]).sha256 != TWO.sha256


def test_a_member_that_was_changed_is_told_by_the_digest() -> None:
    changed = manifest()
    changed[ENSEMBLE]["members"][1]["config"]["a"] = 3
    with pytest.raises(
        TrackingError, match=r"its SHA-256 must be the manifest's .* it was changed"
    ):
        Ensemble.read(changed)


@pytest.mark.parametrize(
    "document",
    [
        5,
        {},
        {"members": [], "threshold": 0.1},
        {"members": [{"trial": 1}], "threshold": 0.1},
        {**TWO.document(), "threshold": 0.0},
        {**TWO.document(), "threshold": 10**400},
    ],
)
def test_anything_else_is_one_line(document: object) -> None:
    with pytest.raises(TrackingError, match="ensemble: must hold members and threshold, got"):
        Ensemble.read(manifest(ensemble=document))


# --- in a version's folder ---------------------------------------------------------------------


def loaded(folder: Path, ensemble: Ensemble) -> Ensemble | None:
    save_bundle(with_ensemble(served_bundle(), ensemble, {"accuracy": 0.6}), folder)
    return load_bundle(folder).ensemble


OTHER = {**CONFIG, "feature.fast_window": 6}


def test_a_folder_gives_back_the_ensemble_and_its_metrics(tmp_path: Path) -> None:
    ensemble = Ensemble((3, 8), (CONFIG, OTHER), 0.02)
    assert loaded(tmp_path, ensemble) == ensemble
    assert load_bundle(tmp_path).manifest["metrics"] == {"accuracy": 0.6}
    assert load_bundle(tmp_path).config == CONFIG


def test_the_first_member_must_be_the_config_that_others_read(tmp_path: Path) -> None:
    with pytest.raises(TrackingError, match=r"config\.json: must be the first member of the ensem"):
        loaded(tmp_path, Ensemble((8, 3), (OTHER, CONFIG), 0.02))


@pytest.mark.parametrize(
    ("member", "message"),
    [
        ({**CONFIG, "calibration.decay": 9.0}, r"calibration\.decay: must be a number from"),
        ({**CONFIG, "rm": 1}, "config: keys must be Titan's, got 'rm'"),
        ({"feature.fast_window": 6}, "must hold every key of a config, got 1"),
    ],
)
def test_every_member_is_checked_as_a_config_is(
    tmp_path: Path, member: dict[str, Any], message: str
) -> None:
    with pytest.raises((ConfigError, TrackingError), match=message):
        loaded(tmp_path, Ensemble((3, 8), (CONFIG, member), 0.02))


def test_a_member_beyond_titans_ranges_marks_the_version(tmp_path: Path) -> None:
    wide = Ensemble((3, 8), (CONFIG, {**CONFIG, "feature.slow_window": 90}), 0.02)
    bundle = with_ensemble(served_bundle(), wide, {})
    assert bundle.manifest["beyond_titan"] == ["feature.slow_window"]
    save_bundle(bundle, tmp_path)
    assert load_bundle(tmp_path).ensemble == wide
