# Etter Connector: every command a person needs. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
PYTEST := $(BIN)/pytest
# Two test processes; the tests on Neo4j all go to one of them.
PARALLEL ?= -n 2 --dist loadgroup
DIR ?= ../shared
DATA ?= ../shared/eval

.PHONY: help
help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: venv
venv: $(STAMP) ## build .venv from the hash-pinned lock

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) tools/check_python.py
	@test -e $@ || $(PYTHON) -m venv --clear .venv \
	  || { echo "Python's venv module is missing (on Debian: apt install python3-venv)." >&2; exit 1; }
	@echo "Installing what requirements.lock names (a minute or two the first time) ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock \
	  || { echo "A package could not be installed; the lines above say which. If no wheel of it" \
	    "fits this Python, try another one: make venv PYTHON=python3.12" >&2; exit 1; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: demo
demo: venv ## the whole road on sample data: HRIS event to assessed role, in a folder of its own
	@$(BIN)/connector demo

.PHONY: up
up: venv ## start everything and stay; Ctrl-C stops it, the data stays in .data
	@$(BIN)/connector up

.PHONY: test
test: venv ## the tests (a few minutes)
	@$(PYTEST) -q $(PARALLEL)

.PHONY: test-long
test-long: venv ## the tests that take long: soak, kills, fuzzing, PostgreSQL 15 (up to 40 minutes)
	@$(PYTEST) -q -m long

.PHONY: fuzz
fuzz: venv ## damaged payloads for both adapters, for CONNECTOR_TEST_FUZZ_SECONDS (default 60), and many invented ones
	@$(PYTEST) -q -m long tests/long/test_adapters_fuzz.py
	@CONNECTOR_TEST_EXAMPLES=$${CONNECTOR_TEST_EXAMPLES:-20} $(PYTEST) -q $(PARALLEL) tests/adapters

.PHONY: test-deps
test-deps: ## install what some tests need beside Python: PostgreSQL 15, Ruby, Java, Neo4j
	@sh tools/test-deps

.PHONY: check
check: venv ## format, lint, types, import contracts, OpenAPI drift, tests
	@$(BIN)/ruff format --check --quiet . || { echo "make format puts this right." >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/connector openapi --check
	@$(MAKE) --no-print-directory test

.PHONY: format
format: venv ## put the code's layout right
	@$(BIN)/ruff check --quiet --fix --select I . ; $(BIN)/ruff format .

.PHONY: openapi
openapi: venv ## write the committed contract in openapi/ anew
	@$(BIN)/connector openapi

.PHONY: bench
bench: venv ## measure, print, and write to bench/results/
	@$(BIN)/python -m bench

.PHONY: verify-fixtures
verify-fixtures: venv ## hold our samples against the vendors' schemas and samples in DIR
	@$(BIN)/python -m tools.verify_fixtures $(DIR)

.PHONY: eval
eval: venv ## measure the assessor on the labelled data in DATA
	@$(BIN)/python -m tools.evaluate $(DATA)

.PHONY: screenshots
screenshots: venv ## pictures of the page in docs/screenshots (takes a minute, needs Chromium)
	@$(BIN)/python -m tools.screenshots

.PHONY: lock
lock: ## resolve pyproject.toml into requirements.lock again
	@$(PYTHON) -m venv .cache/uv && .cache/uv/bin/python -m pip install -q --disable-pip-version-check uv
	@.cache/uv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --all-extras pyproject.toml -o requirements.lock

.PHONY: clean-data
clean-data: ## delete the data of make up
	@rm -rf .data
