# Two commands matter: `make demo` and `make test`. Each sets itself up and is fast when run again.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready

.PHONY: demo test lint types layers pytest bench bench-full format lock docs clean help

help:            ## what can be made here
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## */\t/' | sort

demo: $(STAMP)   ## plan the Xiqing scenario and write the report to demo/
	$(BIN)/allocator demo --out demo

test: lint types layers pytest   ## everything a change must pass

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

layers: $(STAMP)
	$(BIN)/lint-imports

pytest: $(STAMP)
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile --cov --cov-report=term --cov-fail-under=95

bench: $(STAMP)  ## small benchmark sizes, minutes
	$(BIN)/python -m benchmarks

bench-full: $(STAMP) .venv-bench/.ready  ## all benchmark sizes and peers, hours
	$(BIN)/python -m benchmarks --full

format: $(STAMP) ## write the house formatting
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(STAMP)   ## write the generated parts of docs/
	$(BIN)/python -m allocator docs --out docs

lock: $(STAMP)   ## renew requirements/locked.txt and bench.txt (needs uv)
	uv pip compile pyproject.toml --group dev --generate-hashes --no-emit-index-url \
	  --python-version 3.11 --universal --no-header -o requirements/locked.txt
	uv pip compile requirements/bench.in --generate-hashes --no-emit-index-url \
	  --python-version 3.11 --universal --no-header -o requirements/bench.txt

clean:           ## remove everything that was made
	rm -rf $(VENV) .venv-bench build dist demo out .mypy_cache .ruff_cache .pytest_cache .coverage htmlcov

$(STAMP): requirements/locked.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.11 ..."; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/locked.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

# Peers of the benchmarks live in an environment of their own; without it they are skipped with a sentence.
.venv-bench/.ready: requirements/bench.txt
	test -x .venv-bench/bin/python || $(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	touch $@
