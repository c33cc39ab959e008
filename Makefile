# Everything runs in .venv, made from nothing with the versions of constraints.txt.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test test-heavy test-floors docs bench format clean

demo: $(VENV)/demo.stamp
	$(BIN)/negotiation solve alaska/settlement --reading all

# The last line printed is pytest's summary.
test: $(VENV)/test.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sphinx-build -W -q -b html docs docs/_build/html
	$(BIN)/python -m pytest -q -m "not heavy" -n 2 --dist loadfile

# The random tests draw the same examples in every run of `make test`; here they explore, from a
# seed that is printed: make test-heavy SEED=that repeats a run.
ifndef SEED
SEED := $(shell od -An -N4 -tu4 /dev/urandom | tr -d ' ')
endif
test-heavy: $(VENV)/test.stamp
	@echo "SEED=$(SEED)"
	HYPOTHESIS_PROFILE=random $(BIN)/python -m pytest -q -m heavy --hypothesis-seed=$(SEED)
	HYPOTHESIS_PROFILE=random $(BIN)/python -m pytest -q -m "not heavy" -n 2 --dist loadfile --hypothesis-seed=$(SEED) tests

# With the oldest versions that pyproject.toml allows; peers that serve as oracles are left out.
test-floors: floors.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)-floors
	$(VENV)-floors/bin/python -m pip --disable-pip-version-check --quiet install -c floors.txt -e '.[tables,plots,sensitivity,distributed]' pytest pytest-xdist hypothesis sybil jsonschema
	$(VENV)-floors/bin/python -m pytest -q -m "not heavy" -n 2 --dist loadfile -W ignore::DeprecationWarning $(FLOORS_LEFT_OUT) tests
FLOORS_LEFT_OUT := --ignore=tests/normal_form/test_oracles_formats.py --ignore=tests/normal_form/test_oracles_normal_form.py --ignore=tests/normal_form/test_peers.py

docs: $(VENV)/test.stamp
	$(BIN)/sphinx-build -W -b html docs docs/_build/html

bench: $(VENV)/test.stamp
	$(BIN)/python benchmarks/settlement.py
	$(BIN)/python benchmarks/normal_form.py
	$(BIN)/python benchmarks/normal_form.py --single
	$(BIN)/python benchmarks/many_players.py
	$(BIN)/python benchmarks/what_if.py

format: $(VENV)/test.stamp
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) $(VENV)-floors docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/python.stamp:
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or later is needed')"
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/demo.stamp: $(VENV)/python.stamp pyproject.toml constraints.txt
	$(PIP) install -c constraints.txt -e .
	touch $@

$(VENV)/test.stamp: $(VENV)/python.stamp pyproject.toml constraints.txt
	$(PIP) install -c constraints.txt -e '.[test,docs,oracles,fast]'
	touch $@
