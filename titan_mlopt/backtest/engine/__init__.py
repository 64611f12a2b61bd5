"""The embedded predictor: a pure function of candles, config and seed (docs/architecture.md)."""
