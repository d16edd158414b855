# The suites of `make test`. What fails by chance is run twice more, and is reported as flaky.

# The order in which they begin: the longest first.
SUITES = rust-format programs stacks cfn-lint rust-tests deployed-tests console-tests page-lints workflows peers-tests
# Linted while they are built: `cargo clippy` would go through every dependency once more.
BUILD = RUSTC_WORKSPACE_WRAPPER=clippy-driver CLIPPY_ARGS=-Dwarnings__CLIPPY_HACKERY__
# These share an emulator, or a deployed stack, within one process.
SHARED = conformance deployed alarms
RETRY = python3 make/retry.py

# A test beside a program has its dependencies built with the features that all tests need: not once more.
WITH_TESTS_FEATURES = --test tidy

.PHONY: $(SUITES) deployed functions-for-tests

# `taskline` twice: as `make run` builds it, without AWS, and with all of it.
programs: ## build the tests and the programs that they start
	$(BUILD) $(CARGO) build $(WORKSPACE) --no-default-features $(WITH_TESTS_FEATURES) --bin taskline
	install -D $(TARGET)/debug/taskline $(TARGET)/without-aws/taskline
	$(BUILD) $(CARGO) build $(WORKSPACE) $(ALL)

rust-tests: programs $(NEXTEST) $(EMULATORS) $(SCHEMATHESIS) tests/openapi/$(NPM) ## run the Rust tests that share nothing: make rust-tests [FILTER=name]
	$(BUILD) $(NEXTEST) nextest run $(WORKSPACE) $(FILTER)

deployed-tests: functions-for-tests infrastructure/$(NPM) $(EMULATORS) ## run the tests that share an emulator of AWS or a stack deployed on it
	$(BUILD) $(RETRY) $(CARGO) test $(WORKSPACE) $(addprefix --test ,$(SHARED))

deployed: functions-for-tests infrastructure/$(NPM) $(EMULATORS) ## run the tests on deployed stacks only
	$(BUILD) $(RETRY) $(CARGO) test $(WORKSPACE) --test deployed

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
