"""The mirror in MLflow and its registry; the only package that imports mlflow."""

import os

# A trading system's runs are nobody else's business: no usage reports unless asked for.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
# Its bars would run through ours.
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
