# make app   start the workbench in a browser (installs what is missing)
# make test  lint, types, import contract, all tests, notebooks
# make docs  the documentation, with notebooks and reference, in site/; needs no network
# make notebooks  run them and keep their figures

PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: app test check format docs notebooks clean

app: .venv/.app
	$(BIN)/streamlit run app/main.py

test: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports --no-cache
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile --durations 40 -m "not browser"
	OMP_NUM_THREADS=1 $(BIN)/pytest --durations 15 -m browser

docs: .venv/.docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

notebooks: .venv/.dev .venv/.docs
	PYTHONWARNINGS=ignore $(BIN)/jupyter-nbconvert --to notebook --execute --inplace \
		--ExecutePreprocessor.record_timing=False notebooks/*.ipynb

format: .venv/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "embspace needs Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/.app: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/pip install -q -c constraints.txt -e .
	@touch $@

.venv/.dev: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/pip install -q -c constraints.txt -e '.[dev]'
	@touch $@ .venv/.app

.venv/.docs: .venv/bin/python pyproject.toml constraints.txt
	$(BIN)/pip install -q -c constraints.txt -e '.[docs]'
	@touch $@

clean:
	rm -rf .venv dist site workspace .pytest_cache .ruff_cache
