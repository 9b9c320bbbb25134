# One word for one chore. Each sets up what it needs; nothing outside this folder is touched, but for Debian's
# packages: as root, `make test` installs chromium, strace and systemd where they are missing, `make soak` what its faults need.

.DEFAULT_GOAL := help
.PHONY: help install demo check test test-root soak bench docs man build clean
SETUP := sh scripts/setup.sh
BIN := .venv/bin
# Tests wait for processes more than they compute: one worker more than there are processors keeps these busy.
WORKERS := $(shell cores=$$(nproc); echo $$((cores < 4 ? cores + 1 : 5)))

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: ## make .venv with Installcast and all tools of a developer
	@$(SETUP) dev

demo: ## install a real package and watch it, in the terminal and the browser (RECIPE=nginx as root)
	@$(SETUP) run
	@$(BIN)/installcast demo $(if $(RECIPE),--recipe $(RECIPE))

check: ## style, types, import rules, built pages, docs
	@$(SETUP) dev
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh scripts/check.sh

test: ## every test that leaves the system alone, browser included
	@$(SETUP) dev
	@$(SETUP) browser
	@$(SETUP) faults
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix web test --silent
	@$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not (root or soak or browser or alone)"
	@$(BIN)/pytest -n 2 --dist loadfile -m "browser and not (alone or root or soak)"
	@$(BIN)/pytest -m "alone and not (root or soak)"

test-root: ## install, verify and remove every recipe of the catalog for real (needs root)
	@$(SETUP) dev
	@sh scripts/throwaway.sh $(BIN)/pytest -m root --timeout 1800 tests/recipes_root

soak: ## inject faults for as long as it takes: kills, power cuts, full disks, broken networks (needs root; SOAK_MINUTES=60)
	@$(SETUP) dev
	@$(SETUP) soak
	@$(BIN)/pytest -m soak --timeout 7200 tests/reliability

bench: ## measure, side by side with what a user would take instead
	@$(SETUP) dev
	@$(SETUP) peers
	@$(BIN)/python -m benchmarks

docs: ## remake the pictures of the docs, from real installs
	@$(SETUP) dev
	@$(SETUP) browser
	@$(BIN)/python scripts/make_docs.py

man: ## remake the manual page and the completion of shells in share/
	@$(SETUP) dev
	@$(BIN)/python scripts/make_manual.py

build: ## make the pages, then the wheel and the npm package in dist/
	@$(SETUP) dev
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python scripts/build_web.py
	@$(BIN)/python -m build --no-isolation --outdir dist
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python scripts/build_package.py

clean: ## remove what the other words made
	rm -rf .venv .build dist web/node_modules
