"""Walk-forward re-tuning: tune on a window, decide, trade the next step, and move on."""
