"""Runs `cargo test ...`. The tests that failed are run twice more by their names; what then passes is reported as flaky."""

import re
import subprocess
import sys

TRIES = 3


def run(command):
    """Runs it, shows what it prints, and returns its exit code and the tests of each target that failed."""
    failed, output = {}, []
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in process.stdout:
        print(line, end="", flush=True)
        output.append(line)
    text = "".join(output)
    for target, printed in re.findall(r"Running (\S+)/main\.rs (.*?)(?=^ +Running |\Z)", text, re.DOTALL | re.MULTILINE):
        names = re.findall(r"^test (\S+) .*\bFAILED$", printed, re.MULTILINE)
        failed[target.rsplit("/", 1)[-1]] = names
    # One that died without a word has failed as a whole: no name says what to run again.
    died = [target for target in re.findall(r"^ +`.*--test (\S+)`$", text, re.MULTILINE) if not failed.get(target)]
    if died:
        sys.exit(f"{', '.join(died)} did not run to the end")
    return process.wait(), {target: names for target, names in failed.items() if names}


def main():
    command = [*sys.argv[1:], "--no-fail-fast"]
    code, failed = run(command)
    if code != 0 and not failed:
        sys.exit(code)  # It was not built.
    base = without_targets(command)
    flaky, lost = [], []
    for target, names in failed.items():
        for attempt in range(2, TRIES + 1):
            code, still = run([*base, "--test", target, "--", "--exact", *names])
            left = still.get(target, [] if code == 0 else names)
            flaky += [f"FLAKY {attempt}/{TRIES} {target} {name}" for name in names if name not in left]
            names = left
            if not names:
                break
        lost += [f"FAILED {TRIES}/{TRIES} {target} {name}" for name in names]
    print("\n".join([*flaky, *lost]) or "no test was flaky")
    sys.exit(1 if lost else 0)


def without_targets(command):
    kept, words = [], iter(command)
    for word in words:
        if word == "--test":
            next(words)
        else:
            kept.append(word)
    return kept


main()
