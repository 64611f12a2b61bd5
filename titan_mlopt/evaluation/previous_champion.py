"""The champion before the one in production, replayed on the candles of the live run."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from titan_mlopt.backtest.stats import BacktestStats
from titan_mlopt.candles.candles import load_candles
from titan_mlopt.core.backtest_id import is_embedded
from titan_mlopt.core.candle_options import NO_OPTIONS, CandleOptions
from titan_mlopt.core.ensemble import Ensemble
from titan_mlopt.core.errors import BacktestError, ConfigError
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.core.unchanged import rule_of
from titan_mlopt.evaluation.gate.scoring import ConfigUnderTest, score_on_holdout
from titan_mlopt.evaluation.rerun import BacktestChoice
from titan_mlopt.tracking.registry.alias_history import read_moves, versions_before
from titan_mlopt.tracking.registry.versions import CHAMPION, find_versions, pull_bundle
from titan_mlopt.tracking.store import mlflow_errors, open_client


@dataclass(frozen=True, slots=True)
class PreviousChampion:
    """What the champion before would have done: its version, and the stats of the same bars."""

    version: str
    stats: BacktestStats


def replay_previous(
    uri: str,
    name: str,
    version: str,
    path: str,
    n_bars: int,
    named: BacktestChoice,
    *,
    options: CandleOptions = NO_OPTIONS,
) -> PreviousChampion | None:
    """Run the champion before ``version`` on the last bars of a candle file.

    Args:
        uri: Of the MLflow store.
        name: Of the registered model.
        version: The one in production.
        path: Candle file that ends with the live run's last bar; what comes before the bars is
            what the config warms up on.
        n_bars: Number of bars of the live run.
        named: The backtest of a version that is not of the embedded one.
        options: How to read what the candle file does not say itself.

    Returns:
        The stats of the last ``n_bars`` bars, or of as many as there are; None without a bar, or
        without a champion before.

    Raises:
        BacktestError: The config does not run on these candles.
        CandleError: The file cannot be used.
        ConfigError: Another backtest is named than the version's.
        TrackingError: The registry does not answer.
    """
    with mlflow_errors(uri):
        client = open_client(uri, "read")
        moves = read_moves(client.get_registered_model(name).tags)
        existing = {str(entry.version) for entry in find_versions(client, name)} - {version}
        before = [v for v in versions_before(moves, CHAMPION, version) if v in existing]
        if not before or not n_bars:
            return None
        bundle = pull_bundle(client, name, before[-1])
    path_of_backtest = (bundle.manifest.get("backtest") or {}).get("path")
    if is_embedded({"path": path_of_backtest}):
        named = BacktestChoice()
    elif path_of_backtest != named.backtest:
        raise ConfigError(
            f"backtest: must be that of {name} version {before[-1]}, {path_of_backtest}, to replay "
            f"it, got {named.backtest}; name it with --backtest, or leave out --candles"
        )
    candles, scoring = load_candles(path, **asdict(options)), bundle.manifest.get("scoring") or {}
    config = TunerConfig(
        backtest=named.backtest,
        backtest_path=named.folder,
        cost_bps=float(scoring.get("cost_bps", 0.0)),
        unchanged=rule_of(scoring),
    )
    tested = ConfigUnderTest(
        *(f"version {before[-1]}", bundle.config, int(bundle.manifest.get("seed") or 0)),
        ensemble=Ensemble.read(bundle.manifest),
    )
    first = max(0, len(candles) - 1 - n_bars)
    (score,) = score_on_holdout(candles, first, [tested], config)
    if score.stats is None:
        raise BacktestError(
            f"{path}: must let the champion before run, got {score.fault}; leave out --candles"
        )
    return PreviousChampion(before[-1], score.stats)
