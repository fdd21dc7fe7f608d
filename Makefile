# The two commands of a newcomer are `make run` and `make test`; the rest is for daily work.

PYTHON ?= python3
T ?=
BIN := .venv/bin
TENANTS := $(if $(T),$(T),$(notdir $(wildcard tenants/*)))

.DEFAULT_GOAL := help
.PHONY: help setup test-setup run keycloak test check catalogue lock story bench dist proof clauses
.PHONY: check-format check-lint check-types check-imports check-catalogue check-architecture

help:
	@echo "make setup      установить всё нужное (повторный вызов ничего не делает)"
	@echo "make run        установить и запустить Апеллу"
	@echo "make keycloak   запустить Keycloak и завести в нём сотрудников (Апеллу запускают рядом)"
	@echo "make test       установить и выполнить все проверки (ARGS=… передаётся pytest)"
	@echo "make check      оформление, типы, границы модулей, каталог текстов"
	@echo "make catalogue  обновить каталог текстов интерфейса"
	@echo "make lock       обновить файлы с закреплёнными версиями (UPGRADE=1 — до новейших)"
	@echo "make story      пройти апелляции от подачи до уведомления (T=регион — только его)"
	@echo "make bench      измерить скорость"
	@echo "make clauses    какие положения актов доказаны испытаниями; обновляет docs/clauses.md"
	@echo "make proof      полный набор испытаний надёжности (T=T5.2 — только одно)"
	@echo "make dist       собрать пакеты в dist/"

setup:
	@command -v $(PYTHON) >/dev/null || { echo "Нет Python: установите его командой «apt install python3 python3-venv» и повторите команду." >&2; exit 1; }
	@$(PYTHON) tools/setup_environment.py
	@$(BIN)/python tools/vendor_frontend.py

test-setup: setup
	@$(BIN)/python tools/build_versitygw.py
	@$(BIN)/python tools/fetch_keycloak.py

run: setup
	@exec $(BIN)/apella up

keycloak: setup
	@$(BIN)/python tools/fetch_keycloak.py
	@exec $(BIN)/python tools/run_keycloak.py

test: test-setup
	$(BIN)/pytest -n 2 $(ARGS)

# Each part stands alone, so that `make -k check` shows every failure at once.
check: check-format check-lint check-types check-imports check-catalogue check-architecture

check-format: setup
	$(BIN)/ruff format --check

check-lint: setup
	$(BIN)/ruff check

check-types: setup
	$(BIN)/mypy

check-imports: setup
	$(BIN)/lint-imports

check-catalogue: setup
	$(BIN)/python tools/catalogue.py --check

check-architecture: setup
	$(BIN)/pytest -n 0 -q --durations=0 --durations-min=5 tests/architecture

catalogue: setup
	$(BIN)/python tools/catalogue.py

lock: setup
	$(BIN)/python tools/lock.py $(if $(UPGRADE),--upgrade)

story: setup
	@for tenant in $(TENANTS); do $(BIN)/apella story --tenant $$tenant || exit 1; done

bench: setup
	$(BIN)/python tests/load/bench.py

proof: test-setup
	$(BIN)/python tests/proof/run.py $(T)

clauses: test-setup
	$(BIN)/apella clauses --run --write docs/clauses.md

dist: setup
	@rm -rf dist
	@for project in platform plugins/*; do $(BIN)/uv build --quiet --wheel --no-build-isolation --python $(BIN)/python --out-dir dist $$project || exit 1; done
	@ls dist/*.whl
