# `make run` starts the pipeline on this machine, `make test` proves it. Both install what they need from the
# registries of Rust; a C compiler must be there.

CARGO = cargo

.PHONY: run test check format

run: ## start the pipeline on this machine
	$(CARGO) run --release -- local

test: check ## everything that must pass
	$(CARGO) build --workspace --locked
	$(CARGO) test --workspace --locked

check: ## formatting, lints and documentation
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked

format: ## format the code
	$(CARGO) fmt --all

help: ## this list
	@grep -E '^[a-z]+:.*##' Makefile | sed 's/:.*## /\t/'
