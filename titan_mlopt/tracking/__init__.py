"""The mirror in MLflow and its registry; the only package that imports mlflow."""

import os

# A trading system's runs are nobody else's business: no usage reports unless asked for.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
# Its bars would run through ours.
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
# It would print each run's address on stdout, at the price of a request.
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
# MLflow's own figures let one request hang for minutes; what must arrive is tried again by us.
for _name, _value in (("TIMEOUT", "20"), ("MAX_RETRIES", "2"), ("BACKOFF_FACTOR", "1")):
    os.environ.setdefault(f"MLFLOW_HTTP_REQUEST_{_name}", _value)
# A model's folder holds what we put there, not the uv.lock of the folder that we were started in.
os.environ.setdefault("MLFLOW_UV_AUTO_DETECT", "false")
