#!/usr/bin/env python3
"""Runs the whole program on a small tree against a running server, and holds the report to what a reader may expect of it.

The tree is made here: a week of runs of a small service, scanned once as history, then three runs in which it became slower, scanned
again. Whatever the server says or does, each scan must succeed, each report must be there, hold its numbers (`report --check`), and
say what became of the models.

    whole.py BINARY DIR URL CASE [--context N] [--predict N] [--key SECRET]

DIR is where the tree is made; the reports stay there to be looked at. CASE names what is expected of the server:
    answers   it answers under the schema, to the end: noise, of which nothing can be used
    cut       the limit of tokens (--predict) is too small for an answer
    breaks    its model's words are no UTF-8: it breaks off its answers in their midst, or makes something of them
    small     its context is smaller than the configuration says
    locked    it wants a key that is not given
    absent    nothing answers there
Exit 1 when something is not so.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import time

# What the report must say of the calls, as regular expressions; any of them, in any case of letters.
SAID = {
    "answers": [r"nothing of it could be used", r"partly"],
    "cut": [r"the model was cut off"],
    "breaks": [r"the server failed", r"broke off", r"the model was cut off", r"nothing of it could be used", r"left alone"],
    "small": [r"exceeds the available context size", r"no JSON object with the fields", r"ended before it was finished", r"left alone", r"nothing of it could be used"],
    "locked": [r"\b401\b"],
    "absent": [r"nothing answers there"],
}


def runs():
    """Latency and throughput of two requests, run by run: steady, then slower in the last three runs."""
    for day in range(1, 11):
        slower = 1.4 if day > 7 else 1.0
        wobble = 1 + ((day * 7) % 5 - 2) / 200
        yield day, [
            {"request": name, "latency_ms": round(base * slower * wobble, 3), "throughput_rps": round(9000 / base / slower / wobble, 2)}
            for name, base in (("login", 12.0), ("search", 48.0))
        ]


def put(tree, days):
    for day, results in runs():
        if day in days:
            path = tree / "reports" / f"service-202610{day:02d}-120000.json"
            path.write_text(json.dumps({"benchmark": "service", "host": "lab", "results": results}, indent=1))


CONFIGURATION = """
[agents]
backend = "openai"
url = "{url}"
model = "babble"
num_ctx = {context}
num_predict = {predict}
temperature = 1.0
seed = 3
# A server on a busy machine is slow, and that is not what is tried here.
deadline = "10m"
mail_deadline = "10m"

[agents.limits]
first_byte = "5m"
idle = "2m"
"""


class Check:
    def __init__(self, asked):
        self.binary = asked.binary
        self.tree = asked.dir.resolve()
        self.case = asked.case
        self.bad = 0
        (self.tree / "reports").mkdir(parents=True)
        text = CONFIGURATION.format(url=asked.url, context=asked.context, predict=asked.predict)
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.tree), "TZ": "UTC"}
        if asked.key:
            text = text.replace("[agents]", '[agents]\nkey_env = "BABBLE_KEY"', 1)
            self.environment["BABBLE_KEY"] = asked.key
        (self.tree / "chimera-insight.toml").write_text(text)

    def hold(self, condition, words):
        print(f"{'ok     ' if condition else 'FAILED '} {self.case}: {words}")
        self.bad += not condition

    def run(self, *arguments):
        done = subprocess.run(
            [self.binary, *arguments], cwd=self.tree, env=self.environment, capture_output=True, text=True, timeout=900
        )
        self.hold(done.returncode == 0, f"`{' '.join(arguments)}` exits with {done.returncode}")
        if done.returncode != 0:
            print(done.stdout[-2000:], done.stderr[-2000:], sep="\n")
        return done.stdout

    def landing(self, days, slower):
        """One scan and what it leaves."""
        put(self.tree, days)
        began = time.monotonic()
        told = json.loads(self.run("scan", "--json") or "{}")
        took = time.monotonic() - began
        reports = told.get("reports") or []
        self.hold(len(reports) == 1, f"one report of the landing, {took:.1f} s, seconds {told.get('seconds')}")
        verdicts = sorted(verdict["verdict"] for verdict in told.get("verdicts") or [])
        self.hold(verdicts == (["regression"] * 4 if slower else []), f"verdicts {verdicts}")
        self.hold(len(told.get("mails") or []) == slower, f"mails {len(told.get('mails') or [])}")
        self.run("report", "--check")
        if reports:
            self.verify(reports[0])
            self.page(reports[0])

    def verify(self, path):
        """What anybody's report would be asked. It does not know every number of ours (those in a server's own words, say), so the
        ones without support are told and not held against it."""
        done = subprocess.run([self.binary, "verify", path, "--json"], cwd=self.tree, env=self.environment, capture_output=True, text=True)
        claims = json.loads(done.stdout)["claims"]
        verdicts = [claim["verdict"] for claim in claims]
        wrong = [claim["text"] for claim in claims if claim["verdict"] == "contradicted"]
        self.hold(not wrong, f"`verify` contradicts nothing: {len(claims)} claims, {verdicts.count('unsupported')} unsupported {wrong or ''}")

    def page(self, path):
        """What a reader may expect of a report, whatever the models did."""
        report = (self.tree / path).read_text()
        said = any(re.search(words, report, re.IGNORECASE) for words in SAID[self.case])
        self.hold(said, f"the report says what happened ({' or '.join(SAID[self.case])})")
        self.hold("babble" in report, "the report names the model")
        self.hold("withheld" not in report, "nothing of the report is withheld")
        for part in ("Executive summary", "Recommendations", "Risk", "Mitigation"):
            self.hold(part.lower() in report.lower(), f"the report has its part `{part}`")
        odd = sorted({f"U+{ord(c):04X}" for c in report if ord(c) < 32 and c != "\n" or 0xE000 <= ord(c) <= 0xF8FF or c == "\ufffd"})
        self.hold(not odd, f"no character that does not print {odd}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("binary")
    arguments.add_argument("dir", type=pathlib.Path)
    arguments.add_argument("url")
    arguments.add_argument("case", choices=sorted(SAID))
    arguments.add_argument("--context", type=int, default=16384)
    arguments.add_argument("--predict", type=int, default=2000)
    arguments.add_argument("--key", metavar="SECRET")
    check = Check(arguments.parse_args())
    check.landing(range(1, 8), slower=False)
    check.landing(range(8, 11), slower=True)
    sys.exit(1 if check.bad else 0)


if __name__ == "__main__":
    main()
