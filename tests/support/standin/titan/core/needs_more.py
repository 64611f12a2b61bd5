"""A module that cannot be imported: it needs one that is not there."""

import titan_native_kernels  # type: ignore[import-not-found]  # noqa: F401


def run_backtest() -> None:
    """Never defined: the import fails before."""
