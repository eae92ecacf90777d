# One command a wish: `make demo` to see it, `make test` to know that it holds.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
WORKERS ?= 2
FLOORS := gateway resolvers adapters
PORT ?= 8000
DATA ?= ../shared/truth

.PHONY: setup demo demo-nyc test tests bench bench-steps bench-identity lint format lock docs web

setup: $(VENV)/stamp-dev  ## everything that development needs, in .venv

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/stamp: requirements.lock pyproject.toml | $(BIN)/python
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/stamp-dev: requirements-dev.lock $(VENV)/stamp
	$(PIP) --require-hashes -r requirements-dev.lock
	touch $@

demo: $(VENV)/stamp  ## a fictional city on http://127.0.0.1:8000/graphql
	$(BIN)/citygraph demo --port $(PORT)

demo-nyc: $(VENV)/stamp  ## New York's files, loaded into the agencies' own databases
	$(BIN)/python -m tests.cities.nyc.demo --port $(PORT)

lint: $(VENV)/stamp-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(FLOORS) tests
	$(BIN)/lint-imports

test: lint tests  ## lint, types, floors, and every test

tests: $(VENV)/stamp-dev  ## every test; neighbours stay together, what they share is made once
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

bench: $(VENV)/stamp-dev  ## calls, CPU and latency: by hand, other gateways, a fetch by every kind of source
	$(BIN)/python -m bench
	$(BIN)/python -m bench.peers --install
	$(BIN)/python -m bench.fetches --rounds 100

bench-steps: $(VENV)/stamp-dev  ## single steps of the engine, each timed by itself
	$(BIN)/python -m pytest tests/gateway/engine/test_steps.py -n 0 --benchmark-enable --benchmark-columns=min,median,iqr,rounds

bench-identity: $(VENV)/stamp-dev  ## precision, recall, calibration and speed of matching; DATA is where labelled files are
	$(BIN)/python -m bench.identity --data $(DATA)

format: $(VENV)/stamp-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--extra demo --no-emit-index-url --no-emit-find-links --quiet --custom-compile-command "make lock"

lock: $(VENV)/stamp-dev  ## resolve pyproject.toml again; the files name no index
	$(LOCK) --group build --output-file requirements.lock
	$(LOCK) --group build --group dev --output-file requirements-dev.lock

docs: $(VENV)/stamp-dev  ## what documents say of the code, written from it
	$(BIN)/python -m tests.adapters.capability_table

web:  ## build the GraphiQL page into gateway/web/static (needs Node 20 or newer)
	cd web && npm ci && npm run build
