"""One backtest: config in, metrics out."""
