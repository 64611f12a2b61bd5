"""The folder of a version: JSON at its root, code that serves it, nothing to unpickle."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException

import titan_mlopt
from support.apply_cases import TITANS, bundle_of
from support.served_cases import (
    CONFIG,
    assert_is_the_engines,
    frame_of,
    model_folder,
    served_bundle,
)
from titan_mlopt.candles.sample import sample_candles
from titan_mlopt.core.bundle import load_bundle, save_bundle
from titan_mlopt.tracking.registry.model_folder import SERVED_CODE, SERVING_REQUIREMENTS
from titan_mlopt.tracking.registry.serving import example_candles

CANDLES = sample_candles(1500)
FRAME = frame_of(CANDLES)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return model_folder(tmp_path_factory.mktemp("model") / "folder")


@pytest.fixture
def loaded(folder: Path, tmp_path: Path) -> Path:
    """Copy the folder: Python leaves compiled modules in what it imports."""
    return shutil.copytree(folder, tmp_path / "loaded")


@pytest.fixture
def model(loaded: Path, monkeypatch: pytest.MonkeyPatch) -> mlflow.pyfunc.PyFuncModel:
    monkeypatch.setattr(sys, "path", list(sys.path))  # loading puts the folder's code on it
    return mlflow.pyfunc.load_model(str(loaded))


def files_of(folder: Path) -> dict[str, Path]:
    return {str(p.relative_to(folder)): p for p in sorted(folder.rglob("*")) if p.is_file()}


def test_nothing_in_the_folder_is_a_pickle_or_anything_but_text(folder: Path) -> None:
    files = files_of(folder)
    assert {Path(name).suffix for name in files} == {"", ".json", ".py", ".txt", ".yaml"}
    assert [name for name in files if not Path(name).suffix] == ["MLmodel"]
    for path in files.values():
        data = path.read_bytes()
        assert data.decode("utf-8").isprintable() or b"\n" in data or not data
        assert b"\0" not in data
        assert not data.startswith(b"\x80")  # how pickles begin from protocol 2 on
        compile(data, path, "exec") if path.suffix == ".py" else None
    assert "python_model:" not in files["MLmodel"].read_text()


def test_the_three_json_files_are_at_the_root_as_they_are_alone(
    folder: Path, tmp_path: Path
) -> None:
    save_bundle(served_bundle(), tmp_path)
    for name in ("config.json", "params.json", "manifest.json"):
        assert (folder / name).read_bytes() == (tmp_path / name).read_bytes()
    assert load_bundle(folder) == served_bundle()


def test_the_folder_holds_the_code_that_is_listed_and_no_path_of_this_machine(folder: Path) -> None:
    files = files_of(folder)
    assert {name for name in files if name.startswith("code/")} == {
        f"code/titan_mlopt/{name}" for name in SERVED_CODE
    }
    package = Path(titan_mlopt.__file__).parent
    for name in SERVED_CODE:
        assert files[f"code/titan_mlopt/{name}"].read_bytes() == (package / name).read_bytes()
    for path in files.values():
        assert str(package.parent) not in path.read_text(encoding="utf-8")


def test_files_of_uv_in_the_working_folder_are_not_taken_along(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "uv.lock").write_text("version = 1\n")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "secret"\nversion = "1"\n')
    monkeypatch.chdir(tmp_path)
    assert {"uv.lock", "pyproject.toml"}.isdisjoint(files_of(model_folder(tmp_path / "folder")))


def test_the_requirements_are_what_is_installed_here(folder: Path) -> None:
    lines = (folder / "requirements.txt").read_text().split()
    assert lines == [f"{name}=={version(name)}" for name in SERVING_REQUIREMENTS]
    assert "optuna" not in (folder / "conda.yaml").read_text()


def test_the_loaded_model_answers_as_the_engine_does(
    model: mlflow.pyfunc.PyFuncModel,
) -> None:
    assert_is_the_engines(model.predict(FRAME), CANDLES, CONFIG)


def test_the_model_tells_its_signature_and_an_example_that_it_answers(
    model: mlflow.pyfunc.PyFuncModel,
) -> None:
    schema = model.metadata.signature
    assert schema.inputs.input_names() == ["timestamp", "open", "high", "low", "close", "volume"]
    assert [kind.name for kind in schema.inputs.input_types()] == ["long", *["double"] * 5]
    assert schema.outputs.input_names() == ["p_up", "confidence", "direction", "traded"]
    example = model.input_example
    pd.testing.assert_frame_equal(example, example_candles(CONFIG))
    assert len(model.predict(example)) == len(example)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (FRAME.drop(columns="volume"), r"Model is missing inputs \['volume'\]"),
        (FRAME.iloc[::-1], "^candles: row 2: timestamp must be after row 1's"),
        (FRAME.head(50), "^candles: must have at least 121 candles"),
    ],
    ids=["column", "newest first", "short"],
)
def test_bad_candles_are_an_error_of_mlflows_with_one_clear_line(
    model: mlflow.pyfunc.PyFuncModel, frame: pd.DataFrame, message: str
) -> None:
    with pytest.raises(MlflowException, match=message) as caught:
        model.predict(frame)
    assert caught.value.get_http_status_code() == 400


def test_a_config_of_another_backtest_loads_with_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    folder = model_folder(tmp_path / "folder", bundle_of(TITANS))
    with pytest.raises(MlflowException, match=r"backtest must be titan_mlopt\.backtest") as caught:
        mlflow.pyfunc.load_model(str(folder))
    assert "\n" not in str(caught.value)
    assert load_bundle(folder).config == TITANS


# A fresh interpreter that sees neither the checkout nor Optuna.
ALONE = """
import importlib.util, json, sys
folder, checkout = sys.argv[1:]
sys.meta_path[:] = [f for f in sys.meta_path if "editable" not in f"{f!r}{type(f)!r}".lower()]
sys.path[:] = [p for p in sys.path if not p.startswith(checkout) or "site-packages" in p]
assert importlib.util.find_spec("titan_mlopt") is None
sys.modules["optuna"] = None
import mlflow
model = mlflow.pyfunc.load_model(folder)
answer = model.predict(model.input_example)
import titan_mlopt
modules = {n: m.__file__ for n, m in sys.modules.items() if n.split(".")[0] == "titan_mlopt"}
print(json.dumps([modules, answer.to_dict("list")]))
"""


@pytest.mark.slow
def test_the_folder_serves_where_titan_mlopt_is_not_installed_with_just_the_listed_code(
    folder: Path, tmp_path: Path, model: mlflow.pyfunc.PyFuncModel
) -> None:
    root = Path(titan_mlopt.__file__).parents[1]
    served = Path(shutil.copytree(folder, tmp_path / "served"))  # compiling leaves files in it
    command = [sys.executable, "-I", "-c", ALONE, str(served), str(root)]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    modules, answer = json.loads(ran.stdout.splitlines()[-1])
    code = served / "code" / "titan_mlopt"
    assert set(modules.values()) == {str(code / name) for name in SERVED_CODE}
    assert answer == model.predict(model.input_example).to_dict("list")
