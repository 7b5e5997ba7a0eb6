# The project's commands.  `make` alone lists them.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
SANITIZED = -q --servers embedded $(addprefix tests/server/test_,client.py ports.py stream.py midi.py)
C_FILES = $(shell find src tests/c tests/fuzz benchmarks/c -name '*.[ch]')

.DEFAULT_GOAL := help
.PHONY: help setup test test-jack1 test-pipewire test-faults test-matrix test-pythons demo bench breaks leaks soak lint unbound format docs build wheel sdist alloc-faults test-sanitized test-threads fuzz model analyse valgrind sanitize clean

help: ## list the commands
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "make %-13s %s\n", $$1, $$2}'

setup: ## install what is needed, build the package, install it into .venv
	@PYTHON='$(PYTHON)' tools/setup.sh

test: setup ## run all tests
	@tools/alone.sh $(RUN) -m pytest $(ARGS)

test-jack1 test-pipewire: test-%: setup
	@tools/servers.sh $*
	@tools/with_server.sh $* tools/alone.sh $(RUN) -m pytest --servers $* $(or $(ARGS),tests/server tests/process)

test-jack1: ## run those that need a server on JACK1; ARGS too
test-pipewire: ## run those that need a server on PipeWire; ARGS too

test-faults: setup ## servers stopped and killed, programs ended, at every stage, on all three
	@tools/test_faults.sh $(ARGS)

test-matrix: ## run all on each server, each Python, special builds and Debian sid; ARGS too
	@tools/test_matrix.sh $(ARGS)

test-pythons: ## run them on each Python from 3.11 on that is there; ARGS too
	@tools/test_pythons.sh $(ARGS)

demo: ## run the demo: a voice, an echo, a proof; ARGS=--help tells more
	@PYTHON='$(PYTHON)' tools/setup.sh demo
	@$(RUN) -m jack demo $(ARGS)

bench: setup ## measure; prints ratios
	@$(RUN) benchmarks/py/run.py $(ARGS)

breaks: setup ## count broken blocks, tier by tier (an hour; ARGS=--cycles=20000: less)
	@$(RUN) benchmarks/py/breaks.py --cycles 100000 $(ARGS)

leaks: setup ## look for what grows, call by call (hours; ARGS='--seconds 8 --lives 200': less)
	@tools/alone.sh $(RUN) tests/leaks/run.py $(ARGS)

soak: setup ## streams, MIDI, a changing graph and restarts for an hour; ARGS='--seconds 60'
	@tools/alone.sh $(RUN) tests/soak/run.py $(ARGS)

lint: setup ## check the house's rules
	@$(RUN) -m pytest -q tests/unit/test_lint.py $(ARGS)

unbound: ## list the functions of JACK's headers that can't be reached from Python
	@$(PYTHON) tools/unbound.py $(ARGS)

format: setup ## lay out the C sources anew
	@$(VENV)/bin/clang-format -i $(C_FILES)

build: setup ## make a wheel in dist/
	@PATH="$(abspath $(VENV))/bin:$$PATH" $(RUN) -m pip wheel -q --no-deps --no-build-isolation -w dist .
	@ls dist

docs: ## build the pages in docs/_build/html; warnings are errors
	@tools/docs.sh

wheel: setup ## make a wheel that needs no compiler, and try it in a clean environment
	@VENV='$(abspath $(VENV))' tools/package.sh wheel

sdist: setup ## make the source archive; build and test it in a clean environment
	@VENV='$(abspath $(VENV))' tools/package.sh sdist

alloc-faults: setup ## let each allocation and each call of Python's C API fail once; ARGS too
	@tools/alloc_faults.sh $(ARGS)

test-sanitized: setup ## run tests under the address and undefined behaviour sanitizers; ARGS too
	@tools/test_sanitized.sh $(or $(ARGS),$(SANITIZED))

test-threads: setup ## run tests under the thread sanitizer; ARGS too
	@tools/test_threads.sh $(or $(ARGS),-q tests/server)

fuzz: ## run the fuzzers of what parses bytes, 60 seconds each; ARGS='600 log': longer, one
	@tools/fuzz.sh $(ARGS)

model: setup ## hold random programs against a model, 1000 on each kind of server
	@MODEL_EXAMPLES=1000 tools/alone.sh $(RUN) -m pytest --timeout 7200 -o faulthandler_timeout=0 tests/server/test_model.py $(ARGS)

analyse: setup ## have gcc's analyser, clang-tidy and cppcheck read the C sources
	@$(RUN) tools/analyse.py $(VENV)/build $(ARGS)

valgrind: setup ## live whole lives under valgrind; ARGS='bare stream': some of them
	@$(RUN) tests/valgrind/run.py $(ARGS)

sanitize: ## run the C tests under the address, undefined and thread sanitizers
	@tools/ctests_sanitized.sh

clean: ## remove all that the others made
	@rm -rf $(VENV) .venvs build dist docs/_build docs/generated docs/reference demo-out .pytest_cache .hypothesis
	@find src tests tools examples benchmarks -name __pycache__ -prune -exec rm -rf {} +
