# Formatting, lints, documentation, and what comes from outside.

DENY = target/deny
ZIZMOR = target/workflows

.PHONY: rust-format rust-lints rust-docs page-lints workflows actionlint deny advisories crate-advisories npm-advisories python-advisories

rust-format:
	$(CARGO) fmt --all --check

rust-lints: rust-format
	$(BUILD) $(CARGO) check $(LINTED) $(ALL)
	$(BUILD) $(CARGO) check $(LINTED) --no-default-features $(WITH_TESTS_FEATURES) --bin taskline

# The programs whose names no library has.
DOCUMENTED = taskline simulate load functions guard capacity stall

# On what `rust-lints` has checked: for an example, Cargo chooses the features of dependencies that tests need, and without one it
# would check the SDKs of AWS once more.
rust-docs: rust-lints
	$(BUILD) RUSTDOCFLAGS="-D warnings" $(CARGO) doc $(LINTED) --no-deps --lib $(addprefix --bin ,$(DOCUMENTED)) --example floor

page-lints: tests/console/$(NPM) # of the console's JavaScript and of its tests
	cd tests/console && npm run lint

workflows: $(ZIZMOR)/.installed ## check the security of the hosted CI
	$(ZIZMOR)/bin/zizmor --offline --quiet .github/workflows

actionlint: $(ZIZMOR)/.installed ## check the hosted CI for mistakes; needs the network, and runs there
	$(ZIZMOR)/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement tests/workflows/actionlint.txt
	$(ZIZMOR)/bin/actionlint

deny: $(DENY)/bin/cargo-deny ## check licences, sources and duplicate crates; takes minutes to build, and runs in the hosted CI
	$< --locked check --deny warnings --hide-inclusion-graph licenses sources bans

$(DENY)/bin/cargo-deny:
	$(CARGO) install cargo-deny@0.20.2 --locked --debug --root $(DENY) --target-dir $(DENY)/build --config profile.dev.debug=0
	rm -r $(DENY)/build

advisories: crate-advisories npm-advisories python-advisories ## look up known vulnerabilities of all dependencies

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
