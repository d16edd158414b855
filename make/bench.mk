# What the functions cost, and what a line sustains.

PEERS = target/peers
NODE_PEERS = bench/peers/node/$(NPM)
# On the version that Lambda has.
PYTHON = python3.13
OURS = --functions $(TARGET)/shipped --own-handler $(TARGET)/shipped/own-handler/bootstrap
REPETITIONS = 11
BENCH = $(TARGET)/release/functions $(OURS) --examples $(TARGET)/lambda/examples --python $(PEERS) --repeat $(REPETITIONS) --instructions

.PHONY: bench performance-docs bench-guard bounds guard bench-programs load load-docs load-tests load-programs capacity capacity-docs stall stall-docs

bench: bench-programs ## measure the functions beside Python's and Node's: make bench [REPETITIONS=11]
	$(BENCH)

performance-docs: bench-programs ## the same, and write docs/performance.md and its plot
	$(BENCH) --docs docs

bench-guard: functions guard valgrind ## fail if the functions cost more than bench/bounds.json allows
	$(TARGET)/debug/guard $(OURS)
# Without JSON Schemas, as the functions are shipped and as no other build is.
	$(CARGO) test --locked --package taskline-types --lib

bounds: functions guard valgrind ## allow what the functions cost now
	$(TARGET)/debug/guard $(OURS) --update

guard:
	$(CARGO) build $(WORKSPACE) $(WITH_TESTS_FEATURES) --bin guard

bench-programs: functions emulators valgrind $(PEERS)/.installed $(NODE_PEERS)
	$(CARGO) build --profile lambda --locked --package taskline-lambda --example floor --package taskline-aws --example calls
	$(CARGO) build --release --locked --package taskline-bench

$(PEERS)/.installed: bench/peers/python/requirements.txt
	$(PYTHON) -m venv --clear $(PEERS)
	$(PEERS)/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	touch $@

$(NODE_PEERS): bench/peers/node/package.json bench/peers/node/package-lock.json $(wildcard bench/peers/node/*.ts)
	cd bench/peers/node && npm ci && npm run build
	touch $@

TASKS = 10000,100000
RATE = 1000
CLIENTS = 32
COMPLETED = 0,100000,1000000
REPEAT = 3
LOAD = $(TARGET)/release/load --tasks $(TASKS) --rate $(RATE) --clients $(CLIENTS) --completed $(COMPLETED) --repeat $(REPEAT)
load: load-programs ## measure a line on this machine under load: make load TASKS=1000 RATE=100 CLIENTS=8
	$(LOAD)

load-docs: load-programs ## the same, and write docs/load.md and its plot
	$(LOAD) --docs docs

load-tests: programs $(NEXTEST) ## run the tests of the load program, which need an idle machine
	$(BUILD) $(NEXTEST) nextest run $(WORKSPACE) --ignore-default-filter -E 'binary_id(taskline-bench::load)'

# Without the features of the tests, so that what is measured is what is shipped.
load-programs: taskline
	$(CARGO) build --release --locked --package taskline-bench

CAPACITY = $(CARGO) run --quiet --locked --package taskline-bench --bin capacity --
capacity: ## simulate what a line sustains on AWS, and what many would
	@$(CAPACITY)

capacity-docs: ## the same, and write docs/capacity.md
	@$(CAPACITY) --docs docs/capacity.md

STALL = $(CARGO) run --locked --package taskline-bench --bin stall --
stall: emulators ## measure for how long a failing task stops its line: ten minutes, which are the visibility timeouts
	$(STALL)

stall-docs: emulators ## the same, and write docs/capacity.md
	$(STALL) --docs docs/capacity.md
