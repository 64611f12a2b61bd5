"""As in Titan, the backtest is in a package within the package."""
