# Two commands matter: `make release` and `make test`. Both set up what they need on a fresh machine.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.ready
SWIFT_PACKAGE := ios_sdk_assets/QLeapEdge
SWIFT_EXAMPLE := ios_sdk_assets/Example
RECIPE ?= release
# Processes that run the tests. A test module is run by one of them, long modules first.
WORKERS ?= 2
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

# The tests import the package with every array checked; Python keeps what it compiled for that, also where it is told not to.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup browser release test test-all check docs format swift-test swift-api swift-payload schemas golden-sessions bench clean

setup: $(STAMP) browser

$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	# torch first and pinned: this version resolves to the CPU build; a bare "torch" would pull gigabytes of CUDA.
	$(BIN)/python -m pip install --quiet torch==2.13.0
	$(BIN)/python -m pip install --quiet --editable ".[dev]"
	touch $(STAMP)

# The tests open the pages in headless Chromium: Debian's is installed where no browser is found.
browser:
	@for name in chromium google-chrome chromium-browser; do \
	  if command -v $$name > /dev/null; then exit 0; fi; \
	done; \
	if command -v apt-get > /dev/null && [ "$$(id -u)" = 0 ] && \
	  apt-get update && apt-get install --yes --no-install-recommends chromium; then exit 0; fi; \
	echo "No browser for the tests of the pages: install chromium with the package manager of this system." >&2

release: $(STAMP)
	$(BIN)/qleap release --recipe $(RECIPE) --out dist

# What a change must pass before it is sent: everything but the proofs that take minutes each.
test: setup
	$(PYTEST) -m "not proof"

# Every test.
test-all: setup
	$(PYTEST)

check: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(STAMP)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

swift-test:
	swift format lint --strict -r $(SWIFT_PACKAGE)/Sources $(SWIFT_PACKAGE)/Tests $(SWIFT_PACKAGE)/Package.swift
	QLEAP_EDGE_STUBS=1 swift build --package-path $(SWIFT_PACKAGE) --build-tests -Xswiftc -warnings-as-errors
	QLEAP_EDGE_STUBS=1 swift test --package-path $(SWIFT_PACKAGE) --skip-build
	ios_sdk_assets/test-xcode-layout.sh $(SWIFT_PACKAGE)
	swift format lint --strict -r $(SWIFT_EXAMPLE)/Sources $(SWIFT_EXAMPLE)/Apps $(SWIFT_EXAMPLE)/Tests $(SWIFT_EXAMPLE)/Package.swift
	QLEAP_EDGE_STUBS=1 swift build --package-path $(SWIFT_EXAMPLE) --build-tests -Xswiftc -warnings-as-errors
	QLEAP_EDGE_STUBS=1 swift test --package-path $(SWIFT_EXAMPLE) --skip-build
	ios_sdk_assets/check-docs.sh $(SWIFT_PACKAGE)

# Write the list of the Swift package's public symbols anew; review the difference.
swift-api:
	ios_sdk_assets/check-docs.sh $(SWIFT_PACKAGE) --write

# Refresh the payload the Swift package carries in this repository from the latest bundle.
swift-payload:
	rm -rf $(SWIFT_PACKAGE)/Sources/QLeapEdge/Payload
	cp -r dist/QuantumLeapPose-*/QLeapEdge/Sources/QLeapEdge/Payload $(SWIFT_PACKAGE)/Sources/QLeapEdge/Payload
	cp dist/QuantumLeapPose-*/golden.json $(SWIFT_PACKAGE)/Tests/QLeapEdgeTests/Fixtures/golden.json

# Regenerate the JSON Schemas from the models that write the documents.
schemas: $(STAMP)
	$(BIN)/python -c "from pathlib import Path; from qleap_edge.release.schemas import write_schemas; write_schemas(Path())"

# Regenerate what physics says of the recordings in the tests of the Swift package, as Swift must say it too.
golden-sessions: $(STAMP)
	$(BIN)/python -m tests.support.golden_sessions

bench: $(STAMP)
	$(BIN)/python benchmarks/bench_synthesis.py

clean:
	rm -rf dist build $(VENV) $(SWIFT_PACKAGE)/.build $(SWIFT_EXAMPLE)/.build
