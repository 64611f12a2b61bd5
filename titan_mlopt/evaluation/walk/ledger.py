"""A walk in the ledger of its database: it has looked at bars that others may be judged on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from optuna.storages import RDBStorage

from titan_mlopt.analysis.looks import claimed_bars, number_of_claim
from titan_mlopt.candles.candles import Candles
from titan_mlopt.candles.sampled_closes import price_range
from titan_mlopt.candles.splits import HORIZON
from titan_mlopt.core.backtest_id import comparable
from titan_mlopt.core.findings import utc_text
from titan_mlopt.core.look import Look
from titan_mlopt.core.parameters import digest
from titan_mlopt.core.tuner_config import TunerConfig
from titan_mlopt.evaluation.walk.records import WalkStep
from titan_mlopt.study.storage.looks import append_look, read_looks

#: What a look of a walk says in the place of a study's name.
NAME = "walk"


def count_walk(
    backend: RDBStorage,
    candles: Candles,
    first: WalkStep,
    step: WalkStep,
    config: TunerConfig,
    backtest: Mapping[str, str],
    uid: str,
    now_s: float,
) -> None:
    """Count a walk in the ledger, before its configs are scored on a step.

    However many configs it compares, it counts once: its looks are of one test, from the first
    sealed bar to the last traded one. It claims more bars than there are, so that few looks
    suffice.

    Args:
        backend: The walk's database.
        candles: The whole file.
        first: The first step of the walk.
        step: The step that is scored.
        config: Holds symbol and seed.
        backtest: Its identity.
        uid: Id of the walk.
        now_s: UTC seconds since 1970.
    """
    sealed = first.sealed
    assert sealed is not None
    part = candles.part(sealed.start, step.trade.stop + HORIZON)
    bars = price_range(part, config.symbol or "")
    look = Look(
        when=utc_text(now_s),
        sealed=replace(claimed_bars(bars), sha256=part.head(len(sealed)).digest),
        config_sha256=digest({"walk": uid}),
        seed=config.seed,
        backtest=digest(comparable(backtest))[:12],
        study=NAME,
        study_uid=uid,
        fresh=True,
    )
    claims = [claim for claim in read_looks(backend) if claim.judged == look.judged]
    if not any(claim.sealed.last >= bars.last for claim in claims):
        append_look(backend, look, number_of_claim)
