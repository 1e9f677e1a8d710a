# Two commands do everything on a fresh machine: `make run` and `make test`.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help run test check unit bench gallery docs clean

help: ## Show what can be made
	@printf 'Pingxing 平行\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/installed ## Install and start the studio on http://127.0.0.1:8188 / 安装并启动
	@$(BIN)/pingxing serve

# Some machines forbid Python to keep what it compiled: then each process compiles the whole house anew.
run test unit: export PYTHONDONTWRITEBYTECODE :=

test: .venv/developing ## Everything that must hold: check, then all tests / 全部检查与测试
	@$(MAKE) --no-print-directory check
	@$(BIN)/python -m pytest -n 2 tests --ignore=tests/integration --ignore=tests/e2e
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder tests/e2e tests/integration

check: .venv/developing ## Style, types, layers (fast)
	@$(BIN)/ruff check . && $(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

unit: .venv/developing ## The tests that need no server, browser or database
	@$(BIN)/python -m pytest tests/unit -n 2

bench: .venv/developing ## Measure, quickly; results in bench/results
	@for name in path load crash; do $(BIN)/python -m bench.$$name --quick || exit 1; done

gallery: .venv/developing ## Draw sixty wishes in both languages to look at: build/gallery/index.html
	@$(BIN)/python scripts/gallery.py

docs: .venv/developing ## Write the generated pages of docs/ anew
	@$(BIN)/python scripts/build_docs.py

clean: ## Remove the environment and caches (never your data)
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/bin/python:
	@echo 'Making .venv'
	@$(PYTHON) -c 'import sys; sys.exit("Pingxing needs Python 3.11 or newer; set PYTHON=…" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv .venv

.venv/installed: pyproject.toml | .venv/bin/python
	@echo 'Installing (about a minute)'
	@# Not compiled by pip: 75 MB, of which use compiles 30.
	@$(PIP) install --no-compile --editable .
	@# A by-product of the Rust compiler, 31 MB that nothing loads, comes in the wheel of c2pa-python.
	@rm -f .venv/lib/python3*/site-packages/c2pa/libs/*.rlib
	@touch $@

.venv/developing: .venv/installed
	@echo 'Installing what the tests need'
	@$(PIP) install --no-compile --editable '.[dev]'
	@touch $@
