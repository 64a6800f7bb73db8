"""outcome.py LOG EXPECTED: the outcome of each test, beside what is expected; the reasons of failures stand there."""

import os
import re
import sys

log, expected_file = sys.argv[1:]
came = {}
for line in open(log, encoding="utf8"):
    found = re.match(r"(PASSED|FAILED|ERROR|SKIPPED|XFAIL) \S*tests/(test_functional\w*)\.py::(\S+)", line)
    if found:
        came[f"{found[2]}::{found[3]}"] = found[1]
if not came:
    sys.exit(f"no test was run, see {log}")

reasons = {}
if os.path.exists(expected_file):
    for line in open(expected_file, encoding="utf8"):
        if line.strip() and not line.startswith("#"):
            name, _, reason = line.strip().partition("  ")
            reasons[name] = reason.strip()

passed = sorted(name for name, outcome in came.items() if outcome == "PASSED")
failed = sorted(name for name, outcome in came.items() if outcome in ("FAILED", "ERROR"))
skipped = len(came) - len(passed) - len(failed)
print(f"pyftpdlib's functional tests: {len(passed)} pass, {len(failed)} do not, {skipped} are skipped by themselves")

if os.environ.get("FTPROOF_BLESS"):
    with open(expected_file, "w", encoding="utf8") as out:
        out.write("# Which of pyftpdlib's functional tests ftproof serve does not pass, and why. All others pass.\n")
        out.writelines(f"{name}  {reasons.get(name, '?')}\n" for name in failed)
    sys.exit()

news = [f"does not pass any more: {name}" for name in failed if name not in reasons]
news += [f"passes now: {name}" for name in reasons if name in passed]
news += [f"is not there: {name}" for name in reasons if name not in came]
print(*news, sep="\n", end="\n" if news else "")
sys.exit(bool(news))
