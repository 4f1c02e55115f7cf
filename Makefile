# OpenModelHub: `make run` opens the chat, `make test` proves it; both do their own set-up.
PORT ?= 8000
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
PACKAGES := app assistant hub db secure
CODE := $(PACKAGES) tests seeds evals bench docs

.DEFAULT_GOAL := help
.PHONY: help run setup test check fix soak eval bench docs lock

help:  ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 8

.venv/run: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with venv is needed (Debian: apt install python3 python3-venv)"; exit 1; }
	@test -x $(BIN)/python || { echo "making .venv with $(PYTHON)"; $(PYTHON) -m venv .venv; }
	@echo "installing what the hub runs on (once)"
	@$(PIP) -r requirements.lock
	@$(PIP) --no-deps --editable .
	@touch $@

.venv/dev: .venv/run requirements-dev.lock
	@echo "installing what the tests need (once)"
	@$(PIP) -r requirements-dev.lock
	@touch $@

setup: .venv/run  ## make .venv with the hub in it

run: setup  ## open the chat on a hub with demo data: PORT=8000 HUB_HOME=./data
	@$(BIN)/openmodelhub init --demo
	@exec $(BIN)/openmodelhub serve --port $(PORT)

test: .venv/dev  ## every test, on SQLite, MariaDB and in a browser
	@tests/provide
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

check: .venv/dev  ## lint, format, types, import contracts
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fix: .venv/dev  ## mend what lint and format can mend themselves
	@$(BIN)/ruff check --fix $(CODE)
	@$(BIN)/ruff format $(CODE)

soak: .venv/dev  ## what takes long, in full; results in docs/soak.md; ONLY=part of a name
	@tests/provide
	@$(BIN)/python -m tests.soak $(ONLY)

eval: .venv/dev  ## questions with known answers: SET=demo|other|held ENGINE=interpreter|endpoint|both BACKEND=sqlite|mariadb
	@$(if $(filter mariadb,$(BACKEND)),tests/provide)
	@$(BIN)/python -m evals.score $(SET) --engine $(or $(ENGINE),interpreter) --backend $(or $(BACKEND),sqlite)

bench: .venv/dev  ## speed, measured side by side; prints the tables of docs/speed.md
	@$(BIN)/python -m bench.answers
	@$(BIN)/python -m bench.chat
	@$(BIN)/python -m bench.page
	@$(BIN)/python -m bench.insights
	@$(BIN)/python -m bench.scale
	@$(BIN)/python -m bench.container
	@$(BIN)/python -m bench.transfers

docs: .venv/dev  ## regenerate docs/reference.md and .env.example from the code
	@$(BIN)/python -m docs.generate

lock: .venv/dev  ## pin the newest versions that pyproject.toml allows
	@tests/lock
