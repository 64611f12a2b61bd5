"""The mirror in MLflow and its registry; the only package that imports mlflow."""

import os

# No usage reports of a trading system unless the user asks for them.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
# MLflow's progress bars would mix with ours.
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
# MLflow would print each run's address on stdout, which costs a request.
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
# With MLflow's defaults one request may hang for minutes; the mirror retries by itself.
for _name, _value in (("TIMEOUT", "20"), ("MAX_RETRIES", "2"), ("BACKOFF_FACTOR", "1")):
    os.environ.setdefault(f"MLFLOW_HTTP_REQUEST_{_name}", _value)
# MLflow would copy the uv.lock of the working folder into a model's folder.
os.environ.setdefault("MLFLOW_UV_AUTO_DETECT", "false")
