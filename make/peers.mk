# Other queues, installed below target/ to be measured beside Taskline. No service of the system is installed or started.

LOCAL_PEERS = $(abspath $(TARGET))/peers-local
LOCAL_PEERS_NODE = bench/peers-local/node/$(NPM)
PEER_PACKAGES = redis-server beanstalkd rabbitmq-server postgresql-15

.PHONY: peers bench-peers-local bench-peers-local-docs

peers: $(LOCAL_PEERS)/debian/.installed $(LOCAL_PEERS)/python/.installed $(LOCAL_PEERS_NODE) ## install the queues that are compared with Taskline into target/: Debian's, and others from PyPI and npm
	cd bench/peers-local/node && npm run lint
	@command -v strace > /dev/null || echo "strace is missing: syncs will not be counted" >&2

# What apt-get would install, unpacked instead. Packages that the system has are left out, and used from there. Erlang's starter
# names the place for which Debian built it.
$(LOCAL_PEERS)/debian/.installed: make/peers.mk
	rm -rf $(@D) && mkdir -p $(@D)/archives
	cd $(@D)/archives && apt-get --simulate install --no-install-recommends $(PEER_PACKAGES) | \
		sed --quiet 's/^Inst \([^ ]*\).*/\1/p' | xargs --no-run-if-empty apt-get download
	for archive in $(@D)/archives/*.deb; do dpkg-deb --extract $$archive $(@D) || exit 1; done
	find $(@D) -path '*/lib/erlang/bin/erl' -exec sed --in-place "s#/usr/lib/erlang#$(@D)/usr/lib/erlang#" {} +
	rm -r $(@D)/archives
	touch $@

$(LOCAL_PEERS)/python/.installed: bench/peers-local/requirements.txt
	python3 -m venv --clear $(@D)
	$(@D)/bin/pip install --quiet --disable-pip-version-check --require-hashes --requirement $<
	touch $@

# Counts are exact at any number, rates and times need an idle machine and a release build.
LOCAL_PEERS_BENCH = TASKLINE=$(abspath $(TARGET))/release/taskline python3 bench/peers-local --tasks $(TASKS) --repetitions $(REPETITIONS) \
	--json $(TARGET)/peers-local/results.json
bench-peers-local bench-peers-local-docs: TASKS = 5000
bench-peers-local bench-peers-local-docs: REPETITIONS = 3
bench-peers-local: taskline ## measure the installed queues beside Taskline: make bench-peers-local [TASKS=5000] [REPETITIONS=3]
	@mkdir -p $(TARGET)/peers-local
	$(LOCAL_PEERS_BENCH)

bench-peers-local-docs: taskline ## the same, and write docs/performance.md and its plot
	@mkdir -p $(TARGET)/peers-local
	$(LOCAL_PEERS_BENCH) --docs docs

peers-tests: ## test how they are measured; needs none of them
	python3 -m unittest discover --start-directory bench/peers-local
