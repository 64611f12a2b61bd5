"""One call of ``optimize``, from the candles to the registered version."""

from titan_mlopt.tuning.call import Tuning
from titan_mlopt.tuning.ending import TuneReport

__all__ = ["TuneReport", "Tuning"]
