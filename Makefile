# `make run` and `make test` need python >= 3.11 and make; they do everything else themselves.
# Another Python: make test PYTHON=python3.13

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT := out/baseline
RUNS ?= 100
# One stamp for each set of packages; its name holds the Python, so that another one starts afresh.
# A change of pyproject.toml or constraints.txt installs again.
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null)
READY := $(VENV)/python-$(VERSION)
RUN := $(VENV)/run-$(VERSION)
TEST := $(VENV)/test-$(VERSION)
DEV := $(VENV)/dev-$(VERSION)
NOTEBOOKS := $(VENV)/notebooks-$(VERSION)
DOCS := $(VENV)/docs-$(VERSION)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run answers forces twin calibration test check check-static science verify mutants attack golden bench bench-compare bench-sweep \
	bench-questions notebooks jupyter docs format clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /make \1|/' \
		| awk -F'|' '{printf "%-20s %s\n", $$1, $$2}'

run: $(RUN) ## simulate the baseline: table here, charts, page and data under out/
	$(BIN)/python -m scenarios run baseline --out $(OUT)

answers: $(RUN) ## answer the model's fifteen questions: docs/ANSWERS.md, pages under out/answers
	$(BIN)/python -m scenarios answers --out docs/ANSWERS.md --pages out/answers

forces: $(RUN) ## what each force of the contest does, and the friend graph: docs/FORCES.md
	$(BIN)/python -m scenarios forces --out docs/FORCES.md

twin: $(RUN) ## where the mean-field twin agrees with the market: docs/TWIN.md
	$(BIN)/python -m scenarios mean-field --out docs/TWIN.md

calibration: $(RUN) ## fit the market to the record, with its rivals: docs/CALIBRATION.md (an hour; goes on where it was stopped)
	$(BIN)/python -m scenarios calibration --out docs/CALIBRATION.md

test: $(TEST) ## the default tests, on all cores
	$(BIN)/python -m pytest -n auto --dist worksteal

check: test check-static ## what to do before every commit: tests, lint, types (CI adds make science)

check-static: $(DEV) ## lint and types alone
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

science: $(TEST) ## the science that takes minutes: oracles, docking, statistics, 10,000 broken inputs
	$(BIN)/python -m pytest -n auto --dist worksteal -m slow
	CLIPMARKET_EXAMPLES=60 $(BIN)/python -m pytest -n auto --dist worksteal tests/properties

verify: $(TEST) ## run all science and write docs/VERIFICATION.md
	$(BIN)/python -m pytest -n auto -p tests.verification -m "slow or not slow" -q \
		tests/science tests/docking tests/test_fuzz.py

mutants: $(TEST) ## change the model in one place at a time: do tests notice? Writes docs/MUTANTS.md
	$(BIN)/python -m tests.mutants

attack: $(TEST) ## flip 1,000 bits in a store, forge 200 saved markets: is all of it told? (2 minutes)
	$(BIN)/python -W ignore -m tests.attack

golden: $(TEST) ## write tests/golden.json anew (its own commit, which says why)
	$(BIN)/python -m pytest -m "slow or not slow" -k golden --update-golden

bench: $(TEST) ## time every workload and its peers (seven minutes on a quiet machine), write docs/PERFORMANCE.md
	@mkdir -p .benchmarks
	$(BIN)/python -m pytest tests/benchmarks -o addopts= --import-mode=importlib --benchmark-only \
		--benchmark-json=.benchmarks/latest.json
	$(BIN)/python -m tests.benchmarks.page .benchmarks/latest.json

bench-compare: $(TEST) ## time this tree against another revision, in turn: make bench-compare REV=main~3
	@$(BIN)/python -m tests.benchmarks.compare "$(REV)"

bench-sweep: $(TEST) ## what a sweep of RUNS runs costs beside its runs (RUNS=1000: seven minutes)
	$(BIN)/python -m tests.benchmarks.bench_sweep --runs $(RUNS)

bench-questions: $(TEST) ## how long each question takes with 100,000 users and 20 replicates (8 minutes)
	$(BIN)/python -m tests.benchmarks.bench_questions

notebooks: $(TEST) ## execute every notebook and keep what its cells show (two minutes)
	$(BIN)/python -m tests.notebooks

jupyter: $(NOTEBOOKS) ## open the notebooks in JupyterLab
	$(BIN)/jupyter lab notebooks

docs: $(DOCS) ## build the book, with a reference made from the code: out/docs/html/index.html
	$(BIN)/python -m docs.book.build

format: $(DEV) ## format the code and repair what lint can repair
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## remove .venv and all caches (keeps out/)
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks
	find sim agents scenarios notebooks tests docs -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY):
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
		|| { echo "$(PYTHON) is $(if $(VERSION),Python $(VERSION),not to be found); clipmarket needs 3.11, 3.12 or 3.13:" \
		"make $(firstword $(MAKECMDGOALS)) PYTHON=python3.12" >&2; exit 1; }
	@[ ! -e $(VENV) ] || ls $(VENV)/python-* >/dev/null 2>&1 || { echo "$(VENV) is there already and was not made by" \
		"this Makefile, so it is left alone. Move it away, or: make $(firstword $(MAKECMDGOALS)) VENV=.venv-clipmarket" >&2; exit 2; }
	@echo "Making $(VENV) with Python $(VERSION) ..."
	@rm -rf $(VENV) && mkdir $(VENV) && touch $(VENV)/python-begun  # so that one cut short is known
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# pip would compile the libraries on one core, their test suites too: twice the time.
define install
	@echo "Installing $(2) (a minute or two the first time) ..."
	@$(BIN)/python -m pip install -qq --no-compile --disable-pip-version-check --prefer-binary \
		-c constraints.txt -e '$(1)'
	@$(BIN)/python -W ignore -m compileall -qq -j 0 -x '/tests/' $(VENV)/lib || true
	@touch $(RUN) $@
endef

$(RUN): $(READY) pyproject.toml constraints.txt
	$(call install,.,what a run needs)

$(TEST): $(READY) pyproject.toml constraints.txt
	$(call install,.[test],what the tests need)

$(DEV): $(READY) pyproject.toml constraints.txt
	$(call install,.[dev],ruff and mypy)

$(NOTEBOOKS): $(READY) pyproject.toml constraints.txt
	$(call install,.[notebooks],JupyterLab)

$(DOCS): $(READY) pyproject.toml constraints.txt
	$(call install,.[docs],Sphinx)
