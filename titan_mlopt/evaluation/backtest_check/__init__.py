"""A backtest of the user's own, held against the contract of docs/backtests.md."""
