#!/usr/bin/env python3
"""Makes the trees that the pages are looked at with: trees.py INTO NAME, where NAME is one of
    three    a serving benchmark with twenty quiet nights, then five in which two quantities of one model and one of another got worse and
             one got better; to be scanned once before `trees.py INTO three --late` adds the bad nights
    hostile  names that try to break out of HTML, Markdown, headers and terminals, with the same history
Everything is seeded: the same call makes the same bytes."""

import argparse
import csv
import datetime
import hashlib
import json
import pathlib
import random

START = datetime.datetime(2026, 3, 1, 2, 0, tzinfo=datetime.timezone.utc)
NIGHTS, BAD = 20, 5
HOSTILE = [
    "<script>window.hit=1</script>",
    '"><img src=x onerror=window.hit=1>',
    "[click](javascript:window.hit=1)",
    "line\r\nBcc: evil@example.org",
    "\u202egnp.elif",
    "\x1b[31mred\x1b[0m",
    "n" * 300,
    "🚀 café 名前",
    "`code` | pipe *star* _under_",
    "=cmd|' /C calc'!A0",
]


def commit(night):
    return hashlib.sha1(f"night {night}".encode()).hexdigest()


def noisy(rng, level, part=0.01):
    return level * (1 + rng.gauss(0, part))


def serving(into, nights):
    """One JSON a night: two models at three batch sizes, with what it ran on."""
    for night in nights:
        rng = random.Random(night)
        at = START + datetime.timedelta(days=night)
        bad = night >= NIGHTS
        results = []
        for model in ["gemma3", "llama3.1"]:
            for batch in [1, 4, 16]:
                ttft = noisy(rng, 0.18 * batch**0.3)
                rate = noisy(rng, 76 * batch**0.7)
                memory = noisy(rng, 5.2e9 + 2e8 * batch, 0.002)
                if bad and model == "gemma3":
                    ttft, rate = ttft * 1.17, rate * 0.91
                if bad and model == "llama3.1":
                    memory *= 1.08
                if bad and model == "llama3.1" and batch == 16:
                    ttft *= 0.85
                results.append(
                    {"model": model, "batch_size": batch, "ttft_s": round(ttft, 5),
                     "tokens_per_s": round(rate, 3), "peak_memory_bytes": int(memory)})
        body = {"timestamp": at.isoformat(), "commit": commit(night), "host": "bench-3", "results": results}
        place = into / "reports" / "serving"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"serving_{at:%Y%m%d-%H%M%S}.json").write_text(json.dumps(body, indent=1))


def hostile(into, nights):
    """One CSV a night, with a hostile name in every place that the data can name."""
    place = into / "csv_data" / "a <b> & 'c' 🚀"
    place.mkdir(parents=True, exist_ok=True)
    for night in nights:
        rng = random.Random(night)
        at = START + datetime.timedelta(days=night)
        with open(place / f"x\"onmouseover=alert(1) {at:%Y%m%d-%H%M%S}.csv", "w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            out.writerow(["case", "commit", "latency <b>bold</b> (ms)", "throughput \u202e[x](javascript:1) (req/s)"])
            for name in HOSTILE:
                worse = 1.3 if night >= NIGHTS else 1.0
                out.writerow([name, commit(night), round(noisy(rng, 12.0) * worse, 4), round(noisy(rng, 900), 2)])
    (into / "reports").mkdir(exist_ok=True)
    broken = into / "reports" / "<img src=x onerror=window.hit=1>.json"
    if nights and nights[0] == 0:
        broken.write_text("{ this is no JSON </script><script>window.hit=1</script>")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("into", type=pathlib.Path)
    parser.add_argument("name", choices=["three", "hostile"])
    parser.add_argument("--late", action="store_true", help="the nights in which something moved, instead of those before")
    args = parser.parse_args()
    nights = list(range(NIGHTS, NIGHTS + BAD)) if args.late else list(range(NIGHTS))
    {"three": serving, "hostile": hostile}[args.name](args.into, nights)


if __name__ == "__main__":
    main()
