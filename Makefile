# Every check of .ci/run, in the environment that is active now.
.PHONY: check test slow speed torture torture-cut lint types walls demo

check: lint types walls test

test:
	pytest

slow:
	pytest -m slow -n 0 --timeout 900

# The CPU's figures of docs/PERFORMANCE.md, on a quiet machine; they lie in build/ afterwards.
speed:
	mkdir -p build
	python -m benchmarks.engine_speed --repeats 3 --steps 2 --json build/speed.json
	python -m benchmarks.engine_scaling --only outputs --repeats 3 --json build/scaling.json
	python -m benchmarks.population_speed --repeats 2

# Breaks things for real (docs/RELIABILITY.md): under 30 minutes on two cores; some of it needs root and is
# skipped without. TORTURE_SEED moves every random choice; build/torture has the figures' table afterwards.
# What passed leaves none of its gigabytes and million files behind.
TORTURE = pytest -m torture -n 2 --dist loadfile -o tmp_path_retention_policy=failed tests/torture

torture:
	TORTURE_REPORT=$${TORTURE_REPORT:-build/torture} $(TORTURE)

torture-cut:
	TORTURE_SCALE=0.02 $(TORTURE)

lint:
	ruff check .
	ruff format --check .

types:
	mypy engine ssp_tui

walls:
	lint-imports

demo:
	ssp-tui demo --headless
