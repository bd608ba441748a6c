# The index of what can be done here: `make` or `make help` lists it.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
ENVOI  := $(BIN)/envoi
DIR    ?=
WORKERS ?= auto
SECONDS ?= 300
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_NO_INPUT = 1

.DEFAULT_GOAL := help
.PHONY: actionlint help pictures demo test test-wheel fuzz check format bench docs lock wheel clean

help: ## List what can be done here
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk 'BEGIN {FS = ":.*## "} {printf "  make %-12s %s\n", $$1, $$2}'

demo: $(VENV)/run.stamp ## Run the main job end to end on this machine, on embedded parts (DIR=folder keeps everything)
	@$(ENVOI) demo $(if $(DIR),--dir "$(DIR)") --setup-seconds "$$(cat $(VENV)/setup.seconds 2>/dev/null || echo 0)"
	@echo 0 > $(VENV)/setup.seconds

test: $(VENV)/test.stamp ## Set up and run every test (WHEEL=1: against the built wheel, the sources out of reach)
ifdef WHEEL
	@$(MAKE) --no-print-directory test-wheel
else
	$(BIN)/pytest -n $(WORKERS) --dist loadfile
endif

test-wheel: $(VENV)/test.stamp ## Build the wheel and test it from a folder that holds no sources
	rm -rf build/wheel && mkdir -p build/wheel/tree
	$(BIN)/python -m hatchling build -t wheel -d build/wheel
	git ls-files -z --cached --others --exclude-standard -- ':!compiler' ':!tracker' ':!runner' | tar -c --null -T - | tar -x -C build/wheel/tree
	$(PYTHON) -m venv build/wheel/venv
	build/wheel/venv/bin/pip install -q --require-hashes -r requirements/test.txt
	build/wheel/venv/bin/pip install -q --no-deps --no-index build/wheel/envoi-*.whl
	cd build/wheel/tree && PATH="$$PWD/../venv/bin:$$PATH" ENVOI_WHEEL="$$(ls $$PWD/../envoi-*.whl)" ../venv/bin/pytest -n $(WORKERS) --dist loadfile

fuzz: $(VENV)/test.stamp ## Fuzz loader, segments and templates by coverage, SECONDS each (300)
	$(BIN)/pip install -q --require-hashes -r requirements/fuzz.txt
	nice -n 19 $(BIN)/python tests/fuzz/harness.py declarations $(SECONDS)
	nice -n 19 $(BIN)/python tests/fuzz/harness.py conditions $(SECONDS)
	nice -n 19 $(BIN)/python tests/fuzz/harness.py templates $(SECONDS)

check: $(VENV)/check.stamp ## Format, lint, types, layers, workflows
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pyright
	$(BIN)/zizmor --offline --quiet --no-progress .github action.yml
	rm -rf build/pipelines && mkdir -p build/pipelines
	for forge in github forgejo; do \
	  $(ENVOI) init build/pipelines/$$forge --no-input --organisation Atelier --forge $$forge >/dev/null || exit 1; done
	$(BIN)/zizmor --offline --quiet --no-progress build/pipelines/github/workspace/.github build/pipelines/forgejo/workspace/.forgejo/workflows/envoi.yml
	$(MAKE) --no-print-directory actionlint

ACTIONLINT := $(HOME)/.cache/envoi-actionlint/actionlint
actionlint: ## Lint the workflows (with Go; said and left out without)
	@[ -x "$(ACTIONLINT)" ] || ! command -v go >/dev/null || GOBIN="$(dir $(ACTIONLINT))" go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.7
	@if [ -x "$(ACTIONLINT)" ]; then "$(ACTIONLINT)"; else echo "actionlint: left out, there is no Go"; [ -z "$$CI" ]; fi

format: $(VENV)/check.stamp ## Put the sources into their one form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/test.stamp ## Measure sending beside Postfix's smtp-source (needs postfix), compiling beside the bare cost of reading, checking beside that of starting
	$(BIN)/python bench/send.py
	$(BIN)/python bench/compile.py
	$(BIN)/python bench/check.py

pictures: $(VENV)/test.stamp ## Play a rehearsal and take the README's pictures of it (needs Chromium)
	$(ENVOI) demo --dir build/rehearsal
	$(BIN)/python docs/pictures/take.py build/rehearsal

docs: $(VENV)/run.stamp ## Write the generated files again (docs/errors.md, docs/standards.md, the French of --help)
	$(BIN)/python -m compiler.review.errors_page docs/errors.md
	$(BIN)/python -m compiler.review.standards_page
	$(BIN)/pybabel -q compile -d compiler/door/words -D envoi -l fr

wheel: $(VENV)/run.stamp ## Build the wheel into dist/
	$(BIN)/python -m hatchling build -t wheel -d dist

lock: ## Resolve the dependencies again, with hashes (needs uv)
	for set in "run --group build" "test --group build --group test" "check --group build --group test --group check" "fuzz --group fuzz"; do \
	  uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate \
	    pyproject.toml $${set#* } -q -o requirements/$${set%% *}.txt $(UPGRADE) || exit 1; done

clean: ## Remove what can be made again
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("envoi needs Python 3.11 or later, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@date +%s > .setup-began
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements/run.txt pyproject.toml | $(VENV)/bin/python
	@test -f .setup-began || date +%s > .setup-began
	@echo "setting up: $(VENV)"
	@$(BIN)/pip install -q --require-hashes -r requirements/run.txt
	@$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@expr $$(date +%s) - $$(cat .setup-began) > $(VENV)/setup.seconds || true
	@rm -f .setup-began
	@touch $@

$(VENV)/test.stamp: requirements/test.txt $(VENV)/run.stamp
	@$(BIN)/pip install -q --require-hashes -r requirements/test.txt
	@touch $@

$(VENV)/check.stamp: requirements/check.txt $(VENV)/test.stamp
	@$(BIN)/pip install -q --require-hashes -r requirements/check.txt
	@touch $@
