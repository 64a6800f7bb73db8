"""outcome.py LOG LOG_WITHOUT_WORDS EXPECTED: the outcome of each test, beside what is expected.

EXPECTED has the reason of each failure. A failure whose reason is WORDS passes where words do not count, and no other does.
"""

import os
import re
import sys

WORDS = "wants words of its own; the refusals are as it wants them"
LINE = r"(PASSED|FAILED|ERROR|SKIPPED|XFAIL) \S*tests/(test_functional\w*)\.py::(\S+)"


def outcomes(log):
    came = {}
    for line in open(log, encoding="utf8"):
        if found := re.match(LINE, line):
            came[f"{found[2]}::{found[3]}"] = found[1]
    if not came:
        sys.exit(f"no test was run, see {log}")
    return came


def passing(came):
    return {name for name, outcome in came.items() if outcome == "PASSED"}


def expectations(file):
    reasons = {}
    for line in open(file, encoding="utf8"):
        if line.strip() and not line.startswith("#"):
            name, _, reason = line.strip().partition("  ")
            reasons[name] = reason.strip()
    return reasons


log, log_without_words, expected_file = sys.argv[1:]
came, passed = outcomes(log), passing(outcomes(log))
passed_without_words = passing(outcomes(log_without_words))
reasons = expectations(expected_file)
failed = sorted(name for name, outcome in came.items() if outcome in ("FAILED", "ERROR"))
skipped = len(came) - len(passed) - len(failed)
print(f"pyftpdlib's functional tests: {len(passed)} pass, {len(failed)} do not, {skipped} are skipped by themselves;")
print(f"with the words of refusals set aside: {len(passed_without_words)} pass")

if os.environ.get("FTPROOF_BLESS"):
    with open(expected_file, "w", encoding="utf8") as out:
        out.write("# Which of pyftpdlib's functional tests ftproof serve does not pass, and why. All others pass.\n")
        for name in failed:
            known = reasons.get(name, WORDS)
            reason = WORDS if name in passed_without_words else "?" if known == WORDS else known
            out.write(f"{name}  {reason}\n")
    sys.exit()

news = [f"does not pass any more: {name}" for name in failed if name not in reasons]
news += [f"passes now: {name}" for name in reasons if name in passed]
news += [f"is not there: {name}" for name in reasons if name not in came]
news += [
    f"'{WORDS}' is not the reason: {name}" if reason == WORDS else f"fails for its words only: {name}"
    for name, reason in reasons.items()
    if (reason == WORDS) != (name in passed_without_words)
]
print(*news, sep="\n", end="\n" if news else "")
sys.exit(bool(news))
