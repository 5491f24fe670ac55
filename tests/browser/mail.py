#!/usr/bin/env python3
"""Takes the HTML part of the newest regression mail of an outbox apart, for a browser: mail.py OUTBOX PATH-WITHOUT-EXTENSION.
The picture is written beside it and stands in for its Content-ID. An outbox without a mail gives no page."""

import email
import email.policy
import pathlib
import sys


def main():
    outbox, into = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    mails = sorted(outbox.glob("*.eml"), key=lambda path: path.stat().st_mtime_ns) if outbox.is_dir() else []
    if not mails:
        print(f"no mail in {outbox}")
        return
    message = email.message_from_bytes(mails[-1].read_bytes(), policy=email.policy.default)
    html = message.get_body(("html",)).get_content()
    for part in message.walk():
        if part.get_content_maintype() == "image":
            picture = into.with_suffix(".png")
            picture.write_bytes(part.get_payload(decode=True))
            html = html.replace("cid:" + part["Content-ID"].strip("<>"), picture.name)
    into.with_suffix(".html").write_text(html, encoding="utf-8")


if __name__ == "__main__":
    main()
