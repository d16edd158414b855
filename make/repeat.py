"""Runs `make test` again and again, keeps what each run prints, and lists what was flaky or failed."""

import collections
import os
import pathlib
import re
import subprocess
import sys
import time

LOGS = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "target"), "repeat")
# As nextest, make/retry.py and tests/console/retry.js report them.
FLAKY = re.compile(r"^ *FLAKY \d+/\d+ +(?:\[[^]]*\] +)?(?:\([^)]*\) +)?(.+)$", re.MULTILINE)
FAILED = re.compile(r"^make.*: \*\*\* \[(?:[^]:]+:\d+: )?([^]]+)\] Error", re.MULTILINE)


def run(number):
    """Its minutes, what was flaky, and which suites failed."""
    log = LOGS / f"{number}.log"
    begun = time.monotonic()
    with log.open("w") as output:
        code = subprocess.run(["make", "--keep-going", "test"], stdout=output, stderr=subprocess.STDOUT).returncode
    printed = log.read_text(errors="replace")
    # `make` reports the failure of `make test` itself too.
    failed = set(FAILED.findall(printed)) - {"test"}
    if code != 0 and not failed:
        failed = {"make"}
    return (time.monotonic() - begun) / 60, set(FLAKY.findall(printed)), failed


def main():
    times = int(sys.argv[1])
    LOGS.mkdir(parents=True, exist_ok=True)
    flaky, failed, red = collections.Counter(), collections.Counter(), 0
    print(f"{'run':>3} {'minutes':>7} {'flaky':>5}  result", flush=True)
    for number in range(1, times + 1):
        minutes, now_flaky, now_failed = run(number)
        red += bool(now_failed)
        flaky.update(now_flaky)
        failed.update(now_failed)
        result = f"failed: {', '.join(sorted(now_failed))}" if now_failed else "passed"
        print(f"{number:>3} {minutes:>7.1f} {len(now_flaky):>5}  {result}", flush=True)
    print(f"\n{times - red} of {times} runs passed; what they printed is in {LOGS}")
    for name, count in flaky.most_common():
        print(f"flaky in {count}: {name}")
    for name, count in failed.most_common():
        print(f"failed in {count}: {name}")
    sys.exit(1 if red else 0)


main()
