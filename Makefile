# One command per verb. `make run` and `make test` need nothing but Python 3.11+ and make.
SHELL := /bin/sh
# The first that runs, not the first that is found: version switchers leave names that do not work.
PYTHON ?= $(shell for p in python3.12 python3.11 python3.13 python3; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v $$p; break; }; done)
BIN := .venv/bin
WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path 'web/examples/*' -not -name '*.tsbuildinfo' 2>/dev/null)
EXAMPLE_SOURCES := $(shell find web/examples web/packages -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
PORT ?= 8080
# Tests wait more than they compute: for databases, browsers, and for ninety seconds of silence.
WORKERS ?= 3

.PHONY: run setup test check fmt bench lock clean setup-dev browser examples types packages

run: setup
	@exec $(BIN)/collab serve --port $(PORT)

setup: .venv/.run collab/static/.built

setup-dev: .venv/.dev collab/static/.built

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "collab needs Python 3.11 or newer on the PATH." >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.run: requirements/run.txt pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	COLLAB_SKIP_WEB_BUILD=1 $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

collab/static/.built: $(WEB_SOURCES) hatch_build.py | .venv/.run
	$(BIN)/python hatch_build.py
	@touch $@

browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || \
	  { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -q && apt-get install -y -q chromium; } || \
	  { echo "The browser tests need Chromium: install it and run make test again." >&2; exit 1; }

examples: web/examples/dist/index.html

web/examples/node_modules/.package-lock.json: web/examples/package-lock.json | .venv/.run
	$(BIN)/python web/npm.py --prefix examples ci
	@touch $@

# From the packages' sources, whose own dependencies come with the pages.
web/examples/dist/index.html: $(EXAMPLE_SOURCES) web/examples/node_modules/.package-lock.json | collab/static/.built
	$(BIN)/python web/npm.py --prefix examples run build

test: setup-dev browser examples
	$(BIN)/python web/npm.py test
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

check: setup-dev web/examples/node_modules/.package-lock.json
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy collab schemas tests alembic
	$(BIN)/lint-imports
	$(BIN)/python web/npm.py run check
	$(BIN)/python web/npm.py --prefix examples run check

fmt: setup-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python web/npm.py run format

bench: setup-dev
	$(BIN)/python -m bench

types: setup-dev
	$(BIN)/python web/wire_types.py

packages: setup-dev
	$(BIN)/python web/npm.py run build:packages

lock:
	uv pip compile pyproject.toml --extra build --universal --python-version 3.11 --generate-hashes --no-header -q -o requirements/run.txt
	uv pip compile pyproject.toml --extra build --extra dev --universal --python-version 3.11 --generate-hashes --no-header -q -c requirements/run.txt -o requirements/dev.txt

clean:
	rm -rf .venv collab/static web/node_modules web/examples/node_modules web/examples/dist web/packages/*/dist .mypy_cache .ruff_cache .pytest_cache
