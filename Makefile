# `make run` starts the pipeline on this machine, `make test` proves all of it. What they need beside Rust, Node and a
# C compiler they install themselves, within this folder.

CARGO = cargo

.PHONY: run test check stacks format help

run: ## start the pipeline on this machine
	$(CARGO) run --release -- local

test: check stacks ## everything that must pass
	$(CARGO) build --workspace --locked
	$(CARGO) test --workspace --locked

check: ## formatting, lints and documentation
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked

stacks: ## the CDK stacks: types, lints, tests
	cd infrastructure && npm ci && npm run build && npm run lint && npm test

format: ## format the code
	$(CARGO) fmt --all

help: ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*## /\t/'
