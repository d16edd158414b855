# Tests without an end: more runs, more seeds, more inputs, more faults than `make test` tries. And AWS itself.

CARGO_FUZZ = target/cargo-fuzz/bin/cargo-fuzz
MUTANTS = target/mutants

.PHONY: repeat simulate model schemathesis kills fuzz mutants planted-bugs fakecloud account-tests account-clean

TIMES = 20
BESIDE = 0
repeat: required-tools ## run `make test` many times, the first ones beside a build, and list what was flaky or failed: make repeat TIMES=20 [BESIDE=5]
	@python3 make/repeat.py $(TIMES) $(BESIDE)

SEEDS = 10000
FROM = 0
simulate: ## more seeds than the tests: make simulate SEEDS=100000 [FROM=n]
	@$(CARGO) run --release --quiet --locked --package taskline-simulation -- --seeds $(SEEDS) --from $(FROM)

WORLDS =
model: ## explore every state of larger worlds, for about ten minutes: make model [WORLDS="block faults"]
	@$(CARGO) run --release --quiet --locked --package taskline-model -- $(WORLDS)

EXAMPLES = 1000
SEED = 1
schemathesis: $(SCHEMATHESIS) programs ## more requests generated from the API's description: make schemathesis EXAMPLES=5000 SEED=7
	EXAMPLES=$(EXAMPLES) SEED=$(SEED) $(BUILD) $(CARGO) test $(WORKSPACE) --test program schemathesis -- --nocapture

TASKS = 200
kills: programs $(EMULATORS) $(addsuffix /$(NPM),infrastructure tests/handlers) ## kill Taskline and the handlers of the pages at random: make kills TASKS=200 [SEED=n] [WAY=webhook]
	TASKS=$(TASKS) SEED=$(SEED) WAY=$(WAY) $(BUILD) $(CARGO) test $(WORKSPACE) --test program killed_at_random -- --nocapture

SECONDS = 60
ONLY = request text identity message record event http
# On stable Rust: with no sanitizer, which safe code has little use for, and with coverage. What reaches new code stays in
# target/fuzz for the next time; what fails goes to the corpus that the tests try first.
fuzz: $(CARGO_FUZZ) ## inputs guided by coverage, takes a C++ compiler: make fuzz [ONLY=text] [SECONDS=60]
	@$(CARGO_FUZZ) build --fuzz-dir tests/fuzz --sanitizer none --features libfuzzer guided
	@for name in $(ONLY); do \
		mkdir -p target/fuzz/$$name && FUZZ_TARGET=$$name RUST_BACKTRACE=0 \
		$(TARGET)/$$(rustc --print host-tuple)/release/guided target/fuzz/$$name tests/fuzz/corpus/$$name \
			-max_total_time=$(SECONDS) -max_len=81920 -timeout=10 -print_final_stats=1 \
			-artifact_prefix=tests/fuzz/corpus/$$name/failing- || exit 1; \
	done

$(CARGO_FUZZ):
	$(CARGO) install cargo-fuzz@0.13.2 --locked --root target/cargo-fuzz

# In the tree itself, so that little is built: leave it alone meanwhile. First the unit tests, then all that is quick.
MUTATE = PATH="$(abspath $(MUTANTS))/bin:$$PATH" $(CARGO) mutants --workspace --in-place --output $(MUTANTS) \
	$(if $(FILE),--re ^$(FILE))
mutants: $(MUTANTS)/bin/cargo-mutants emulators ## change the protocol's code in every small way, for hours: make mutants [FILE=path]
	-$(MUTATE) -C=--lib
	$(MUTATE) --iterate --test-workspace=true --features $(FEATURES) $(addprefix -C=--test=,pipeline targets seeds conformance)

$(MUTANTS)/bin/cargo-mutants:
	$(CARGO) install cargo-mutants@27.1.0 --locked --root $(MUTANTS)

planted-bugs: emulators ## break each promise in the tree itself, and see its tests fail: make planted-bugs [FAULT=name]
	WORKSPACE="$(WORKSPACE)" FAULT=$(FAULT) $(CARGO) test $(WORKSPACE) --features taskline-tests/planted_bugs --test tidy -- --nocapture plant::

fakecloud: ## conformance on one more emulator, which takes a quarter of an hour to build
	$(CARGO) install fakecloud@0.51.0 --locked --debug --root target/emulators --target-dir target/fakecloud --config profile.dev.debug=0
	$(CARGO) test --package taskline-tests --features fakecloud --test conformance --locked fakecloud

# One prefix for all that the tests make there: docs/aws-account-tests.md.
ACCOUNT = TASKLINE_AWS_TEST=1 $(CARGO) test --package taskline-tests --features account --test conformance --locked --
CASES = account::
account-tests: ## conformance on an AWS account: docs/aws-account-tests.md; make account-tests [CASES=account::task_queue]
	$(ACCOUNT) $(CASES) --test-threads=64

account-clean: ## delete what killed runs of them left in the account more than an hour ago
	$(ACCOUNT) account::resources_of_interrupted_runs_are_deleted
