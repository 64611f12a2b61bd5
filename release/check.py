"""Build the release, and use it as somebody who has nothing but the wheel.

    python release/check.py            # or make release-check
    python release/check.py --build    # the archives and what is in them, no installation

Builds sdist and wheel from what git tracks, looks at what is in them, installs the wheel into an
empty environment with the pinned versions, runs README's first tour there with an empty home and no
checkout, and lists the licences and sizes of what was installed. A line for each check; exit code 1
when one fails.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
#: Data files of the package, without which it imports and then fails.
DATA_FILES = ("titan_mlopt/py.typed", "titan_mlopt/core/space/schema.json")
#: What the sdist needs besides the package, to be built and read.
SDIST_FILES = ("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "constraints.txt",
               "MLproject", "conda.yaml")  # fmt: skip
#: Must be in no archive.
STRAY = re.compile(
    r"(^|/)(tests?|benchmarks|docs|mlruns|mlartifacts|__pycache__|\.venv[^/]*|\.git)/"
    r"|\.(db|db-wal|db-shm|pyc|log|env)$"
)
COPYLEFT = re.compile(r"\b(A?GPL|LGPL|MPL|EUPL|CDDL|EPL)\b|GNU|Mozilla Public", re.IGNORECASE)
#: README's first tour without the lines that need the checkout: command, exit code, what it prints.
TOUR = (
    ("titan-mlopt tune --n-trials 5 --n-jobs 2", 0, "registered as titan-config version 1"),
    ("titan-mlopt verdict", 0, "2,880 candles sealed"),
    ("titan-mlopt promote 1", 0, "champion of titan-config is version 1"),
    ("titan-mlopt pull --alias champion --out config.json", 0, "titan-config version 1, 30 keys"),
    ("titan-mlopt report --out report", 0, "written to report/"),
    ("titan-mlopt replay --trial 3", 0, "bit for bit"),
)
#: What a licence's own text says -> its name; for distributions whose metadata name none.
TEXTS = {
    "GNU LESSER": "LGPL", "GNU GENERAL": "GPL", "GNU AFFERO": "AGPL", "Mozilla Public": "MPL",
    "Apache License": "Apache", "Permission is hereby granted, free of charge": "MIT",
    "Redistribution and use in source and binary forms": "BSD",
}  # fmt: skip
LICENCES = """
import importlib.metadata as m, json
def text(d):
    files = [f for f in d.files or () if "licen" in f.name.lower() and ".dist-info" in str(f)]
    return "".join(f.locate().read_text(errors="replace")[:3000] for f in files[:1])
print(json.dumps([[d.metadata["Name"], d.version, d.metadata.get("License-Expression"),
                   d.metadata.get("License"), d.metadata.get_all("Classifier") or [], text(d)]
                  for d in m.distributions()]))
"""


class Check(NamedTuple):
    """One line of the result; ``fault`` is empty when all is well."""

    name: str
    figure: str
    fault: str = ""


def version() -> str:
    """Return the version, as the package says it without being imported."""
    text = (ROOT / "titan_mlopt" / "__init__.py").read_text(encoding="utf-8")
    match = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    assert match, 'titan_mlopt/__init__.py: must hold one line __version__ = "…"'
    return match[1]


def tracked_files() -> list[str]:
    """Return the paths that git tracks and that are there."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    return [name for name in listed.stdout.decode().split("\0") if (ROOT / name).is_file()]


def stray_files(names: Sequence[str]) -> list[str]:
    """Return the members of an archive that must not be in a release."""
    return [name for name in names if STRAY.search(name)]


def wheel_faults(names: Sequence[str], modules: Sequence[str]) -> list[str]:
    """Return what is wrong with the members of the wheel; ``modules`` are the package's sources."""
    faults = [f"{name} is missing" for name in (*modules, *DATA_FILES) if name not in names]
    faults += [f"{name} does not belong in it" for name in stray_files(names)]
    top = {name.split("/")[0] for name in names}
    faults += [f"{name}/ does not belong in it" for name in sorted(top)
               if name != "titan_mlopt" and not name.endswith(".dist-info")]  # fmt: skip
    if not any(name.endswith(".dist-info/licenses/LICENSE") for name in names):
        faults.append("LICENSE is missing")
    return faults


def sdist_faults(names: Sequence[str], modules: Sequence[str]) -> list[str]:
    """Return what is wrong with the members of the sdist, named without its folder."""
    needed = (*modules, *DATA_FILES, *SDIST_FILES)
    faults = [f"{name} is missing" for name in needed if name not in names]
    return faults + [f"{name} does not belong in it" for name in stray_files(names)]


def licence_of(
    expression: str | None, field: str | None, classifiers: Sequence[str], text: str = ""
) -> str:
    """Return the licence that a distribution declares: a short name, or what its text is."""
    if expression:
        return expression
    declared = [c.rpartition(" :: ")[2] for c in classifiers if c.startswith("License ::")]
    if names := [name for name in declared if name != "OSI Approved"]:
        return " or ".join(names)
    if first := (field or "").strip().split("\n")[0][:60]:
        return first
    return next((name for words, name in TEXTS.items() if words in text), "UNKNOWN")


def run(words: Sequence[str], folder: Path, home: Path | None = None) -> tuple[int, str]:
    """Return exit code and output of a program; with ``home`` its environment is an empty one."""
    env = dict(os.environ)
    if home is not None:
        env = {
            "HOME": str(home),
            "PATH": f"{Path(words[0]).parent}:/usr/bin:/bin",
            "LANG": "C.UTF-8",
        }
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def size_of(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def megabytes(size: int) -> str:
    """Return bytes in words."""
    return f"{size / 1e6:,.1f} MB"


def build(work: Path) -> tuple[Path, Path]:
    """Build sdist and wheel from a copy of what git tracks; return their paths."""
    source, tools, dist = work / "source", work / "tools", work / "dist"
    for name in tracked_files():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    venv.create(tools, with_pip=True)
    pins = ["--constraint", str(ROOT / "constraints.txt")]
    for words in (["pip", "install", "--quiet", *pins, "build"],
                  ["build", "--outdir", str(dist), str(source)]):  # fmt: skip
        code, output = run([str(tools / "bin" / "python"), "-m", *words], work)
        assert code == 0, f"{' '.join(words)}: must succeed, got exit code {code}\n{output}"
    (sdist,), (wheel,) = dist.glob("*.tar.gz"), dist.glob("*.whl")
    return sdist, wheel


def archive_checks(sdist: Path, wheel: Path) -> Iterator[Check]:
    """Look into both archives."""
    modules = [name for name in tracked_files() if re.match(r"titan_mlopt/.*\.py$", name)]
    with tarfile.open(sdist) as archive:
        names = [member.name.partition("/")[2] for member in archive if member.isfile()]
    yield Check("sdist", f"{megabytes(sdist.stat().st_size)}, {len(names)} files",
                "; ".join(sdist_faults(names, modules)))  # fmt: skip
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        unpacked = sum(info.file_size for info in archive.infolist())
    figure = (
        f"{megabytes(wheel.stat().st_size)}, {len(names)} files, {megabytes(unpacked)} unpacked"
    )
    yield Check("wheel", figure, "; ".join(wheel_faults(names, modules)))
    stem = f"titan_mlopt-{version()}"
    good = wheel.name.startswith(f"{stem}-") and sdist.name == f"{stem}.tar.gz"
    yield Check("version", version(), "" if good else f"got {wheel.name}, {sdist.name}")


def installed_checks(wheel: Path, work: Path) -> Iterator[Check]:
    """Install the wheel into an empty environment and look at it there."""
    place, empty = work / "installed", work / "nowhere"
    empty.mkdir()
    venv.create(place, with_pip=True)
    python = str(place / "bin" / "python")
    before = size_of(place)
    pins = ["--constraint", str(ROOT / "constraints.txt")]
    code, output = run([python, "-m", "pip", "install", "--quiet", *pins, str(wheel)], empty)
    yield Check("installation", megabytes(size_of(place) - before), "" if code == 0 else output)
    code, output = run([python, "-m", "pip", "check"], empty)
    yield Check("pip check", output.strip().splitlines()[-1], "" if code == 0 else output)
    code, output = run([python, "-c", "import titan_mlopt; print(titan_mlopt.__file__)"], empty)
    yield Check("import", "from the environment", "" if str(place) in output else output)
    yield from licence_checks(python, empty)


def licence_checks(python: str, folder: Path) -> Iterator[Check]:
    """List the licences of everything that is installed; copyleft is shown, unknown is a fault."""
    _, output = run([python, "-c", LICENCES], folder)
    licences = {f"{name} {number}": licence_of(*rest)
                for name, number, *rest in json.loads(output)}  # fmt: skip
    for name, licence in sorted(licences.items(), key=lambda item: item[0].lower()):
        print(f"    {name:46}{licence}")
    copyleft = sorted(name for name, licence in licences.items() if COPYLEFT.search(licence))
    unknown = sorted(name for name, licence in licences.items() if licence == "UNKNOWN")
    figure = f"{len(licences)} distributions, copyleft: {', '.join(copyleft) or 'none'}"
    fault = f"no licence declared by {', '.join(unknown)}" if unknown else ""
    yield Check("licences", figure, fault)


def tour_checks(work: Path) -> Iterator[Check]:
    """Run the first tour with an empty home in an empty folder."""
    folder, home = work / "tour", work / "home"
    folder.mkdir()
    home.mkdir()
    for command, expected, text in TOUR:
        program, *words = command.split()
        code, output = run([str(work / "installed" / "bin" / program), *words], folder, home)
        good = code == expected and text in output and "Traceback" not in output
        fault = (
            "" if good else f"exit code {code} (must be {expected}); must print {text!r}\n{output}"
        )
        yield Check(command, f"exit code {code}", fault)


def checks(work: Path, *, only_build: bool) -> Iterator[Check]:
    """Yield each check as soon as it is done."""
    sdist, wheel = build(work)
    yield from archive_checks(sdist, wheel)
    if not only_build:
        yield from installed_checks(wheel, work)
        yield from tour_checks(work)


def main() -> int:
    """Print a line for each check; return 1 when one failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", action="store_true", help="the archives alone")
    options = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="titan-mlopt-release-") as name:
        for check in checks(Path(name), only_build=options.build):
            failed += bool(check.fault)
            print(f"{'FAIL' if check.fault else 'ok':6}{check.name:58}{check.figure}", flush=True)
            if check.fault:
                print(f"      {check.fault}", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
