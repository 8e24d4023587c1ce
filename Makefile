# `make` alone lists what there is. Nothing needs to be installed first but python3 (3.11 or later) and make.

PYTHON ?= python3
VENV ?= .venv
DEMO ?= demo
PROCESSES ?= auto
TRUTH ?=
CLIPS ?=
CLIP ?=
PEERS ?= .venv-peers

BIN := $(VENV)/bin
RUN_READY := $(VENV)/.ready-run
DEV_READY := $(VENV)/.ready-dev
# not compiled beforehand: of 15,000 files most are never imported, and Python compiles the others when they are; and
# nobody needs to be warned of conflicts between versions that are all given
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --no-warn-conflicts --constraint constraints.txt

# a file's tests stay in one process; in the order of the folders: by the number of their tests, the long ones would come last
PYTEST := $(BIN)/python -m pytest --numprocesses $(PROCESSES) --maxprocesses 8 --dist loadfile --no-loadscope-reorder --benchmark-disable

.DEFAULT_GOAL := help
.PHONY: help demo test lint types tests tests-nojit tests-bounds validate bench bench-peers bench-scaling format dist clean

help:  ## this list
	@echo "runlean: running video into measurements"
	@echo
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1|/' | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'
	@echo
	@echo "Variables: PYTHON=$(PYTHON) VENV=$(VENV) DEMO=$(DEMO) PROCESSES=$(PROCESSES) TRUTH=$(TRUTH) CLIPS=$(CLIPS)"

demo: $(RUN_READY)  ## analyse a clip that ships with runlean and show measured beside true values
	@$(BIN)/runlean demo -o $(DEMO) --overwrite

test: lint types tests-nojit tests  ## everything that must pass: lint, types, kernel tests without the compiler, all tests

lint: $(DEV_READY)  ## ruff: rules and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(DEV_READY)  ## mypy, strict
	$(BIN)/mypy

tests-nojit: $(DEV_READY)  ## the kernels' tests as plain Python, with their coverage
	NUMBA_DISABLE_JIT=1 $(PYTEST) tests/kernels --ignore tests/kernels/cuda --cov --cov-report=term

tests-bounds: $(DEV_READY)  ## the kernels' tests compiled with every index checked (minutes: all is compiled anew)
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	  NUMBA_BOUNDSCHECK=1 RUNLEAN_CACHE_DIR="$$folder" $(BIN)/python -m pytest tests/kernels --benchmark-disable --ignore tests/kernels/cuda

tests: $(DEV_READY)  ## all tests, compiled kernels, warnings are errors
	$(PYTEST)

validate: $(DEV_READY)  ## score against known truth; TRUTH=FOLDER and CLIPS=FOLDER add to what ships
	$(BIN)/python tools/validate.py $(if $(TRUTH),--truth $(TRUTH)) $(if $(CLIPS),--clips $(CLIPS))

bench: $(DEV_READY)  ## time the pipeline against this machine's limits; writes benchmarks/results/speed.json and README's table
	$(BIN)/python benchmarks/speed.py
	$(BIN)/python benchmarks/speed.py --readme

bench-peers: $(DEV_READY) $(PEERS)/.ready-mediapipe $(PEERS)/.ready-sports2d  ## runlean beside MediaPipe and Sports2D; CLIP=VIDEO takes yours
	$(BIN)/python benchmarks/peers.py --peers $(PEERS) $(if $(CLIP),--clip $(CLIP))
	$(BIN)/python benchmarks/peers.py --docs

bench-scaling: $(DEV_READY)  ## memory and time over length and number of videos, and the first start (half an hour and more)
	$(BIN)/python benchmarks/scaling.py
	$(BIN)/python benchmarks/scaling.py --docs

format: $(DEV_READY)  ## put the code into its format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

dist: $(DEV_READY)  ## sdist and wheel into dist/
	$(BIN)/python -m build

clean:  ## remove what make made: environment, caches, demo, dist
	rm -rf $(VENV) $(PEERS) $(DEMO) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment: made once, brought up to date when what it is made from has changed.
$(BIN)/python:
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
	  echo "runlean needs Python 3.11 or later; no '$(PYTHON)' was found. Install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and "runlean needs Python 3.11 or later; $(PYTHON) is %d.%d. Name another: make PYTHON=python3.12" % v[:2])'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make virtual environments (on Debian and Ubuntu: install python3-venv)." >&2; exit 1; }
	@echo "Making the virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(RUN_READY): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing runlean and what it runs on into $(VENV) (a few minutes the first time)"
	@$(PIP_INSTALL) --editable .
	@touch $@

$(DEV_READY): pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing runlean with its development tools into $(VENV) (a few minutes the first time)"
	@$(PIP_INSTALL) --editable '.[dev]'
	@# the reference that RTMPose is held to; its own dependencies would put another onnxruntime over ours
	@$(PIP_INSTALL) --no-deps rtmlib
	@touch $(RUN_READY) $@

# Each of the other tools wants packages that another one cannot have: an environment each.
$(PEERS)/.ready-%: benchmarks/constraints-%.txt
	@echo "Installing $* into $(PEERS)/$* (a few minutes)"
	@$(PYTHON) -m venv $(PEERS)/$*
	@$(PEERS)/$*/bin/python -m pip install --quiet --disable-pip-version-check --constraint $< $*
	@touch $@
