# Two commands on a fresh machine: `make demo` and `make test`. Each makes .venv itself, once.
#
# PYTHON may name any Python from 3.11 on; without it the first one found that can make an environment is taken.
SHELL := /bin/sh
.DELETE_ON_ERROR:
.PHONY: demo test test-long mutation check serve bench client golden lock clean help

find_python = for python in $(PYTHON) python3.11 python3.12 python3.13 python3; do \
	if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then break; fi; \
	python=; done; \
	if [ -z "$$python" ]; then echo "usufruct: no Python 3.11 or newer with venv was found; name one with make PYTHON=…" >&2; exit 1; fi

pip := .venv/bin/python -m pip --quiet --disable-pip-version-check

help:
	@echo "make demo       a fleet, its contracts, its invoices and its money, on a database of its own"
	@echo "make test       every test but the long ones"
	@echo "make test-long  kills, fuzz and scale as well: minutes"
	@echo "make mutation   small faults made in rating and corrections: are they noticed? half an hour"
	@echo "make check      lint, format and types"
	@echo "make serve      the HTTP interface on this machine; PORT=8080 at another port"
	@echo "make bench      speeds, as ratios to a limit measured in the same run"
	@echo "make client     a typed Python client of docs/openapi.json, as a wheel in clients/python/dist"
	@echo "make golden     rewrite the golden documents, to be read as a diff"
	@echo "make lock       pin the requirements anew"

.venv/made:
	@$(find_python); echo "making .venv with $$("$$python" --version)"; "$$python" -m venv --clear .venv
	@touch $@

# The product alone: what `make demo` and `make serve` need.
.venv/runtime: .venv/made requirements/runtime.txt requirements/files.txt requirements/build.txt pyproject.toml hatch_build.py
	@echo "installing the product"
	@$(pip) install --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	@$(pip) install --require-hashes --no-deps -r requirements/files.txt
	@$(pip) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: .venv/runtime requirements/dev.txt requirements/clients.txt requirements/generator.txt
	@echo "installing the test tools"
	@$(pip) install --require-hashes --no-deps --upgrade --target .venv/clients -r requirements/clients.txt && \
		$(pip) install --require-hashes --upgrade --target .venv/generator -r requirements/generator.txt & beside=$$!; \
		$(pip) install --require-hashes -r requirements/dev.txt; tools=$$?; wait $$beside && exit $$tools
	@touch $@

demo: .venv/runtime
	@.venv/bin/usufruct demo

# The program's many processes read what the first has compiled, also where the environment says to keep nothing of it.
test: .venv/dev
	@PYTHONDONTWRITEBYTECODE= .venv/bin/python -m pytest -q -n 2 --dist worksteal -m "not long"

test-long: .venv/dev
	@.venv/bin/python -m pytest -q -n 2 --dist worksteal --hypothesis-profile=long

mutation: .venv/dev
	@.venv/bin/python -m tests.mutation.run

check: .venv/dev
	@.venv/bin/python clients/python/make_client.py
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy

serve: .venv/runtime
	@.venv/bin/usufruct serve$(if $(PORT), --port $(PORT))

bench: .venv/dev
	@for script in $(filter-out benchmarks/wheels.py,$(wildcard benchmarks/[a-z]*.py)); do .venv/bin/python "$$script" || exit 1; done

# Of the interface as it is committed; the tests make the code for themselves.
client: .venv/dev
	@.venv/bin/python clients/python/make_client.py
	@cd clients/python && rm -rf dist && ../../.venv/bin/python -m hatchling build --target wheel

golden: .venv/dev
	@.venv/bin/python -m pytest -q --update-golden

# uv is found on the path or installed beside, never into the product's environment.
lock:
	@for part in runtime build dev generator; do \
		uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
			--no-annotate --no-header --upgrade -o requirements/$$part.txt requirements/$$part.in || exit 1; done
	@for part in clients files; do \
		uv pip compile --quiet --no-deps --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
			--no-annotate --no-header --upgrade -o requirements/$$part.txt requirements/$$part.in || exit 1; done

clean:
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache
