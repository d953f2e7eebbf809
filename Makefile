# Two commands matter: `make lab` to learn, `make test` to check everything. `make` alone lists the others.

LOCK := requirements.lock
LAB_VENV := .venv
TEST_VENV := .venv-test
GRADING_VENV := .venv-grading
LAB := $(LAB_VENV)/bin
TEST := $(TEST_VENV)/bin

PORT ?= 8888
BROWSER ?= yes
LONG_TESTS := $(wildcard tests/browser tests/project tests/grading tests/notebooks tests/checks tests/engines solutions)
SHORT_TESTS := $(filter-out $(LONG_TESTS),$(wildcard tests/*))
UNIT_TESTS := $(wildcard tests/core tests/dl tests/datasets tests/dagnet tests/draw tests/checks)

# One test process a core: more BLAS threads would only get in each other's way.
check test: export OMP_NUM_THREADS ?= 1

.PHONY: help lab class grading check test environment lint style types check-this-python check-other-pythons solutions course lock gallery audit bench bench-course site lite-lock package release clean
.DEFAULT_GOAL := help

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

lab: $(LAB_VENV)/.ready  ## open the course in JupyterLab (PORT=9999 BROWSER=no for a server)
	$(LAB)/revgraph start course --port $(PORT) $(if $(filter no,$(BROWSER)),--no-browser)

class: $(LAB_VENV)/.ready  ## show a small class from release to grades, in a temporary folder
	$(LAB)/revgraph class

grading: $(GRADING_VENV)/.ready  ## prepare what grading a class needs; then docs/grading.md
	@echo "Ready. In each new terminal: . $(GRADING_VENV)/bin/activate"

# A file to a process, since the tests of a file share what one of them has computed. One seed stands for many here,
# and what the audit's tests judge is left to `make test`.
check: lint  ## lint, types, and the tests of what needs no Jupyter: the inner loop, within two minutes
	REVGRAPH_SEEDS=1 $(TEST)/pytest -q -n 2 --dist loadfile --ignore tests/checks/test_audit.py $(UNIT_TESTS)

# The tests here wait for kernels and browsers a third of their time; types and the other Pythons' tests only
# compute: those run at the same time, in what the processors have left.
test: $(TEST_VENV)/.ready style  ## run every test there is
	@$(MAKE) --no-print-directory --jobs 3 types check-this-python check-other-pythons

# Three processes for two cores, since each waits so often; one of them compiles, draws or starts a kernel while
# the others wait. The files that take long are dealt out first, those of seconds last, so all end together.
check-this-python: $(TEST_VENV)/.ready
	env -u MAKEFLAGS -u MFLAGS $(TEST)/pytest -n 3 --dist loadfile --no-loadscope-reorder \
		--nbval --nbval-current-env $(LONG_TESTS) $(SHORT_TESTS)

environment: $(TEST_VENV)/.ready

lint: style types

style: $(TEST_VENV)/.ready
	$(TEST)/ruff check
	$(TEST)/ruff format --check

types: $(TEST_VENV)/.ready
	$(TEST)/mypy

check-other-pythons: $(TEST_VENV)/.ready
	nice tools/test-other-pythons $(TEST)/python $(LOCK) $(UNIT_TESTS)

solutions: $(TEST_VENV)/.ready  ## execute the solution notebooks and save their outputs
	$(TEST)/revgraph solutions

course: $(TEST_VENV)/.ready  ## generate course/ from solutions/; never over a notebook somebody has changed
	$(TEST)/revgraph course

gallery: $(TEST_VENV)/.ready  ## take the README's pictures again, in a browser
	REVGRAPH_GALLERY=yes $(TEST)/pytest -q tests/browser/test_gallery.py

audit: $(TEST_VENV)/.ready  ## judge every answer that is known, right and wrong, over 300 seeds
	$(TEST)/python -m revgraph.authoring.audit tests/checks $(AUDIT) --processes 2

bench: $(TEST_VENV)/.ready  ## measure against PyTorch and JAX (ROWS="lenet gpt" for some rows)
	$(TEST)/pip install --quiet --constraint $(LOCK) --editable '.[bench]'
	$(TEST)/python -m tests.benchmarks.speed $(ROWS)

bench-course: $(TEST_VENV)/.ready  ## measure grading beside nbgrader, opening chapters, and the capstone over five seeds
	$(TEST)/pip install --quiet --constraint $(LOCK) --editable '.[bench]'
	$(TEST)/pytest -q $(wildcard tests/benchmarks/bench_*.py)

lock: .venv-uv/.ready  ## write requirements.lock again, from the newest versions
	.venv-uv/bin/uv pip compile --quiet --universal --upgrade --all-extras --no-header --no-annotate \
		--python-version 3.11 --output-file $(LOCK) pyproject.toml

# What these need on a machine that serves notebooks, a page does not: its lock leaves it out.
NOT_IN_A_PAGE := doit jupyter-core jupyterlite-core pkginfo platformdirs widgetsnbextension

lite-lock: .venv-uv/.ready  ## write docs/site/lite/packages.lock again, what Python in a browser gets
	cd docs/site/lite && $(CURDIR)/.venv-uv/bin/uv pip compile --quiet --upgrade --no-header --no-annotate \
		--python-platform wasm32-pyodide2024 --python-version 3.14 --only-binary :all: --generate-hashes \
		$(addprefix --no-emit-package=,$(NOT_IN_A_PAGE)) --output-file packages.lock packages.in

site: $(TEST_VENV)/.ready  ## make the website in build/site, for any web server; any warning fails
	$(TEST)/python docs/site/build.py --strict

package: $(TEST_VENV)/.ready  ## build the wheel and the sdist into dist/, and check them
	rm -rf dist && $(TEST)/python -m build --quiet --outdir dist && $(TEST)/twine check --strict dist/*

release: package  ## the last step of CONTRIBUTING's list: tag this version, and hand it to PyPI
	@[ -z "$$(git status --porcelain)" ] || { echo "Commit first: a release is what is committed."; exit 1; }
	git tag "v$$($(TEST)/python -c 'import revgraph; print(revgraph.__version__)')"
	$(TEST)/twine upload dist/* && git push origin --tags

clean:  ## remove the virtual environments and caches
	rm -rf .venv .venv-test .venv-grading .venv-uv .venv-unit-* .pytest_cache .mypy_cache .ruff_cache .hypothesis

# An environment is ready once its stamp is newer than what it was made from, so a second call starts at once.
$(LAB_VENV)/.ready: EXTRA = course
$(TEST_VENV)/.ready: EXTRA = test
# A grammar of addresses that jsonschema would prepare for a second in each of the tests' many processes, for nobody.
$(TEST_VENV)/.ready: LEAVE_OUT = rfc3987-syntax
$(GRADING_VENV)/.ready: EXTRA = grading
$(LAB_VENV)/.ready $(TEST_VENV)/.ready $(GRADING_VENV)/.ready: pyproject.toml $(LOCK)
	@python=$$(tools/pythons --best) && echo "Preparing $(@D) with $$python; this takes a minute or two." && \
		"$$python" -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --constraint $(LOCK) --editable '.[$(EXTRA)]'
	$(if $(LEAVE_OUT),$(@D)/bin/python -m pip uninstall --quiet --disable-pip-version-check --yes $(LEAVE_OUT))
	@touch $@

.venv-uv/.ready:
	@python=$$(tools/pythons --best) && "$$python" -m venv --clear $(@D)
	$(@D)/bin/python -m pip install --quiet --disable-pip-version-check uv
	@touch $@
