# Every check of .ci/run, in the environment that is active now.
.PHONY: check test slow lint types walls demo

check: lint types walls test

test:
	pytest

slow:
	pytest -m slow -n 0 --timeout 900

lint:
	ruff check .
	ruff format --check .

types:
	mypy engine ssp_tui

walls:
	lint-imports

demo:
	ssp-tui demo --headless
