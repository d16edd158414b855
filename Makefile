# `make run` starts the pipeline on this machine, `make test` proves all of it. What they need beside Rust, Node,
# Python 3.11 (for emulators of AWS, from PyPI), a C compiler and Chromium they install themselves, within this folder.
# Chromium, faketime and valgrind come by apt-get where that is allowed.

CARGO = cargo
# The whole house, with what only the Lambda functions need, and with what kills a process where a test says.
FEATURES = taskline-api/lambda,taskline-processor/lambda,taskline-watch/lambda,taskline-local/failpoints,taskline-tests/deployed
# What runs by a command of its own, and must not rot meanwhile.
ELSEWHERE = taskline-tests/account,taskline-tests/fakecloud,taskline-tests/planted_bugs
HOUSE = --workspace --features $(FEATURES) --locked
TARGET = $(or $(CARGO_TARGET_DIR),target)
EMULATORS = target/emulators
CARGO_FUZZ = target/cargo-fuzz/bin/cargo-fuzz
SCHEMATHESIS = target/schemathesis
WORKFLOWS = target/workflows
PEERS = target/peers
PYTHON = python3.13
NODE_PEERS = bench/peers/node/node_modules/.package-lock.json
DENY = target/deny
CDK = infrastructure/node_modules/.package-lock.json
OPENAPI_RULES = tests/openapi/node_modules/.package-lock.json
CONSOLE = tests/console/node_modules/.package-lock.json

.PHONY: bench bench-guard bench-programs bounds performance-docs valgrind
.PHONY: account-tests account-clean run test simulate schemathesis fuzz load load-docs load-programs capacity capacity-docs stall stall-docs deployed console-tests chromium faketime programs functions stacks emulators fakecloud check page-lints format help
.PHONY: cfn-lint openapi-rules workflows actionlint deny mutants planted-bugs advisories crate-advisories npm-advisories python-advisories

run: ## start the pipeline on this machine
	$(CARGO) run --release -- local

test: check stacks cfn-lint emulators $(SCHEMATHESIS)/.installed faketime openapi-rules functions programs bench-guard console-tests ## everything that must pass
	$(CARGO) test $(HOUSE)

SEEDS = 10000
FROM = 0
simulate: ## more seeds than the tests: make simulate SEEDS=100000 [FROM=n]
	@$(CARGO) run --release --quiet --locked --package taskline-simulation -- --seeds $(SEEDS) --from $(FROM)

EXAMPLES = 1000
SEED = 1
schemathesis: emulators $(SCHEMATHESIS)/.installed programs ## more requests made up from the API's description: make schemathesis EXAMPLES=5000 SEED=7
	EXAMPLES=$(EXAMPLES) SEED=$(SEED) $(CARGO) test $(HOUSE) --test program schemathesis -- --nocapture

openapi-rules: $(OPENAPI_RULES) ## what the API's description is held against

$(OPENAPI_RULES): tests/openapi/package.json tests/openapi/package-lock.json
	cd tests/openapi && npm ci
	touch $@

SECONDS = 60
ONLY = request text identity message record event http
# On stable Rust: with no sanitizer, which safe code has little use for, and with coverage. What reaches new code stays in
# target/fuzz for the next time; what fails goes to the corpus that the tests try first.
fuzz: $(CARGO_FUZZ) ## inputs led by coverage, takes a C++ compiler: make fuzz [ONLY=text] [SECONDS=60]
	@$(CARGO_FUZZ) build --fuzz-dir tests/fuzz --sanitizer none --features libfuzzer guided
	@for name in $(ONLY); do \
		mkdir -p target/fuzz/$$name && FUZZ_TARGET=$$name RUST_BACKTRACE=0 \
		$(TARGET)/$$(rustc --print host-tuple)/release/guided target/fuzz/$$name tests/fuzz/corpus/$$name \
			-max_total_time=$(SECONDS) -max_len=81920 -timeout=10 -print_final_stats=1 \
			-artifact_prefix=tests/fuzz/corpus/$$name/failing- || exit 1; \
	done

$(CARGO_FUZZ):
	$(CARGO) install cargo-fuzz@0.13.2 --locked --root target/cargo-fuzz

TASKS = 10000,100000
RATE = 1000
CLIENTS = 32
COMPLETED = 0,100000,1000000
REPEAT = 3
LOAD = $(TARGET)/release/load --tasks $(TASKS) --rate $(RATE) --clients $(CLIENTS) --completed $(COMPLETED) --repeat $(REPEAT)
load: load-programs ## the line on this machine under load: make load TASKS=1000 RATE=100 CLIENTS=8
	$(LOAD)

load-docs: load-programs ## the same, and writes docs/load.md and its plot
	$(LOAD) --docs docs

BENCH = $(TARGET)/release/functions $(OURS) --examples $(TARGET)/lambda/examples --python $(PEERS) --repeat $(REPETITIONS) --instructions
REPETITIONS = 11
OURS = --functions $(TARGET)/functions --own-handler $(TARGET)/faulty-handler/processor/bootstrap
bench: bench-programs ## the functions beside Python's and Node's: make bench [REPETITIONS=11]
	$(BENCH)

performance-docs: bench-programs ## the same, and writes docs/performance.md and its plot
	$(BENCH) --docs docs

bench-guard: functions programs emulators valgrind ## fails when the functions cost more than bench/bounds.json allows
	$(TARGET)/debug/guard $(OURS)

bounds: functions programs emulators valgrind ## allows what they cost now
	$(TARGET)/debug/guard $(OURS) --update

valgrind: # Debian's
	@command -v valgrind > /dev/null \
	|| { apt-get update && apt-get install --yes --no-install-recommends valgrind; } \
	|| { echo "Instructions are counted by valgrind: install it so that it is found on PATH." >&2; exit 1; }

bench-programs: functions emulators valgrind $(PEERS)/.installed $(NODE_PEERS)
	$(CARGO) build --profile lambda --locked --package taskline-lambda --example floor --package taskline-aws --example calls
	$(CARGO) build --release --locked --package taskline-bench

# On the version that Lambda has.
$(PEERS)/.installed: bench/peers/python/requirements.txt
	$(PYTHON) -m venv --clear $(PEERS)
	$(PEERS)/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	touch $@

$(NODE_PEERS): bench/peers/node/package.json bench/peers/node/package-lock.json $(wildcard bench/peers/node/*.ts)
	cd bench/peers/node && npm ci && npm run build
	touch $@

load-programs: # built apart, so that what is measured is what is shipped
	$(CARGO) build --release --locked --package taskline-operator
	$(CARGO) build --release --locked --package taskline-bench

# As the tests have it built: one only plays, the other mostly waits.
CAPACITY = $(CARGO) run --quiet --locked --package taskline-bench --bin capacity --
capacity: ## what a line bears on AWS, and what many would, played by a seed
	@$(CAPACITY)

capacity-docs: ## the same, and writes docs/capacity.md
	@$(CAPACITY) --docs docs/capacity.md

STALL = $(CARGO) run --locked --package taskline-bench --bin stall --
stall: emulators ## for how long a failing task stops its line: takes ten minutes, which are the visibility time-outs
	$(STALL)

stall-docs: emulators ## the same, and writes docs/capacity.md
	$(STALL) --docs docs/capacity.md

# In the tree itself, so that little is built: leave it alone meanwhile. First the unit tests, then all that is quick.
MUTANTS = target/mutants
MUTATE = PATH="$(abspath $(MUTANTS))/bin:$$PATH" $(CARGO) mutants --workspace --in-place --output $(MUTANTS) \
	$(if $(FILE),--re ^$(FILE))
mutants: $(MUTANTS)/bin/cargo-mutants emulators ## the protocol's code, changed in every small way, for hours: make mutants [FILE=path]
	-$(MUTATE) -C=--lib
	$(MUTATE) --iterate --test-workspace=true --features $(FEATURES) $(addprefix -C=--test=,pipeline targets seeds conformance)

$(MUTANTS)/bin/cargo-mutants:
	$(CARGO) install cargo-mutants@27.1.0 --locked --root $(MUTANTS)

planted-bugs: emulators ## each promise, broken in the tree itself, and the tests that notice: make planted-bugs [FAULT=name]
	HOUSE="$(HOUSE)" FAULT=$(FAULT) $(CARGO) test $(HOUSE) --features taskline-tests/planted_bugs --test tidy -- --nocapture plant::

deployed: $(CDK) emulators functions programs ## of it, what runs on deployed stacks
	$(CARGO) test $(HOUSE) --test deployed

# With the tests, for which dependencies have features of their own: by themselves they would be built once more.
programs: ## what tests run, beside them
	$(CARGO) build $(HOUSE) --all-targets

# For this machine's own processor, as an emulator runs them; `npm run deploy` builds them for Lambda. Each by itself, as
# there: together, each would have what only the other needs.
functions: ## the Lambda functions, and a processor that goes wrong when it is told to
	$(CARGO) build --profile lambda --locked --package taskline-api --features lambda --bin api
	$(CARGO) build --profile lambda --locked --package taskline-processor --features lambda --bin processor --example faulty_handler
	$(CARGO) build --profile lambda --locked --package taskline-watch --features lambda --bin watch
	install -D $(TARGET)/lambda/api $(TARGET)/functions/api/bootstrap
	install -D $(TARGET)/lambda/processor $(TARGET)/functions/processor/bootstrap
	install -D $(TARGET)/lambda/watch $(TARGET)/functions/watch/bootstrap
	install -D $(TARGET)/lambda/api $(TARGET)/faulty-handler/api/bootstrap
	install -D $(TARGET)/lambda/watch $(TARGET)/faulty-handler/watch/bootstrap
	install -D $(TARGET)/lambda/examples/faulty_handler $(TARGET)/faulty-handler/processor/bootstrap

faketime: # Debian's
	@command -v faketime > /dev/null \
	|| { apt-get update && apt-get install --yes --no-install-recommends faketime; } \
	|| { echo "The program is tested on a clock that is set, by libfaketime: install faketime so that it is found on PATH." >&2; exit 1; }

console-tests: chromium programs $(CONSOLE) ## the console in a real browser, over the real program
	cd tests/console && TASKLINE=$(abspath $(TARGET))/debug/taskline npm test

$(CONSOLE): tests/console/package.json tests/console/package-lock.json
	cd tests/console && npm ci
	touch $@

chromium: # Debian's; playwright's own would come from elsewhere
	@command -v chromium > /dev/null \
	|| { apt-get update && apt-get install --yes --no-install-recommends chromium fonts-dejavu-core; } \
	|| { echo "The console is tested in chromium: install it so that it is found on PATH." >&2; exit 1; }

emulators: $(EMULATORS)/.installed ## what the tests take for AWS

target/%/.installed: tests/%/requirements.txt
	python3 -m venv --clear $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	touch $@

fakecloud: ## conformance on one more emulator, which takes a quarter of an hour to build
	$(CARGO) install fakecloud@0.51.0 --locked --debug --root $(EMULATORS) --target-dir target/fakecloud --config profile.dev.debug=0
	$(CARGO) test --package taskline-tests --features fakecloud --test conformance --locked fakecloud

# One prefix for all that the tests make there: docs/aws-account-tests.md.
ACCOUNT = TASKLINE_AWS_TEST=1 $(CARGO) test --package taskline-tests --features account --test conformance --locked --
CASES = account::
account-tests: ## conformance on an AWS account: docs/aws-account-tests.md; make account-tests [CASES=account::task_queue]
	$(ACCOUNT) $(CASES) --test-threads=64

account-clean: ## deletes what runs of them that were killed left in the account, more than an hour ago
	$(ACCOUNT) account::resources_of_interrupted_runs_are_deleted

check: workflows page-lints ## formatting, lints and documentation
	$(CARGO) fmt --all --check
	$(CARGO) clippy $(HOUSE) --features $(ELSEWHERE) --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc $(HOUSE) --no-deps

page-lints: $(CONSOLE) ## lints and formatting of the console's JavaScript and of its tests
	cd tests/console && npm run lint

workflows: $(WORKFLOWS)/.installed ## the hosted CI: what could be used against it
	$(WORKFLOWS)/bin/zizmor --offline --quiet .github/workflows

actionlint: $(WORKFLOWS)/.installed ## mistakes in the hosted CI; needs the network, and runs there
	$(WORKFLOWS)/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement tests/workflows/actionlint.txt
	$(WORKFLOWS)/bin/actionlint

deny: $(DENY)/bin/cargo-deny ## licences, sources and twice needed crates; takes minutes to build, and runs in the hosted CI
	$< --locked check --deny warnings --hide-inclusion-graph licenses sources bans

$(DENY)/bin/cargo-deny:
	$(CARGO) install cargo-deny@0.20.2 --locked --debug --root $(DENY) --target-dir $(DENY)/build --config profile.dev.debug=0
	rm -r $(DENY)/build

advisories: crate-advisories npm-advisories python-advisories ## what is known against what comes from outside

crate-advisories: $(DENY)/bin/cargo-deny
	$< --locked check --hide-inclusion-graph advisories

npm-advisories:
	cd infrastructure && npm audit
	cd tests/console && npm audit
	cd tests/openapi && npm audit

python-advisories:
	python3 -m venv --clear target/advisories
	target/advisories/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement tests/advisories/requirements.txt
	target/advisories/bin/pip-audit --disable-pip --require-hashes $(foreach list,$(wildcard tests/*/requirements.txt infrastructure/requirements.txt),--requirement $(list))

stacks: $(CDK) ## the CDK stacks: types, lints, tests
	cd infrastructure && npm run build && npm run lint && npm test

cfn-lint: stacks target/cfn-lint/.installed ## the templates of every kind of deployment, which the stacks' tests wrote, by CloudFormation's schemas
	target/cfn-lint/bin/cfn-lint --config-file tests/cfn-lint/cfn-lint.yaml -- infrastructure/cdk.out/variants/*/*.template.json

$(CDK): infrastructure/package.json infrastructure/package-lock.json
	cd infrastructure && npm ci
	touch $@

format: $(CONSOLE) ## format the code
	$(CARGO) fmt --all
	cd tests/console && npm run format

help: ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/'
