# Everything a developer or an operator starts by hand. Needs Python 3.11 or later and nothing else.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo "$$p" && break; done)
BIN := .venv/bin
TESTS ?= tests
WORKERS ?= auto

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo run test check prove bench sbom screenshots lock words clean

help:  ## Say what can be made
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup:  ## Install what running needs: .venv, packages, front-end files
	@$(if $(PYTHON),,$(error Python 3.11 or later is needed; name one with PYTHON=/path/to/python3.11))$(PYTHON) setup runtime

setup-dev:  ## Install what testing and checking need as well
	@$(if $(PYTHON),,$(error Python 3.11 or later is needed; name one with PYTHON=/path/to/python3.11))$(PYTHON) setup dev

demo: setup  ## Serve a made-up company on http://127.0.0.1:8000
	@SPM_DATABASE_URL="$${SPM_DATABASE_URL:-sqlite:///$(CURDIR)/instance/demo.db}" $(BIN)/spm demo

run: setup  ## Serve your own installation on http://127.0.0.1:8000
	@$(BIN)/spm serve

test: setup-dev  ## Run the tests on SQLite and PostgreSQL
	@$(BIN)/python -m pytest -n $(WORKERS) -m "not timed" $(TESTS) || [ $$? -eq 5 ]
	@$(BIN)/python -m pytest -m timed $(TESTS) || [ $$? -eq 5 ]  # 5: none of that kind among TESTS

check: setup-dev  ## Lint, types, import contracts, templates, migrations, catalogues
	@$(BIN)/python setup/check.py

prove: setup-dev  ## Run the long forms of the promises in docs/reliability.md; prints their figures
	@SPM_PROVE=1 $(BIN)/python -m pytest -n 0 -p no:randomly -q -rA --no-header tests/prove
	@cat .cache/prove.txt

bench: setup-dev  ## Measure; prints ratios
	@$(BIN)/python -m bench

screenshots: setup-dev  ## Take the pictures of docs/ from the demo company, with Chromium
	@$(BIN)/python setup/screenshots.py

lock:  ## Lock the dependencies anew (developers; needs uv and npm)
	@$(PYTHON) setup/lock.py

sbom:  ## Write what the product is made of to instance/sbom.json (CycloneDX)
	@$(PYTHON) setup/sbom.py

words: setup-dev  ## Collect the words of the sources into the catalogues (developers)
	@$(BIN)/python setup/words.py

clean:  ## Remove what setup made; your data in instance/ stays
	rm -rf .venv node_modules spm/static/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis .cache
