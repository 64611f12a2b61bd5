"""Ranges wider than Titan's: refused without a word, marked with one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from support.studies import quick
from titan_mlopt.cli.main import main
from titan_mlopt.cli.tune import tune
from titan_mlopt.core.bundle import build_bundle, load_bundle, save_bundle
from titan_mlopt.core.errors import ConfigError
from titan_mlopt.core.parameters import TUNABLE_PARAMS
from titan_mlopt.core.search_space import Space, load_space
from titan_mlopt.core.settings import option_words, tuner_config
from titan_mlopt.core.trial import COMPLETE
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.production.release import check_values
from titan_mlopt.study.storage.studies import read_study
from titan_mlopt.tracking.registry.versions import BEYOND, version_tags
from titan_mlopt.tracking.study_report import config_of

WIDE = '{"ranges": {"feature.fast_window": [11, 14, "int"]}, "fixed": {"ml.enabled": false}}'


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "wide.json").write_text(WIDE)
    return str(tmp_path / "wide.json")


def test_titans_ranges_are_not_widened_without_a_word(file: str) -> None:
    message = r"wide\.json:1: feature\.fast_window: must be a whole number from 3 to 10, got 11; "
    with pytest.raises(ConfigError, match=message):
        load_space(file)
    result = CliRunner().invoke(main, ["tune", "--space", file])
    assert result.exit_code == 2
    assert result.stderr.endswith("got 11; pass --beyond-titan to search there\n")
    shown = CliRunner().invoke(main, ["space", "--check", file, "--beyond-titan"]).stdout
    assert "beyond Titan's ranges: feature.fast_window\n" in shown
    assert shown.endswith(f"titan-mlopt tune --space {file} --beyond-titan\n")


def test_what_cannot_be_computed_is_refused_all_the_same() -> None:
    with pytest.raises(ConfigError, match="must be a whole number from 2 to 1000, got 1"):
        Space({"feature.fast_window": (1, 5, "int")}, beyond_titan=True)
    with pytest.raises(ConfigError, match="must be of kind int, got 'float'"):
        Space({"feature.fast_window": (3, 50, "float")}, beyond_titan=True)


def test_a_space_within_titans_ranges_is_not_marked() -> None:
    space = Space(beyond_titan=True)
    assert space.beyond == ()
    assert space.digest == Space().digest
    assert "beyond_titan" not in space.plain()


@pytest.mark.slow
def test_a_version_of_a_wider_space_is_marked_and_not_applied(tmp_path: Path, file: str) -> None:
    space = load_space(file, beyond_titan=True)
    with quick(tmp_path, n_trials=2, space=space) as tuner:
        tuner.optimize("sample")
        record = read_study(tuner.study)
    assert [trial.state for trial in record.trials] == [COMPLETE] * 2
    assert config_of(record).space == space
    assert option_words(dict(record.settings), file)[-1] == "--beyond-titan"
    bundle = build_bundle(record, record.trials[0], None)
    assert bundle.config["feature.fast_window"] in range(11, 15)
    assert bundle.manifest["beyond_titan"] == ["feature.fast_window"]
    assert version_tags(bundle)[BEYOND] == "feature.fast_window"
    save_bundle(bundle, tmp_path / "bundle")
    assert load_bundle(tmp_path / "bundle").config == bundle.config
    with pytest.raises(ConfigError, match=r"feature\.fast_window: must be a whole number from 3"):
        check_values(bundle.config, "titan_mlopt.backtest.runner:run_backtest")


def test_the_option_reaches_the_settings(file: str) -> None:
    typed = ["--space", file, "--beyond-titan", "--limit", "900"]
    config = tuner_config("tune", tune.make_context("tune", typed).params)
    assert config.space.beyond == ("feature.fast_window",)
    assert json.loads(json.dumps(config.as_dict()))["space"]["beyond_titan"] is True
    assert not TunerConfig().space.beyond
    assert TunerConfig().as_dict()["space"] == {"ranges": TUNABLE_PARAMS, "fixed": {}}
