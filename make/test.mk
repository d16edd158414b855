# The suites of `make test`. What fails by chance is run twice more, and is reported as flaky.

# The order in which they begin: the longest first.
SUITES = rust-format programs stacks cfn-lint deployed-tests console-tests emulator-tests rust-tests page-lints workflows peers-tests
# No endpoint, profile or account of its user reaches a test.
OUTSIDE_AWS = env $(addprefix -u ,$(filter AWS_%,$(.VARIABLES))) AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
# Linted while they are built: `cargo clippy` would go through every dependency once more.
BUILD = $(OUTSIDE_AWS) RUSTC_WORKSPACE_WRAPPER=clippy-driver CLIPPY_ARGS=-Dwarnings__CLIPPY_HACKERY__
# Tests of real processes and emulators wait more than they compute.
THREADS = $(shell expr 2 \* `getconf _NPROCESSORS_ONLN`)
# These share an emulator, or a deployed stack, within one process.
SHARED = $(BUILD) RUST_TEST_THREADS=$(THREADS) python3 make/retry.py $(CARGO) test $(WORKSPACE)

# A test beside a program has its dependencies built with the features that all tests need: not once more. This one uses
# nothing of the program, so it is built once, whatever features the program has.
WITH_TESTS_FEATURES = --test seeds

.PHONY: $(SUITES) functions-for-tests

# `taskline` twice: as `make run` builds it, without AWS, and with all of it. The libraries beside the first one are those
# of the second build, and keep the other core busy.
programs: ## build the tests and the programs that they start
	$(BUILD) $(CARGO) build $(WORKSPACE) --no-default-features $(WITH_TESTS_FEATURES) --lib --bin taskline
	install -D $(TARGET)/debug/taskline $(TARGET)/without-aws/taskline
	$(BUILD) $(CARGO) build $(WORKSPACE) $(ALL)

rust-tests: programs $(NEXTEST) $(EMULATORS) $(SCHEMATHESIS) $(addsuffix /$(NPM),tests/openapi tests/handlers infrastructure) ## run the Rust tests that share nothing: make rust-tests [FILTER=name]
	$(BUILD) $(NEXTEST) nextest run $(WORKSPACE) --test-threads $(THREADS) $(FILTER)

deployed-tests: functions-for-tests infrastructure/$(NPM) $(EMULATORS) ## run the tests on deployed stacks
	$(SHARED) --test deployed

emulator-tests: functions-for-tests infrastructure/$(NPM) $(EMULATORS) ## run the tests that share an emulator of AWS
	$(SHARED) --test conformance --test alarms

# The deployed stacks run the functions that `programs` built. Those that are shipped take far longer to build, and are
# judged by bench-guard.
functions-for-tests: programs
	for function in api processor watch; do \
		install -D --strip $(TARGET)/debug/$$function $(TARGET)/functions/$$function/bootstrap && \
		install -D $(TARGET)/functions/$$function/bootstrap $(TARGET)/faulty-handler/$$function/bootstrap || exit 1; \
	done
	install --strip $(TARGET)/debug/examples/faulty_handler $(TARGET)/faulty-handler/processor/bootstrap

console-tests: programs tests/console/$(NPM) ## run the console's tests in a real browser
	cd tests/console && TASKLINE=$(abspath $(TARGET))/debug/taskline npm test
