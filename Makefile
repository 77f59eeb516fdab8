# make run   the chat at http://127.0.0.1:7860
# make test  every test
# make screenshots  the pictures in docs/screenshots, from the running page
# make docs  the documentation as a site, in build/site
# All make .venv when needed, and are safe and fast to run again.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: run test check docs screenshots clean

run: $(VENV)/.run
	$(BIN)/tacrochat build --corpus corpus --index index
	$(BIN)/python app.py

test: $(VENV)/.test
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.test
	scripts/check

docs: $(VENV)/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "tacrochat needs Python 3.11 or newer; run 'make PYTHON=python3.12 run'" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) -e .
	@touch $@

$(VENV)/.test: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) -e '.[test]'
	@touch $@ $(VENV)/.run

$(VENV)/.docs: $(VENV)/bin/python pyproject.toml constraints.txt
	$(PIP) -e '.[docs]'
	@touch $@ $(VENV)/.run

screenshots: $(VENV)/.test
	$(BIN)/python scripts/screenshots.py

clean:
	rm -rf $(VENV) build dist
