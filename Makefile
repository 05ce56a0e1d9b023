# Every verb of the course. Each target makes what it needs, so a fresh clone needs nothing first.
PYTHON ?= python3
ARGS ?=
ONLY ?=
FROM ?=
VENV := .venv
BIN := $(VENV)/bin
# Jupyter refuses to run as root unless told: containers often are root, and have nobody else.
ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)

# Tests run side by side (tests/conftest.py says how many), each process computing with one thread. What Python compiles
# is kept for the processes after it, whatever a machine's settings say. Nbval takes seconds to import, and the tests that
# need it start it themselves.
PYTEST := PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/python -m pytest -p no:nbval --numprocesses=auto --maxprocesses=4

# Learners need not wait until nbgrader, which is the teacher's, has started (utils/notebooks/teaching.py).
QUIET := $(foreach part,formgrader validate_assignment assignment_list course_list,\
	--ServerApp.jpserver_extensions=nbgrader.server_extensions.$(part)=False)

.PHONY: help lab test test-fast format lint notebooks lecture exercises assignment merge release student-copy site page bench constraints clean
.DEFAULT_GOAL := help

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

lab: $(VENV)/lab.done ## open the course in JupyterLab (ARGS="--no-browser --port=8899" passes through)
	$(BIN)/jupyter lab --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/lectures/00_start_here.ipynb \
		$(QUIET) $(ROOT) $(ARGS)

# The tests of one lecture: its page, facts, run and exercise are called after it, its checks after its topic.
LECTURE = $(or $(basename $(notdir $(wildcard lectures/$(ONLY)_*.py))),$(error There is no lecture $(ONLY)))
OF_ONE = -k "$(LECTURE) or (checks and $(patsubst $(ONLY)_%,%,$(LECTURE)))"

test: $(VENV)/dev.done ## run every test, the notebooks and the browser included (ONLY=03 for those of one lecture)
	$(PYTEST) $(if $(ONLY),$(OF_ONE)) $(ARGS)

test-fast: $(VENV)/dev.done ## run the tests that take seconds
	$(PYTEST) -m "not slow" $(ARGS)

SITE := $(wildcard utils/site/*/*.js utils/site/*/*.css)
format: $(VENV)/dev.done ## lay out Python, JavaScript and styles
	$(BIN)/ruff format .
	$(BIN)/deno fmt --quiet --config utils/widgets/deno.json utils/widgets tests/widgets/*.test.mjs $(SITE)

lint: $(VENV)/dev.done ## what is wrong with the code without running it
	$(BIN)/ruff check .
	$(BIN)/python -m mypy
	$(BIN)/deno lint --quiet --config utils/widgets/deno.json utils/widgets tests/widgets/*.test.mjs utils/site
	$(BIN)/deno check --quiet --config utils/widgets/deno.json utils/widgets/*/*.js

notebooks: $(VENV)/dev.done ## renew all pages: headers, pairs, outputs, then exercises (ONLY=03 for one lecture alone)
	$(BIN)/python -m utils.notebooks $(ONLY)
	$(if $(ONLY),,$(BIN)/python -m utils.grading release)

lecture: $(VENV)/dev.done ## begin a new lecture (NAME=02b_separable_filters TITLE="Separable filters")
	$(BIN)/python -m utils.fork.beginnings lecture "$$NAME" "$$TITLE"
	$(BIN)/python -m utils.notebooks

exercises: $(VENV)/dev.done ## make exercises/ from solutions/, through nbgrader (ONLY=03 for one)
	$(BIN)/python -m utils.grading release $(ONLY)

assignment: $(VENV)/dev.done ## begin the assignment of a lecture (ONLY=02b)
	$(BIN)/python -m utils.fork.beginnings assignment "$$ONLY"
	$(BIN)/python -m utils.grading release $(ONLY)

merge: $(VENV)/dev.done ## take over later changes of the course yours is adapted from (FROM=upstream/main)
	$(BIN)/python -m utils.fork.upstream $(FROM)
	$(BIN)/python -m utils.notebooks
	$(BIN)/python -m utils.grading release
	git commit --quiet --all --no-edit

release: $(VENV)/dev.done ## the version on every page, a commit and its tag; after `make test` (VERSION=2027.1)
	$(BIN)/python -m utils.fork.release "$$VERSION"

student-copy: $(VENV)/dev.done ## the course without solutions, for students (DIR=../students ADDRESS=https://github.com/ANN/course)
	$(BIN)/python -m utils.fork.student_copy "$$DIR" "$$ADDRESS"

site: $(VENV)/site.done ## the course as pages, into site/: from a file, from any server, offline (ARGS="--to FOLDER")
	$(BIN)/python -m utils.site $(ARGS)

page: $(VENV)/site.done ## one lecture as one file that holds all it needs (ONLY=03)
	$(BIN)/python -m utils.site --page $(or $(ONLY),$(error Say which: make page ONLY=03)) $(ARGS)

bench: $(VENV)/dev.done $(VENV)/bench.done ## measure speed side by side, as ratios
	$(BIN)/python -m benchmarks $(ARGS)

constraints: $(VENV)/dev.done ## write the versions that are installed into constraints.txt
	@echo "# The versions this release was tested with: constraints, so only what is needed is installed." > constraints.txt
	@$(BIN)/python -m pip list --format=freeze --exclude-editable --exclude pip --exclude setuptools \
		| sed 's/+[a-z0-9]*$$//' | sort -f >> constraints.txt

clean: ## remove the virtual environment
	rm -rf $(VENV)

# One stamp per extra: nothing is installed again until the lists of packages change.
$(VENV)/%.done: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("The course needs Python 3.11 or newer, and $(PYTHON) is " + sys.version.split()[0] + ". Try: make $(MAKECMDGOALS) PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$*]'
	@touch $@ $(if $(filter dev,$*),$(VENV)/lab.done $(VENV)/site.done) # the extra dev contains them
