# `make` alone lists what there is. Every target first makes the environment it needs (scripts/environment.py).
PYTHON ?= python3
PORT ?= 8000
ARGS ?=
BIN := .venv/bin
export PORT
unexport PYTHONDONTWRITEBYTECODE PYTHONPATH PYTHONHOME VIRTUAL_ENV DJANGO_SETTINGS_MODULE

.DEFAULT_GOAL := help
.PHONY: help run test soak check bench demo docs screenshots lock messages format product dev clean audit sbom

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: product ## start the node and stay (Ctrl-C stops it); make run PORT=8080 for another port
	@$(BIN)/zt up --demo --port $(PORT) $(ARGS)

demo: product ## the story of a restaurant, from application to credential, without a browser
	@$(BIN)/zt demo $(ARGS)

bench: product ## the benchmark of the main journey; make bench ARGS="journey --json"
	@$(BIN)/zt bench $(or $(ARGS),journey)

test: dev ## all tests, on a PostgreSQL of their own; make test ARGS="src/zhengtong/support/forms -k draft"
	@$(BIN)/python -m pytest $(or $(ARGS),-n auto --maxprocesses 4 --dist loadfile)

check: dev ## format, lint, types, imports, migrations, translations, templates, locks, interface description
	@$(BIN)/python scripts/check.py $(ARGS)

soak: dev ## the long tests: 200 rounds of kill -9 on a node at work (about 20 minutes); KILLS=1000 for more
	@ZT_SOAK_KILLS=$(or $(KILLS),200) $(BIN)/python -m pytest -s tests/faults $(ARGS)

docs: dev ## renew the generated pages of docs/reference
	@$(BIN)/zt docs $(ARGS)

screenshots: dev ## renew the pictures of README from a running `make run` (needs Chromium)
	@$(BIN)/python scripts/screenshots.py http://127.0.0.1:$(PORT)

audit: dev ## known weaknesses of the locked libraries (needs a network); make audit ARGS=--offline-passes
	@$(BIN)/python scripts/audit.py $(ARGS)

sbom: dev ## the bill of materials of the product, CycloneDX 1.6: build/sbom.cdx.json
	@$(BIN)/python scripts/sbom.py $(ARGS)

messages: dev ## collect the texts of the sources into the catalogues (needs GNU gettext)
	@$(BIN)/python scripts/messages.py collect && $(BIN)/python scripts/messages.py compile

format: dev ## format sources and templates
	@$(BIN)/python scripts/check.py --mend

lock: dev ## renew the lock files from requirements*.in and package.json
	@$(BIN)/python scripts/locks.py renew

clean: ## remove what was made, but not the node's data (.zt)
	rm -rf .venv .uv build node_modules src/zhengtong/static_built

product:
	@$(PYTHON) scripts/environment.py product

dev:
	@$(PYTHON) scripts/environment.py dev
