"""One call of ``optimize``, from the candles to the registered version."""

from titan_mlopt.tuning.call import Tuning
from titan_mlopt.tuning.ending import TuneReport
from titan_mlopt.tuning.new_study import check_new_study

__all__ = ["TuneReport", "Tuning", "check_new_study"]
