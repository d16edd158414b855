# `make run` starts the pipeline on this machine; `make test` runs every test. Both need Rust, Node, Python 3.11 and a C
# compiler; `make setup` installs the rest. The targets are in make/*.mk, by theme; `make help` lists them.

CARGO = cargo
TARGET = $(or $(CARGO_TARGET_DIR),target)
# All packages, with what only the Lambda functions need, and with the points at which tests kill a process.
FEATURES = taskline-api/lambda,taskline-processor/lambda,taskline-watch/lambda,taskline-local/failpoints,taskline-tests/deployed
WORKSPACE = --workspace --features $(FEATURES) --locked
# Not `--all-targets`, which compiles each program once more, as a benchmark.
ALL = --lib --bins --examples --tests
# The features of tests that have separate commands. They are linted too.
OTHER_TESTS = taskline-tests/account,taskline-tests/fakecloud,taskline-tests/planted_bugs
LINTED = $(WORKSPACE) --features $(OTHER_TESTS)
# The folders below which `npm ci` has run, each by the file that npm writes last.
NPM = node_modules/.package-lock.json

.PHONY: run taskline check test setup format help

run: ## start the pipeline on this machine, built without AWS in about three minutes
	$(CARGO) run --profile quick --no-default-features --locked -- local

taskline: ## build target/release/taskline, which works on pipelines on AWS too
	$(CARGO) build --release --locked --package taskline-operator

check: rust-lints rust-docs page-lints workflows ## check formatting, lints and documentation

# More at a time than there are cores: the deployed stacks, the emulators and the browser make their tests wait.
test: required-tools ## run everything that must pass before a change lands
	@$(OUTSIDE_AWS) $(MAKE) --no-print-directory --jobs=5 --output-sync=target $(SUITES)

format: tests/console/$(NPM) ## format the code
	$(CARGO) fmt --all
	cd tests/console && npm run format

help: ## list these targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 22

# Setup first: what it installs is needed by the others.
include make/setup.mk make/check.mk make/test.mk make/infrastructure.mk make/bench.mk make/explore.mk make/peers.mk
