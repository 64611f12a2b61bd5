"""What a version promised: the gate's figures, and the null hypotheses that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from titan_mlopt.core.ensemble import ENSEMBLE
from titan_mlopt.core.errors import ConfigError, short_repr
from titan_mlopt.core.findings import FreshDecision, GateDecision
from titan_mlopt.core.plain import read_plain
from titan_mlopt.core.unchanged import RULES, rule_of

ACCURACY, CALIBRATION, COVERAGE, DRAWDOWN = "accuracy", "calibration", "coverage", "drawdown"
#: The tests in the order in which they are listed.
TESTS = (ACCURACY, CALIBRATION, COVERAGE, DRAWDOWN)
#: Sources of the figures.
HOLDOUT, FRESH, NOTHING = "hold-out", "fresh candles", ""
_COIN, _CANDIDATE = "coin", "candidate"
# The gate's limits where a decision does not name them.
_ECE_MARGIN, _COVERAGE_RATIO = 0.01, 0.5
_MINUTE_S = 60.0


@dataclass(frozen=True, slots=True)
class Tail:
    """Drawdowns of a window of bars that luck exceeds with at most some probabilities.

    Fields of the same names as of ``analysis.statistics.drawdown.DrawdownTail``.
    """

    n_bars: int
    levels: tuple[float, ...]
    exceeded: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Promise:
    """What a version is watched against; fixed at the first look.

    Attributes:
        alpha: Probability of any false alarm of a test over the whole life of the watch.
        source: "hold-out", "fresh candles", or "" where the gate has no figures of the version.
        when: Time of the gate's decision, ISO 8601, UTC.
        unchanged: What an unchanged close counts as (``core.unchanged``).
        cost_bps: Trading costs, one way, in basis points.
        interval_s: Seconds per bar.
        accuracy: Of the sealed bars; None without figures, as those that follow.
        least_accuracy: Lower end of its 95 % interval; the coin's ½ without figures.
        ece: Of the sealed bars.
        most_ece: The same and the gate's ``ece_margin``.
        sharpe: Annualised, after costs.
        coverage: Predictions per bar.
        least_coverage: Share of it below which the test takes it for lost.
        most_coverage: The same above.
        drawdown: Largest one of the sealed bars.
        tail: Drawdowns that the bootstrap of the sealed bars exceeds by luck.
    """

    alpha: float
    source: str
    when: str
    unchanged: str
    cost_bps: float
    interval_s: float
    accuracy: float | None = None
    least_accuracy: float = 0.5
    ece: float | None = None
    most_ece: float | None = None
    sharpe: float | None = None
    coverage: float | None = None
    least_coverage: float | None = None
    most_coverage: float | None = None
    drawdown: float | None = None
    tail: Tail | None = None

    @property
    def tests(self) -> tuple[str, ...]:
        """The tests that have what they need; ``alpha`` is divided equally over them."""
        needs = {
            ACCURACY: self.least_accuracy,
            CALIBRATION: self.most_ece,
            COVERAGE: self.least_coverage,
            DRAWDOWN: self.tail,
        }
        return tuple(test for test in TESTS if needs[test] is not None)

    @property
    def needed(self) -> float:
        """The e-value at which one test raises the alarm."""
        return len(self.tests) / self.alpha


def make_promise(
    decision: GateDecision | None, manifest: Mapping[str, Any], alpha: float
) -> Promise:
    """Return what a version is watched against.

    Figures of the tuning are the best of many, so they are no promise: without the gate's figures,
    or where the config was tuned on the bars that it was judged on, only the accuracy is tested,
    against the coin. The same holds for an ensemble: the gate judged its votes, and production runs
    its best member.

    Args:
        decision: The gate's last one on the version, None without one.
        manifest: Of the version.
        alpha: In (0, 1).

    Raises:
        ConfigError: ``alpha`` is out of its range.
    """
    if not 0 < alpha < 1:
        raise ConfigError(f"alpha: must be in (0, 1), got {short_repr(alpha)}; 0.05 is the default")
    scoring = manifest.get("scoring") or {}
    seconds = (manifest.get("candles") or {}).get("interval_s")
    fixed: tuple[str, float, float] = (
        rule_of(scoring),
        float(scoring.get("cost_bps", 0.0)),
        float(seconds or _MINUTE_S),
    )
    content = decision.decision if decision is not None else {}
    is_judged = manifest.get(ENSEMBLE) is None and not _saw_sealed_bars(content)
    figures = _figures(content) if is_judged else {}
    if decision is None or not figures:
        return Promise(alpha, NOTHING, "", *fixed)
    source = FRESH if isinstance(decision, FreshDecision) else HOLDOUT
    return Promise(alpha, source, decision.when, *fixed, **figures)


def _saw_sealed_bars(content: Mapping[str, Any]) -> bool:
    return any(overlap.get("role") == _CANDIDATE for overlap in content.get("tuned") or ())


def _figures(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the gate's figures by field of ``Promise``; {} where nothing was scored."""
    evidence, limits = content.get("evidence") or {}, content.get("thresholds") or {}
    coin = next((r for r in evidence.get("accuracy", ()) if r["rival"] == _COIN), None)
    if coin is None:
        return {}
    low = float(coin["accuracy_rival"]) + float(coin["bootstrap"]["low"])
    figures: dict[str, Any] = {
        "accuracy": float(coin["accuracy_candidate"]),
        "least_accuracy": min(max(low, 0.0), 1.0),
        "drawdown": float(evidence["drawdown"][0]),
    }
    if (calibration := evidence.get("calibration")) is not None:
        figures["ece"] = float(calibration["ece"])
        margin = float(limits.get("ece_margin", _ECE_MARGIN))
        figures["most_ece"] = min(figures["ece"] + margin, 1.0)
    if (sharpe := evidence.get("sharpe")) is not None:
        figures["sharpe"] = float(sharpe["candidate"])
    if (coverage := float(evidence["coverage"][0])) > 0:
        ratio = float(limits.get("min_coverage_ratio", _COVERAGE_RATIO))
        figures["coverage"] = coverage
        figures["least_coverage"] = coverage * ratio
        figures["most_coverage"] = min(1.0, coverage * (2 - ratio))
    if (tail := evidence.get("drawdown_tail")) is not None:
        figures["tail"] = Tail(int(tail["n_bars"]), tuple(tail["levels"]), tuple(tail["exceeded"]))
    return figures


def promise_of(content: Mapping[str, Any]) -> Promise:
    """Return the promise of its fields as JSON has them; ``ValueError`` for other data."""
    promise = read_plain(Promise, content, "promise")
    tail = promise.tail
    if not 0 < promise.alpha < 1 or promise.unchanged not in RULES or promise.interval_s <= 0:
        raise ValueError("promise must have alpha in (0, 1), a rule, and an interval above 0")
    if tail is not None and not (tail.n_bars > 0 and len(tail.levels) == len(tail.exceeded) > 0):
        raise ValueError("promise.tail must have bars, and a level for each drawdown")
    return promise
