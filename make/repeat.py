"""Runs `make test` again and again, keeps what each run prints, and lists what was flaky or failed.

    make/repeat.py TIMES [BESIDE]

In the first BESIDE runs, a build runs beside the tests, as on a machine that somebody uses.
"""

import collections
import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "target"))
LOGS = TARGET / "repeat"
# As nextest, make/retry.py and tests/console/retry.js report them.
FLAKY = re.compile(r"^ *FLAKY \d+/\d+ +(?:\[[^]]*\] +)?(?:\([^)]*\) +)?(.+)$", re.MULTILINE)
FAILED = re.compile(r"^make.*: \*\*\* \[(?:[^]:]+:\d+: )?([^]]+)\] Error", re.MULTILINE)
# From the beginning each time, with all cores.
BUILD = "while rm -rf {0} && cargo build --quiet --locked --package taskline-processor --target-dir {0}; do :; done"


@contextlib.contextmanager
def build_beside():
    """Builds again and again until the block ends."""
    build = subprocess.Popen(["sh", "-c", BUILD.format(TARGET / "beside")], start_new_session=True)
    try:
        yield
        if build.poll() is not None:
            sys.exit("the build beside the tests failed")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(build.pid, signal.SIGTERM)
        build.wait()


def run(number, beside):
    """Its minutes, what was flaky, and which suites failed."""
    log = LOGS / f"{number}.log"
    begun = time.monotonic()
    with log.open("w") as output, build_beside() if beside else contextlib.nullcontext():
        code = subprocess.run(["make", "--keep-going", "test"], stdout=output, stderr=subprocess.STDOUT).returncode
    printed = log.read_text(errors="replace")
    # `make` reports the failure of `make test` itself too.
    failed = set(FAILED.findall(printed)) - {"test"}
    if code != 0 and not failed:
        failed = {"make"}
    return (time.monotonic() - begun) / 60, set(FLAKY.findall(printed)), failed


def main():
    times, beside = (int(argument) for argument in [*sys.argv[1:], "0"][:2])
    LOGS.mkdir(parents=True, exist_ok=True)
    flaky, failed, red = collections.Counter(), collections.Counter(), 0
    print(f"{'run':>3} {'minutes':>7} {'flaky':>5}  result", flush=True)
    for number in range(1, times + 1):
        minutes, now_flaky, now_failed = run(number, number <= beside)
        red += bool(now_failed)
        flaky.update(now_flaky)
        failed.update(now_failed)
        result = f"failed: {', '.join(sorted(now_failed))}" if now_failed else "passed"
        build = " beside a build" if number <= beside else ""
        print(f"{number:>3} {minutes:>7.1f} {len(now_flaky):>5}  {result}{build}", flush=True)
    print(f"\n{times - red} of {times} runs passed; what they printed is in {LOGS}")
    for name, count in flaky.most_common():
        print(f"flaky in {count}: {name}")
    for name, count in failed.most_common():
        print(f"failed in {count}: {name}")
    sys.exit(1 if red else 0)


main()
