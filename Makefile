# check: format, lint, types, import rules, fast tests · test: everything · bench: what we claim, measured
# chaos: every fault of docs/chaos.md, at real time (CHAOS="--scale 20 --doses 20" for less) · serve: the system
PY := .venv/bin/python

.PHONY: check test bench chaos serve environment

environment:
	@bash -c 'source ./setup_environment.sh && setup_environment requirements.txt requirements-dev.txt'

check: environment
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(PY) -m pytest -q -n auto -m "not integration"

test:
	./run_tests.sh

bench: environment
	$(PY) -m benchmarks.analysis
	$(PY) -m benchmarks.queue
	$(PY) -m benchmarks.store

chaos: environment
	$(PY) -m tests.chaos $(CHAOS)

serve:
	./start_workers.sh up
