# Two commands do all: `make demo` and `make test`. Each sets up what it needs in .venv.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
WORKERS ?= 2

.PHONY: demo test check clean

# In a home of its own: what you have added to yours does not change the demonstration.
demo: $(VENV)/demo.stamp
	VQA_EVAL_HOME=$(VENV)/demo $(BIN)/vqa-eval --model tiny-vlm --tree modality/CT

test: $(VENV)/test.stamp
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadgroup

# The quick half of the tests: style, types, floors.
check: $(VENV)/test.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

clean:
	rm -rf $(VENV)

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "vqa-eval needs Python 3.11 or newer: make PYTHON=python3.12 demo")'
	$(PYTHON) -m venv $(VENV)

# Compiling once here spares every later start from doing it, where the environment forbids writing bytecode.
$(VENV)/demo.stamp: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[demo]'
	$(BIN)/python -m compileall -q vqa_eval
	touch $@

$(VENV)/test.stamp: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[all,dev]'
	$(BIN)/python -m compileall -q vqa_eval
	touch $@
