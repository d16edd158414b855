# `make run` starts the pipeline on this machine, `make test` proves all of it. What they need beside Rust, Node,
# Python 3.11 (for emulators of AWS, from PyPI) and a C compiler they install themselves, within this folder.

CARGO = cargo
# The whole house, with what only the Lambda functions need.
HOUSE = --workspace --features api/lambda,processor/lambda --locked
EMULATORS = target/emulators

.PHONY: run test stacks emulators fakecloud check format help

run: ## start the pipeline on this machine
	$(CARGO) run --release -- local

test: check stacks emulators ## everything that must pass
	$(CARGO) build $(HOUSE)
	$(CARGO) test $(HOUSE)

emulators: $(EMULATORS)/.installed ## what the tests take for AWS

$(EMULATORS)/.installed: tests/emulators/requirements.txt
	python3 -m venv --clear $(EMULATORS)
	$(EMULATORS)/bin/pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

fakecloud: ## conformance on one more emulator, which takes a quarter of an hour to build
	$(CARGO) install fakecloud@0.51.0 --locked --debug --root $(EMULATORS) --target-dir target/fakecloud --config profile.dev.debug=0
	$(CARGO) test --package tests --features fakecloud --test conformance --locked fakecloud

check: ## formatting, lints and documentation
	$(CARGO) fmt --all --check
	$(CARGO) clippy $(HOUSE) --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc $(HOUSE) --no-deps

stacks: ## the CDK stacks: types, lints, tests
	cd infrastructure && npm ci && npm run build && npm run lint && npm test

format: ## format the code
	$(CARGO) fmt --all

help: ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*## /\t/'
