#!/usr/bin/env python3
"""Names that try to break out, in what is no page: hostile.py BINARY TREE, of the tree that trees.py made and that was scanned.

Markdown: rendered by another program than ours (commonmark.js where npm has brought it would be a third; here the raw text is looked at),
no raw HTML tag, no link with an active scheme, no control or bidi character. Mails: the headers that we set and no others, no line of
the header section that is too long or not ASCII. Terminal: no escape sequence and no control or bidi character in what commands print.
Prints each fault and exits with 1 if there is any."""

import email
import email.policy
import pathlib
import re
import subprocess
import sys

ACTIVE = re.compile(r"\]\(\s*(javascript|vbscript|data):", re.I)
HIDDEN = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")
OURS = {
    "from", "to", "subject", "date", "message-id", "in-reply-to", "references", "list-id", "auto-submitted", "mime-version", "content-type",
    "content-transfer-encoding",
}


def markdown(tree):
    for path in tree.rglob("insight-*.md"):
        text = path.read_text(encoding="utf-8")
        body = re.sub(r"`+[^`]*`+", "", text.split("\n", 1)[1])
        body = body.replace("\\<", "").replace("\\[", "").replace("\\]", "")
        for fault in re.findall(r"<(?:script|img|b|a|iframe)[ >/]", body, re.I):
            yield f"{path.name}: holds the tag {fault!r} outside of code"
        if ACTIVE.search(body):
            yield f"{path.name}: holds an active link"
        for found in set(HIDDEN.findall(text.replace("\n", ""))):
            yield f"{path.name}: holds the hidden character U+{ord(found):04X}"


def mails(tree):
    for path in (tree / ".chimera-insight" / "outbox").glob("*.eml"):
        raw = path.read_bytes()
        head = raw.split(b"\r\n\r\n", 1)[0]
        for line in raw.split(b"\r\n"):
            if len(line) > 998 or any(byte > 126 for byte in line) or b"\n" in line or b"\r" in line:
                yield f"{path.name}: a line that no server need take: {line[:80]!r}"
        message = email.message_from_bytes(raw, policy=email.policy.default)
        for name in message.keys():
            if name.lower() not in OURS and not name.lower().startswith("x-chimera-"):
                yield f"{path.name}: holds the header {name}"
        if b"\nBcc" in head or message["bcc"]:
            yield f"{path.name}: a name became a recipient"
        for part in ("plain", "html"):
            text = message.get_body((part,)).get_content()
            for found in set(HIDDEN.findall(text.replace("\r\n", "\n"))):
                yield f"{path.name}: its {part} part holds U+{ord(found):04X}"


def terminal(program, tree):
    for command in (["status"], ["series"], ["alerts"], ["runs"], ["alerts", "list", "--all"], ["mail", "outbox"], ["backtest"],
                    ["history", "latency", "--last", "30"], ["report", "--latest"]):
        done = subprocess.run([program, *command, "--root", str(tree)], capture_output=True, check=False)
        text = (done.stdout + done.stderr).decode("utf-8", "replace")
        for found in set(HIDDEN.findall(text.replace("\n", ""))):
            yield f"{' '.join(command)}: prints U+{ord(found):04X}"
        if done.returncode not in (0, 2):
            yield f"{' '.join(command)}: ends with {done.returncode}: {text[-200:]}"


def main():
    program, tree = sys.argv[1], pathlib.Path(sys.argv[2])
    faults = [*markdown(tree), *mails(tree), *terminal(program, tree)]
    print("\n".join(faults + [f"hostile names: {len(faults)} faults"]))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
