# Two commands do everything from nothing: `make demo` and `make test`. `make` lists the rest.
# Nothing is installed outside this directory: .venv and .nox hold Python's side, .data PostgreSQL's.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= .data/postgres
ARGS ?=

# How many processes run the tests of one corner; 0 is none beside pytest itself.
export QUERYSCOPE_TEST_WORKERS ?= 2
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test lint types contracts check clean

help: ## what can be made
	@echo "queryscope: which queries to change, the exact edit, and the proof."
	@echo
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18
	@echo
	@echo "  ARGS=…          is passed on: make test ARGS='tests/sql -x', make demo ARGS=--help"
	@echo "  DATABASE_URL=…  a PostgreSQL of yours, instead of the embedded one in $(DATA)"
	@echo "  PYTHON=…        the interpreter (3.11 or newer) that makes $(VENV)"

demo: $(VENV)/.has-test ## seed a shop, visit every page, write queryscope-report.html
	@$(BIN)/python sample_project/postgres.py run --data "$(DATA)" -- $(BIN)/python sample_project/demo.py $(ARGS)

test: $(VENV)/.has-nox ## all tests, on Python 3.11 + Django 5.2 and on Python 3.13 + Django 6.1
	@$(BIN)/nox --tags tests -- $(ARGS)

lint: $(VENV)/.has-lint ## style, import order, format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.has-test $(VENV)/.has-lint ## mypy --strict
	@$(BIN)/mypy

contracts: $(VENV)/.has-lint ## who may import whom
	@$(BIN)/lint-imports

check: lint types contracts ## the last three

clean: ## remove what these commands made, data included
	rm -rf $(VENV) .nox .data build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

# An environment that works is kept, also one that somebody made by hand.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  found=$$($(PYTHON) --version 2>/dev/null || echo "not there, or doesn't start"); \
	  echo "queryscope needs Python 3.11 or newer; $(PYTHON) is $$found." >&2; \
	  echo "Name another one: make PYTHON=/path/to/python3.13 …" >&2; exit 1; }
	@if ! $(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	  echo "Making $(VENV) with $$($(PYTHON) --version)"; \
	  $(PYTHON) -m venv --clear $(VENV) || { \
	    echo "On Debian and Ubuntu, venv is a package of its own: apt-get install python3-venv." >&2; exit 1; }; fi
	@$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	@touch $@

# One stamp for each dependency group of pyproject.toml that has been installed.
$(VENV)/.has-%: pyproject.toml | $(VENV)/.made
	@echo "Installing what '$*' needs into $(VENV)"
	@$(BIN)/python -m pip install --quiet --editable . --group $*
	@touch $@
