# `make tune` and `make test` set up what they need in .venv and run; nothing else is touched.
PYTHON ?= python3
N_TRIALS ?= 100
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: setup tune test fast docs site docs-test matrix servers faults lint typed measure counts coverage mutants \
  release-check lock test-lowest environments bench bench-peers clean

setup: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) --constraint constraints.txt --editable '.[static,dask,postgres,test,lint]'
	touch $@

tune: setup
	PATH="$(CURDIR)/$(BIN):$$PATH" mlflow run . --env-manager=local --experiment-name titan_mlopt \
	  -P n_trials=$(N_TRIALS) -P n_jobs=2

# Three files at a time on two cores: most tests wait for processes and stores.
PYTEST_OPTIONS ?=
PARALLEL := -n 3 --dist loadfile --no-loadscope-reorder
PYTEST := $(BIN)/python -m pytest $(PARALLEL) $(PYTEST_OPTIONS)

test: setup
	$(PYTEST)

fast: setup
	$(PYTEST) -m "not slow and not docs and not matrix"

# The site into build/site, where any warning is an error; then what README, docs, benchmarks and
# commands print, run as it stands there.
docs: site docs-test

site: $(VENV)/.site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

docs-test: $(VENV)/.site
	$(PYTEST) -m docs

$(VENV)/.site: $(VENV)/.installed
	$(PIP) --constraint constraints.txt --editable '.[site]'
	touch $@

# The long tests of clusters, servers, MLflow's pages, real candles and all commands, one at a time;
# PostgreSQL where Debian's package is.
matrix: setup
	-$(MAKE) --keep-going servers
	$(BIN)/python -m pytest -m matrix

# The lowest tracking server that is supported, one that is refused, and the newest, each in an
# environment of its own; the tests of those that are not there are skipped.
SERVERS := $(foreach version,2.22.4 3.0.0 newest,.venv-mlflow-$(version)/.installed)
servers: $(SERVERS)

# These versions do not know SQLAlchemy 2.1.
$(SERVERS): PACKAGES = 'mlflow==$(@:.venv-mlflow-%/.installed=%)' 'sqlalchemy<2.1'
.venv-mlflow-newest/.installed: PACKAGES = mlflow
$(SERVERS):
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check $(PACKAGES)
	touch $@

# The long form of the fault suite, once for each seed; its table goes into docs/reliability.md.
FAULT_SEEDS ?= 1 2 3
faults: setup
	rm -f .faults.jsonl
	for seed in $(FAULT_SEEDS); do \
	  PYTHONPATH=tests TITAN_MLOPT_FAULTS=long TITAN_MLOPT_FAULTS_SEED=$$seed \
	  TITAN_MLOPT_FAULTS_FILE=$(CURDIR)/.faults.jsonl $(BIN)/python -m pytest -m "not docs" -p support.tally tests/faults \
	  || exit 1; \
	done

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# A user's project, type-checked against the wheel, installed in an environment of its own.
TYPED := .venv-typed/bin
typed:
	rm -rf build/typed build/lib
	$(PYTHON) -m venv .venv-typed
	$(TYPED)/python -m pip install --quiet --disable-pip-version-check uv
	$(TYPED)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir build/typed .
	$(TYPED)/uv pip install --quiet --python $(TYPED)/python --constraint constraints.txt \
	  --reinstall-package titan-mlopt build/typed/*.whl mypy 'pyright[nodejs]' pandas-stubs
	cd tests/typed_project && $(CURDIR)/$(TYPED)/mypy --config-file mypy.ini
	cd tests/typed_project && $(CURDIR)/$(TYPED)/pyright --pythonpath $(CURDIR)/$(TYPED)/python
	-cd build && PATH=$(CURDIR)/$(TYPED):$$PATH pyright --verifytypes titan_mlopt --ignoreexternal | \
	  tail -n 12

# Counts of what makes the code hard to enter, each with its limit.
measure: setup
	$(BIN)/python benchmarks/measure.py

# What a trial costs in statements, requests and imports, and the counts of the code: no clock.
COUNTS := tests/study/test_statements.py tests/study/storage/test_storages.py \
  tests/tracking/mirror/test_remote_mirror.py tests/executors/test_imports.py \
  tests/executors/local/test_preload.py tests/cli/test_all_commands.py
counts: measure
	$(PYTEST) $(COUNTS)

# Lines and branches that the gate's tests reach, trials and mirrors included; the floor stands in
# pyproject.toml. COVERAGE_TESTS="tests/core tests/analysis" asks less, COVERAGE_FLOOR=0 no floor.
COVERAGE_TESTS ?= tests
COVERAGE_FLOOR ?=
coverage: setup
	rm -f .coverage .coverage.*
	-$(BIN)/coverage run -m pytest $(PARALLEL) $(PYTEST_OPTIONS) $(COVERAGE_TESTS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report $(COVERAGE_FLOOR:%=--fail-under=%)

# Faults that no test of the statistics and of the gate notices; benchmarks/mutants.md judges them.
MUTANTS ?= --sample 75 --seed 1
mutants: setup
	$(BIN)/python benchmarks/mutants.py $(MUTANTS)

# The release, built and used without the checkout.
release-check: setup
	$(BIN)/python release/check.py

# The versions that CI runs with: pinned names, no addresses.
lock:
	$(PIP) uv
	$(BIN)/uv pip compile --quiet --no-header --no-annotate --no-emit-index-url --universal \
	  --python-version 3.11 --all-extras pyproject.toml --output-file constraints.txt

# The lower bounds of pyproject.toml, in an environment of their own; old libraries over new ones
# warn of deprecations that are theirs.
test-lowest:
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/python -m pip install --quiet uv
	.venv-lowest/bin/uv pip install --quiet --python .venv-lowest/bin/python \
	  --resolution lowest-direct --editable '.[static,test]'
	.venv-lowest/bin/python -m pytest -n 2 --dist loadfile -W ignore::DeprecationWarning -W ignore::FutureWarning

# The main job in the environments that `mlflow run` makes itself; virtualenv needs pyenv.
environments: setup
	$(BIN)/python benchmarks/environments.py

# Some 40 minutes; its tables go into benchmarks/README.md. BENCH="latency --quick" runs less.
BENCH ?= --readme
bench: setup
	$(BIN)/python benchmarks/run.py $(BENCH)

# Ours beside Optuna with MlflowStorage, Ray Tune and a stack by hand; its table goes into
# benchmarks/README.md. PEERS=--quick runs less.
PEERS ?= --readme
bench-peers: .venv-peers/.installed
	.venv-peers/bin/python benchmarks/peers.py $(PEERS)

.venv-peers/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt --editable . 'ray[tune]>=2.50'
	touch $@

clean:
	rm -rf $(VENV) .venv-* build dist .coverage .coverage.* *.egg-info .pytest_cache .mypy_cache .ruff_cache
