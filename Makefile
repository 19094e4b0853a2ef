# Tanky. "make help" lists what there is to do.
PYTHON ?= python3
PORT ?= 8000
INSTANCE ?= instance
WORKERS ?= 2
VENV := .venv
BIN := $(VENV)/bin

# One folder holds one site's data; every target that runs the portal honours it.
# Not make's abspath, which takes "xã Tân Kỳ" for three folders.
ifeq ($(filter /%,$(INSTANCE)),)
export TANKY_INSTANCE := $(CURDIR)/$(INSTANCE)
else
export TANKY_INSTANCE := $(INSTANCE)
endif
# Two arenas instead of one per thread: 3 MB less in each worker, at no cost that was measured.
export MALLOC_ARENA_MAX := 2
# What takes a megabyte at once (a password's hash takes nineteen) goes back when it is done.
export MALLOC_MMAP_THRESHOLD_ := 1048576

.DEFAULT_GOAL := help
.PHONY: help install setup run upgrade backup restore doctor import user demo-remove test coverage lint format deploy-check bench bench-weight bench-polling bench-search bench-scale lock audit sbom clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  PORT=8000 INSTANCE=instance WORKERS=2 may be given to each that runs the portal."

$(BIN)/pip:
	@sh deploy/make-venv.sh "$(PYTHON)" $(VENV)

$(VENV)/.run-$(shell cksum < requirements.txt | cut -d' ' -f1): requirements.txt | $(BIN)/pip
	@echo "Installing the libraries…"
	@$(BIN)/pip install --quiet --disable-pip-version-check --only-binary pysqlite3 -r requirements.txt
	@touch $@

$(VENV)/.dev-$(shell cat requirements.txt requirements-dev.txt | cksum | cut -d' ' -f1): requirements-dev.txt requirements.txt | $(BIN)/pip
	@echo "Installing the libraries and the developer's tools…"
	@$(BIN)/pip install --quiet --disable-pip-version-check --only-binary pysqlite3 -r requirements-dev.txt
	@touch $@

RUN_DEPS := $(VENV)/.run-$(shell cksum < requirements.txt | cut -d' ' -f1)
DEV_DEPS := $(VENV)/.dev-$(shell cat requirements.txt requirements-dev.txt | cksum | cut -d' ' -f1)

install: $(RUN_DEPS) ## Install the libraries alone

setup: $(RUN_DEPS) ## Install, create or migrate the database, fill an empty site with samples
	@$(BIN)/flask tanky setup --address http://127.0.0.1:$(PORT)

run: setup ## Serve the portal on 127.0.0.1:PORT
	@echo "Tanky: http://127.0.0.1:$(PORT)/"
	@$(BIN)/gunicorn --config deploy/gunicorn.conf.py --bind 127.0.0.1:$(PORT) --workers $(WORKERS) wsgi:app

upgrade: $(RUN_DEPS) ## Bring the database to this release, with a copy before; stop the portal first
	@$(BIN)/flask tanky upgrade

backup: $(RUN_DEPS) ## Back up the site, also while it is served: make backup TO=folder
	@$(BIN)/flask tanky backup $(if $(TO),--to "$(TO)")

restore: $(RUN_DEPS) ## Put a backup in the place of an empty instance: make restore FILE=backup.tar
	@test -n "$(FILE)" || { echo "Which file? make restore FILE=backup.tar"; exit 2; }
	@$(BIN)/flask tanky restore "$(FILE)"

doctor: $(RUN_DEPS) ## Look whether all is well with the site and its machine
	@$(BIN)/flask tanky doctor

import: $(RUN_DEPS) ## Take over an old page: make import FILE=page.json
	@test -n "$(FILE)" || { echo "Which file? make import FILE=page.json"; exit 2; }
	@$(BIN)/flask tanky import "$(FILE)"

user: setup ## Make a person who may sign in: make user NAME=an ROLE=chief|editor|writer
	@test -n "$(NAME)" -a -n "$(ROLE)" || { echo "make user NAME=an ROLE=chief|editor|writer"; exit 2; }
	@$(BIN)/flask tanky user create "$(NAME)" --role "$(ROLE)"

demo-remove: $(RUN_DEPS) ## Delete the samples that nobody has edited
	@$(BIN)/flask tanky demo remove

test: $(DEV_DEPS) ## Run the tests on SQLite and PostgreSQL and in Chromium
	@env -u TANKY_INSTANCE sh deploy/with-test-services.sh $(BIN)/pytest -n 2 $(PYTEST)

coverage: $(DEV_DEPS) ## Run the tests and print what of the code they run
	@env -u TANKY_INSTANCE sh deploy/with-test-services.sh $(BIN)/pytest -n 2 --cov --cov-report=term:skip-covered $(PYTEST)

lint: $(DEV_DEPS) ## Check code and templates
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/djlint --quiet --lint tanky/templates
	@$(BIN)/oxlint --quiet --deny-warnings tanky/static/js
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/mypy

format: $(DEV_DEPS) ## Format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

deploy-check: $(DEV_DEPS) ## Try the examples of deploy/: nginx, Caddy, hardened units
	@env -u TANKY_INSTANCE $(BIN)/pytest -q tests/front/test_in_front.py
	@systemd-analyze security --offline=true --no-pager --threshold=20 deploy/systemd/*.service | grep Overall

bench: $(DEV_DEPS) ## Measure the server against a bare Flask view in the same run
	@env -u TANKY_INSTANCE $(BIN)/python -u bench/server.py

bench-weight: $(DEV_DEPS) ## Measure what pages weigh and when they are seen on a slow phone
	@env -u TANKY_INSTANCE $(BIN)/python -u bench/weight.py

bench-polling: $(DEV_DEPS) ## Measure what 10,000 open pages cost the server
	@env -u TANKY_INSTANCE $(BIN)/python -u bench/polling.py

bench-search: $(DEV_DEPS) ## Measure searches for words never asked before
	@env -u TANKY_INSTANCE $(BIN)/python -u bench/search.py

bench-scale: $(DEV_DEPS) ## Measure what growth to a million articles costs (half an hour)
	@env -u TANKY_INSTANCE $(BIN)/python -u bench/scale.py

lock: $(DEV_DEPS) ## Pin the newest libraries that setup.cfg allows, for every Python from 3.11.0 on
	@$(BIN)/pip install --quiet uv
	@$(BIN)/uv pip compile -q --universal --python-version 3.11.0 --fork-strategy fewest --upgrade --no-annotate --no-header --generate-hashes --no-strip-extras --extra postgres -o requirements.txt setup.cfg
	@$(BIN)/uv pip compile -q --universal --python-version 3.11.0 --fork-strategy fewest --upgrade --no-annotate --no-header --generate-hashes --no-strip-extras --extra postgres --extra dev -c requirements.txt -o requirements-dev.txt setup.cfg

audit: $(DEV_DEPS) ## Look for known holes in the libraries (asks PyPI and OSV)
	@$(BIN)/pip install --quiet pip-audit
	@$(BIN)/pip-audit --strict --disable-pip --require-hashes --requirement requirements.txt || { \
	  echo "No answer, or holes. When it was last looked at: docs/security.md."; exit 1; }

sbom: $(DEV_DEPS) ## Write what the portal consists of: sbom.json (CycloneDX)
	@$(BIN)/pip install --quiet cyclonedx-bom
	@$(BIN)/cyclonedx-py requirements --output-reproducible --of JSON -o sbom.json requirements.txt
	@echo "sbom.json"

clean: ## Remove the virtual environment and caches; never the instance
	@rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis *.egg-info
