"""The mirror in MLflow and its registry; the only package that imports mlflow."""

import os

# A trading system's runs are nobody else's business: no usage reports unless asked for.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
# Its bars would run through ours.
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
# A model's folder holds what we put there, not the uv.lock of the folder that we were started in.
os.environ.setdefault("MLFLOW_UV_AUTO_DETECT", "false")
