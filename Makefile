# The two commands of the README: `make demo` and `make test`; each sets up by itself.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test soak lint setup setup-dev system-packages clean

demo: setup system-packages
	LIVE_EMOTION_CLOSE_WHEN_DONE=1 $(BIN)/live-emotion replay assets/demo.mp4 --output sessions/demo-$$(date +%Y%m%d-%H%M%S)

test: setup-dev system-packages
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	engines=$$(mktemp -d) && trap 'rm -rf "$$engines"' EXIT && \
	export LIVE_EMOTION_TEST_ENGINES="$$engines" && \
	$(BIN)/python -m pytest -m "not alone" -n 2 --dist loadfile --no-loadscope-reorder && \
	$(BIN)/python -m pytest -m alone

soak: setup
	$(BIN)/python -m tests.system.soak --minutes 30

setup: $(VENV)/.installed
setup-dev: $(VENV)/.installed-dev

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("live-emotion needs Python 3.11 or newer, this is " + sys.version.split()[0] + ": call make with PYTHON=python3.11, say.") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet -e .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet -e '.[dev]'
	touch $@

# The libraries that Qt, PortAudio and the tests need; skipped where apt-get is not the
# system's way or there is no right to use it, and `live-emotion doctor` names what is missing.
system-packages:
	@sh tests/system/packages.sh

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache
