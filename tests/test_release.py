"""What a release is made of: one version, whole archives, pages that name what there is."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from support.paths import ROOT
from titan_mlopt import __version__
from titan_mlopt.cli.main import COMMANDS

CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
YAML = ("CITATION.cff", ".pre-commit-config.yaml", ".github/workflows/ci.yml",
        ".github/ISSUE_TEMPLATE/bug.yml", ".github/ISSUE_TEMPLATE/feature.yml")  # fmt: skip
MODULES = ("titan_mlopt/__init__.py", "titan_mlopt/core/errors.py")
DATA = ("titan_mlopt/py.typed", "titan_mlopt/core/space/schema.json")
WHEEL = (*MODULES, *DATA, "titan_mlopt-0.1.0.dist-info/licenses/LICENSE")


@pytest.fixture(scope="module")
def check() -> dict[str, Any]:
    """Return the names of release/check.py."""
    return runpy.run_path(str(ROOT / "release" / "check.py"))


def read_yaml(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


# --- one version ---------------------------------------------------------------------------------


def test_the_version_stands_in_one_place_and_the_rest_follows_it(check: dict[str, Any]) -> None:
    assert check["version"]() == __version__
    citation = read_yaml("CITATION.cff")
    dated = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$", CHANGELOG, re.MULTILINE)
    assert dated[0] == (citation["version"], str(citation["date-released"]))
    assert citation["version"] == __version__
    assert CHANGELOG.index("## [Unreleased]") < CHANGELOG.index(f"## [{__version__}]")


# --- archives ------------------------------------------------------------------------------------


def test_a_wheel_that_has_all_and_nothing_else_has_no_fault(check: dict[str, Any]) -> None:
    assert check["wheel_faults"](WHEEL, MODULES) == []


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        (WHEEL[1:], "titan_mlopt/__init__.py is missing"),
        ((*MODULES, DATA[1], WHEEL[-1]), "titan_mlopt/py.typed is missing"),
        ((*MODULES, DATA[0], WHEEL[-1]), "titan_mlopt/core/space/schema.json is missing"),
        (WHEEL[:-1], "LICENSE is missing"),
        ((*WHEEL, "titan_mlopt/titan.db"), "titan_mlopt/titan.db does not belong in it"),
        ((*WHEEL, "titan_mlopt/tests/x.py"), "titan_mlopt/tests/x.py does not belong in it"),
        ((*WHEEL, "release/check.py"), "release/ does not belong in it"),
    ],
)  # fmt: skip
def test_each_fault_of_a_wheel_is_named(
    check: dict[str, Any], names: tuple[str, ...], fault: str
) -> None:
    assert check["wheel_faults"](names, MODULES) == [fault]


def test_the_sdist_needs_what_it_is_built_and_installed_with(check: dict[str, Any]) -> None:
    whole = (*MODULES, *DATA, *check["SDIST_FILES"])
    assert check["sdist_faults"](whole, MODULES) == []
    without = [name for name in whole if name != "constraints.txt"]
    assert check["sdist_faults"]([*without, "tests/test_cli.py"], MODULES) == [
        "constraints.txt is missing",
        "tests/test_cli.py does not belong in it",
    ]


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        (("Apache-2.0", "a long text", []), "Apache-2.0"),
        ((None, "a long text", ["License :: OSI Approved :: BSD License"]), "BSD License"),
        ((None, "MIT\nCopyright …", ["Typing :: Typed"]), "MIT"),
        ((None, None, ["License :: OSI Approved"], "(c)\nMozilla Public License"), "MPL"),
        ((None, None, [], "Permission is hereby granted, free of charge, to any …"), "MIT"),
        ((None, None, [], "All rights reserved."), "UNKNOWN"),
    ],
)
def test_a_licence_is_read_from_the_shortest_of_its_forms(
    check: dict[str, Any], metadata: tuple[Any, ...], expected: str
) -> None:
    assert check["licence_of"](*metadata) == expected


@pytest.mark.parametrize(
    ("licence", "copyleft"),
    [("LGPL-3.0-only", True), ("GNU General Public License v3 (GPLv3)", True), ("MPL-2.0", True),
     ("Apache-2.0", False), ("BSD License", False), ("MIT", False)],
)  # fmt: skip
def test_copyleft_is_seen(check: dict[str, Any], licence: str, copyleft: bool) -> None:
    assert bool(check["COPYLEFT"].search(licence)) == copyleft


def test_the_tour_from_a_wheel_is_made_of_commands_that_there_are(check: dict[str, Any]) -> None:
    assert {command.split()[1] for command, _, _ in check["TOUR"]} <= set(COMMANDS)


@pytest.mark.matrix
def test_sdist_and_wheel_are_built_and_whole() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "release" / "check.py"), "--build"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        ["ok", "sdist"],
        ["ok", "wheel"],
        ["ok", "version"],
    ]


# --- pages for those who contribute --------------------------------------------------------------


@pytest.mark.parametrize("name", YAML)
def test_what_other_programs_read_is_yaml(name: str) -> None:
    assert isinstance(read_yaml(name), dict)


def test_ci_runs_the_gates_script_and_make_targets_that_there_are() -> None:
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    assert ".ci/run" in workflow
    jobs = read_yaml(".github/workflows/ci.yml")["jobs"]
    targets = [
        *jobs["long"]["strategy"]["matrix"]["target"],
        *re.findall(r"run: make ([a-z-]+)", workflow),
    ]
    for target in targets:
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), target


def test_hooks_before_a_commit_are_the_tools_of_make_lint() -> None:
    (local,) = read_yaml(".pre-commit-config.yaml")["repos"]
    assert local["repo"] == "local"
    recipe = re.search(r"^lint: setup\n((?:\t.*\n)+)", MAKEFILE, re.MULTILINE)
    assert recipe
    tools = re.findall(r"\$\(BIN\)/(\S+(?: check| format)?)", recipe[1])
    hooks = [
        hook["entry"].removeprefix(".venv/bin/").removesuffix(" --check") for hook in local["hooks"]
    ]
    assert hooks == tools


def test_contributing_names_targets_files_and_layers_that_there_are() -> None:
    for target in set(re.findall(r"`make ([a-z-]+)`", CONTRIBUTING)):
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), target
    for name in set(re.findall(r"`((?:tests|titan_mlopt)/[\w/.]+\.py)`", CONTRIBUTING)):
        assert Path(ROOT / name).exists(), name
    counted = re.search(r"^COUNTS := ((?:.*\\\n)*.*)$", MAKEFILE, re.MULTILINE)
    assert counted
    table = CONTRIBUTING.partition("| what is counted |")[2].partition("`make counts`")[0]
    assert set(re.findall(r"`(tests/[^`]+)`", table)) == set(re.findall(r"tests/\S+", counted[1]))
    picture = CONTRIBUTING.partition("```\n cli")[2].partition("```")[0]
    rooms = {
        path.stem for path in (ROOT / "titan_mlopt").iterdir() if not path.stem.startswith("_")
    }
    doors = {"cli", "serving", "errors", "py"}
    assert {room for room in rooms - doors if not re.search(rf"\b{room}\b", picture)} == set()


# --- order of tests ------------------------------------------------------------------------------


def test_files_stay_in_their_order_and_only_the_tests_within_them_are_shuffled(
    pytestconfig: pytest.Config,
) -> None:
    conftest = pytestconfig.pluginmanager.get_plugin(str(ROOT / "tests" / "conftest.py"))
    assert conftest is not None

    def item(path: str, name: str, *, slow: bool = False) -> Any:
        return SimpleNamespace(path=path, name=name, get_closest_marker=lambda _: slow)

    items = [
        item("a", "1"),
        item("a", "2"),
        item("b", "1", slow=True),
        item("b", "2"),
        item("c", "1"),
    ]
    hook = conftest.pytest_collection_modifyitems(items)
    next(hook)
    items.reverse()  # as pytest-randomly may
    assert list(hook) == []
    assert [f"{item.path}{item.name}" for item in items] == ["b2", "b1", "a2", "a1", "c1"]


def test_the_seed_of_the_order_is_the_same_everywhere(pytestconfig: pytest.Config) -> None:
    assert "--randomly-seed=20261201" in pytestconfig.getini("addopts")
