#!/usr/bin/env python3
"""Reads mails as Python's email package does, and tells how they are built: mime.py FILE...

One JSON array, an object a mail: its headers, its parts as a tree, and what is wrong with it."""

import email
import email.policy
import json
import pathlib
import sys

HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "List-Id", "Auto-Submitted"]


def part_of(message):
    told = {"type": message.get_content_type()}
    for name in ["Content-ID", "Content-Disposition", "Content-Transfer-Encoding"]:
        if message[name]:
            told[name] = str(message[name])
    if message.is_multipart():
        told["parts"] = [part_of(part) for part in message.iter_parts()]
        return told
    content = message.get_content()
    if isinstance(content, bytes):
        told["starts"], told["bytes"] = content[:8].hex(), len(content)
    else:
        told["text"] = content.replace("\r\n", "\n")
    return told


def faults_of(raw, message):
    """What the parser had to mend, and what no mail of ours may be."""
    faults = [type(defect).__name__ for part in message.walk() for defect in part.defects]
    faults += [f"{name}: {defect}" for name, value in message.items() for defect in value.defects]
    if not raw.isascii():
        faults.append("not ASCII")
    if any(len(line) > 998 for line in raw.splitlines()):
        faults.append("a line of more than 998 characters")
    names = [name.lower() for name in message.keys()]
    faults += sorted({f"{name} stands twice" for name in names if names.count(name) > 1 and name != "received"})
    return faults


def main():
    told = []
    for path in sys.argv[1:]:
        raw = pathlib.Path(path).read_bytes()
        message = email.message_from_bytes(raw, policy=email.policy.default)
        own = [name for name in message.keys() if name.lower().startswith("x-chimera-")]
        headers = {name: str(message[name]) for name in HEADERS + own if message[name] is not None}
        told.append({"headers": headers, "body": part_of(message), "faults": faults_of(raw, message)})
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
