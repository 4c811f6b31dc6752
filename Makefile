# Needs only Python 3.11 or later (with venv), git and make. Everything else goes into .venv.
#   make demo       set up, then a demonstration site at http://127.0.0.1:8000/
#   make test       set up, check, then all tests on SQLite and on a PostgreSQL that the tests bring themselves
#   make check      format, lint, types, floors
#   make fmt        put the format right
#   make reference  write docs/reference anew from the tables of kinds and functions
#   make tour       make the pictures of docs/tour anew (needs Chromium)
#   make import-tickets  bring all 9,531 till tickets in on both databases and check every one (minutes)
#   make bench-import    how fast that is, as ratios to the same rows written by hand (docs/benchmarks.md)
#   make bench-rules     formulas and decision tables beside other engines and a loop by hand

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.set-up
AXE    := tests/web/node_modules/.set-up
PORT   ?= 8000
TESTS  ?=
BENCH  ?=
CODE   := engine tests

.DEFAULT_GOAL := help
.PHONY: help setup check test demo fmt reference tour import-tickets bench-import bench-rules check-format check-lint check-types check-floors

help:
	@sed -n '2,9p' Makefile | sed 's/^# *//'

setup: $(STAMP) $(AXE)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Formwork needs Python 3.11 or later: make PYTHON=/path/to/python3.11")'
	@echo 'Setting up $(VENV): downloads the packages of pyproject.toml, once; a minute or two.'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch $(STAMP)

# axe-core, with which the browser tests look at pages; without Node.js and npm those tests are skipped.
$(AXE): tests/web/package-lock.json
	@if command -v node >/dev/null && command -v npm >/dev/null; then \
	    npm ci --prefix tests/web --ignore-scripts --no-audit --no-fund --silent || \
	    echo 'axe-core could not be fetched: pages will not be looked at by axe.'; fi
	@mkdir -p $(@D) && touch $@

# All four run to their end, so that one run names everything; make fails if one of them does.
check: setup
	@$(MAKE) --no-print-directory --keep-going --jobs 2 check-types check-format check-lint check-floors

check-format:
	$(BIN)/ruff format --check $(CODE)

check-lint:
	$(BIN)/ruff check $(CODE)

check-types:
	$(BIN)/mypy

check-floors:
	$(BIN)/pytest -q -p no:cacheprovider tests/test_floors.py

test: check
	$(BIN)/pytest -q --numprocesses 2 --dist loadfile $(TESTS)

demo: setup
	$(BIN)/formwork demo apps/food --port $(PORT)

fmt: setup
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

tour: setup
	$(BIN)/python -m tests.web.tour

import-tickets: setup
	FORMWORK_ALL_TICKETS=1 $(BIN)/pytest -q -rs tests/doors/test_till_tickets.py

bench-import: setup
	$(BIN)/python -m tests.bench.imports $(BENCH)

bench-rules: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'zen-engine>=2.1' 'rule-engine>=5.1' 'json-logic-qubit>=0.9'
	$(BIN)/python -m tests.bench.rules

reference: setup
	$(BIN)/formwork reference --out docs/reference
