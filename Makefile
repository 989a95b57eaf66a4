# The project's commands. `make` alone lists them.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements-dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed and was not found. Install it, or say where it is: make PYTHON=/path/to/python3"; exit 1; }
	@echo "Setting up $(VENV) with $(PYTHON) (the first time, and when packages change) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) 2>var-venv.log || { \
	  rm -rf $(VENV); $(PYTHON) -m pip --version >/dev/null 2>&1 \
	  && $(PYTHON) -m pip install --quiet --target $(VENV)/bootstrap virtualenv \
	  && PYTHONPATH=$(VENV)/bootstrap $(PYTHON) -m virtualenv --quiet $(VENV) ; } \
	|| { cat var-venv.log; rm -f var-venv.log; echo "No virtual environment could be made. On Debian or Ubuntu: apt install python3-venv"; exit 1; }
	@rm -f var-venv.log
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m compileall -q publisher $(VENV)/lib || true
	@touch $@

.PHONY: setup
setup: $(READY) ## make the virtual environment with the locked packages

.PHONY: letter
letter: $(READY) ## the demo: sample sites → items → letter → 20 mailboxes → feeds
	@$(BIN)/publisher demo

.PHONY: preview
preview: $(READY) ## look at the demo's letter in a browser
	@PUBLISHER_NOW=2026-10-28T09:00:00+01:00 $(BIN)/publisher --config var/demo/config.toml preview

.PHONY: test
test: $(READY) ## lint, types, floors and every test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto -q

.PHONY: caniemail
caniemail: ## fetch the tables of what mail clients show, for the preflight (needs npm)
	@mkdir -p var && cd var && npm pack --silent caniemail@2.0.2 >/dev/null \
	  && tar -xOf caniemail-2.0.2.tgz package/dist/data/caniemail.json > caniemail.json && rm caniemail-2.0.2.tgz \
	  && echo "var/caniemail.json is there."

.PHONY: year
year: $(READY) ## a year of a simulated web, collected hourly: what is lost, what comes twice (15 min)
	@$(BIN)/python benchmarks/year.py

.PHONY: cover
cover: $(READY) ## tests with branch coverage
	$(BIN)/coverage run -m pytest -q
	$(BIN)/coverage report --skip-covered --show-missing

.PHONY: format
format: $(READY) ## format the code and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: lock
lock: $(READY) ## write the two requirements files anew (needs uv on the PATH)
	uv --no-config pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements.txt
	uv --no-config pip compile -q pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements-dev.txt

.PHONY: bench-render
bench-render: $(READY) ## what rendering costs beside premailer alone
	@$(BIN)/python benchmarks/render.py

.PHONY: bench-collect
bench-collect: $(READY) ## 1,000 local sources beside `reader` (installed in var/), then memory up to 10,000
	@var/reader/bin/python -c "import reader, sgmllib" 2>/dev/null || { \
	  $(BIN)/python -m venv var/reader && var/reader/bin/pip install -q reader sgmllib3k; }
	@$(BIN)/python benchmarks/collect.py --sources 1000 --reader var/reader/bin/python
	@$(BIN)/python benchmarks/collect.py --memory 100,1000,10000 --items 4

.PHONY: bench-send
bench-send: $(READY) ## rate, CPU and memory of a sending beside smtp-source, nodemailer, Django (needs Postfix's tools)
	@$(BIN)/python benchmarks/send.py --count 10000

.PHONY: bench-ledger
bench-ledger: $(READY) ## a million people in the database: what planning, counting and claiming cost, on both databases
	@$(BIN)/python benchmarks/ledger.py
	@$(BIN)/python benchmarks/ledger.py --postgresql

.PHONY: bench-bounces
bench-bounces: $(READY) ## how well real returned messages are read
	@$(BIN)/python benchmarks/send_bounces.py

.PHONY: bench-stories
bench-stories: $(READY) ## precision and recall of recognising the same news
	@$(BIN)/python benchmarks/stories.py

.PHONY: crash
crash: $(READY) ## a real sender killed at every commit point and at random, servers dying, disks full: a table (long)
	@$(BIN)/python tests/crash/matrix.py

.PHONY: fuzz
fuzz: $(READY) ## a minute of coverage-guided fuzzing of each reader (atheris, installed in var/)
	@test -x var/atheris/bin/python || { $(PYTHON) -m venv var/atheris && \
	  var/atheris/bin/pip install -q --require-hashes -r requirements.txt && \
	  var/atheris/bin/pip install -q --require-hashes -r requirements-fuzz.txt; }
	@for reader in $$(PYTHONPATH=. var/atheris/bin/python benchmarks/fuzz/readers.py 2>/dev/null); do \
	  PYTHONPATH=. var/atheris/bin/python benchmarks/fuzz/readers.py $$reader 60 || exit 1; done

.PHONY: clean
clean: ## remove the virtual environment and caches (never var/)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
