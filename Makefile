# Every check of .ci/run, in the environment that is active now.
.PHONY: check test slow torture torture-cut lint types walls demo

check: lint types walls test

test:
	pytest

slow:
	pytest -m slow -n 0 --timeout 900

# Breaks things for real (docs/RELIABILITY.md): under 30 minutes on two cores; some of it needs root and is
# skipped without. TORTURE_SEED moves every random choice; build/torture has the figures' table afterwards.
torture:
	TORTURE_REPORT=$${TORTURE_REPORT:-build/torture} pytest -m torture -n 2 --dist loadfile tests/torture

torture-cut:
	TORTURE_SCALE=0.02 pytest -m torture -n 2 --dist loadfile tests/torture

lint:
	ruff check .
	ruff format --check .

types:
	mypy engine ssp_tui

walls:
	lint-imports

demo:
	ssp-tui demo --headless
