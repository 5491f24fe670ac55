#!/usr/bin/env python3
"""Asks a running server what the program will ask it, and holds the answers to what the program takes for granted.

Each case is one request; what came back is printed, with --record also kept byte for byte (status line, headers, body without its
transfer coding). Exit 1 when an answer is not what it should be.

    protocol.py native|python URL CASE ... [--record DIR] [--key SECRET]

native is llama.cpp's own server, python that of llama-cpp-python; they differ, and what is held to is what each is known to do.

Cases:
    models     the list of models, and whether the context's size is told
    stream     an answer in pieces, its finish_reason, its usage, [DONE]
    schema     an answer held to a JSON schema is JSON of that schema
    strict     response_format `json_schema`: taken, or refused in words from which one can tell why
    whole      an answer without a stream
    length     a limit of tokens ends an answer with finish_reason `length`
    overflow   a prompt larger than the context: 400, or an empty stream
    whole-overflow   the same without a stream: 400
    wrong      a question that is none is refused
    unschemed  a schema that means nothing: refused, or not minded
    broken     a model whose words are no UTF-8: an error in the midst of the stream, or some other end
    locked     without the right key: 401
"""

import argparse
import http.client
import json
import pathlib
import sys
import time
import urllib.parse

# Seconds that an answer may take; the model is so small that even a busy machine needs a few.
LONGEST = 120
TEXTS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"text": {"type": "string"}, "refs": {"type": "array", "items": {"type": "string"}}},
        "required": ["text", "refs"],
        "additionalProperties": False,
    },
}
SCHEMA = {
    "type": "object",
    "properties": {"observations": TEXTS, "gaps": TEXTS},
    "required": ["observations", "gaps"],
    "additionalProperties": False,
}


class Unlike(Exception):
    """An answer that is not what it should be."""


def hold(condition, words):
    if not condition:
        raise Unlike(words)


class Answer:
    """What came back, and when its pieces came."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.getheaders()
        self.kind = response.getheader("Content-Type", "")
        self.pieces = []
        until = time.monotonic() + LONGEST
        while piece := response.read1(65536):
            self.pieces.append(piece)
            hold(time.monotonic() < until, f"no end after {LONGEST} s")
        self.body = b"".join(self.pieces)

    def head(self):
        lines = [f"HTTP/1.1 {self.status}"] + [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join(lines).encode() + b"\r\n\r\n"

    def json(self):
        return json.loads(self.body)

    def events(self):
        """The data of each event; comments are left out. Everything must be UTF-8."""
        for line in self.body.decode().splitlines():
            if line.startswith("data:"):
                yield line[5:].strip()

    def chunks(self):
        return [json.loads(data) for data in self.events() if data != "[DONE]"]

    def text(self):
        """The pieces of the answer's text, joined."""
        choices = [choice for chunk in self.chunks() for choice in chunk.get("choices") or []]
        return "".join(choice["delta"].get("content") or "" for choice in choices)

    def finish(self):
        choices = [choice for chunk in self.chunks() for choice in chunk.get("choices") or []]
        return [choice["finish_reason"] for choice in choices if choice.get("finish_reason")]


class Server:
    def __init__(self, kind, url, key, record):
        self.kind = kind
        self.url = urllib.parse.urlsplit(url)
        self.key = key
        self.record = record

    def ask(self, case, body=None, path="/v1/chat/completions", key=None):
        connection = http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=LONGEST)
        headers = {"Content-Type": "application/json"}
        if key or self.key:
            headers["Authorization"] = f"Bearer {key or self.key}"
        content = None if body is None else json.dumps(body)
        connection.request("GET" if body is None else "POST", path, content, headers)
        answer = Answer(connection.getresponse())
        connection.close()
        if self.record:
            (self.record / f"{case}.http").write_bytes(answer.head() + answer.body)
        return answer


def question(prompt="Say what you see.", tokens=4000, **more):
    """As the program asks: two messages, a stream with its usage, a limit of tokens."""
    messages = [{"role": "system", "content": "Answer in JSON."}, {"role": "user", "content": prompt}]
    asked = {"model": "babble", "messages": messages, "max_tokens": tokens, "temperature": 1.0, "seed": 3}
    asked |= {"stream": True, "stream_options": {"include_usage": True}}
    return asked | more


def held_to(schema, server=None):
    """The schema as OpenAI has it, or in the older way where the server knows no other."""
    if server and server.kind == "python":
        return {"type": "json_object", "schema": schema}
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}


def fits(answer):
    """Whether a text is JSON of the schema above."""
    told = json.loads(answer)
    hold(set(told) == {"observations", "gaps"}, f"keys {sorted(told)}")
    for statement in told["observations"] + told["gaps"]:
        hold(set(statement) == {"text", "refs"}, f"keys {sorted(statement)}")
        hold(isinstance(statement["text"], str) and all(isinstance(ref, str) for ref in statement["refs"]), statement)
    return told


def models(server):
    answer = server.ask("models", path="/v1/models")
    hold(answer.status == 200, f"status {answer.status}")
    first = answer.json()["data"][0]
    context = (first.get("meta") or {}).get("n_ctx")
    hold((context is None) == (server.kind == "python"), f"context {context}")
    return f"model {first['id']!r}, context {context or 'not told'}"


def stream(server):
    answer = server.ask("stream", question(tokens=40))
    hold(answer.status == 200 and answer.kind.startswith("text/event-stream"), f"{answer.status} {answer.kind}")
    hold(len(answer.pieces) > 1, "everything came at once")
    hold(list(answer.events())[-1] == "[DONE]", "no [DONE] at the end")
    hold(len(answer.finish()) == 1, f"finish_reason {answer.finish()}")
    told = f"{len(answer.pieces)} pieces, finish_reason {answer.finish()[0]}"
    usages = [chunk for chunk in answer.chunks() if chunk.get("usage")]
    if server.kind == "python":
        hold(not usages, f"{len(usages)} chunks with usage")
        return f"{told}, no usage"
    hold(len(usages) == 1, f"{len(usages)} chunks with usage")
    usage = usages[0]["usage"]
    hold(usage["completion_tokens"] > 0 and usage["prompt_tokens"] > 0, usage)
    return f"{told}, usage {usage}, choices beside it {usages[0]['choices']}, timings {sorted(usages[0]['timings'])}"


def schema(server):
    answer = server.ask("schema", question(response_format=held_to(SCHEMA, server)))
    hold(answer.status == 200, answer.body[:300])
    hold(answer.finish() == ["stop"], f"finish_reason {answer.finish()}")
    told = fits(answer.text())
    return f"{len(told['observations'])} observations and {len(told['gaps'])} gaps in {len(answer.text())} bytes"


def strict(server):
    answer = server.ask("strict", question(tokens=10, response_format=held_to(SCHEMA)))
    if server.kind == "native":
        hold(answer.status == 200, f"status {answer.status}")
        return "taken"
    hold(answer.status == 500, f"status {answer.status}")
    words = answer.json()["error"]["message"]
    hold("json_schema" in words, words)
    return f"500 {words}"


def whole(server):
    asked = question(response_format=held_to(SCHEMA, server), stream=False)
    del asked["stream_options"]
    answer = server.ask("whole", asked)
    hold(answer.status == 200 and answer.kind.startswith("application/json"), f"{answer.status} {answer.kind}")
    told = answer.json()
    fits(told["choices"][0]["message"]["content"])
    return f"finish_reason {told['choices'][0]['finish_reason']}, usage {told['usage']}"


def length(server):
    answer = server.ask("length", question(tokens=10, response_format=held_to(SCHEMA, server)))
    hold(answer.status == 200, f"status {answer.status}")
    hold(answer.finish() == ["length"], f"finish_reason {answer.finish()}")
    return f"after {answer.text()!r}"


def overflow(server):
    answer = server.ask("overflow", question(prompt="x" * 40000))
    if server.kind == "python":
        hold(answer.status == 200, f"status {answer.status}")
        hold(answer.body == b"", answer.body[:300])
        return "200 and an empty stream that ends well"
    return refused_for_size(answer)


def whole_overflow(server):
    asked = question(prompt="x" * 40000, stream=False)
    del asked["stream_options"]
    return refused_for_size(server.ask("whole-overflow", asked))


def refused_for_size(answer):
    hold(answer.status == 400, f"status {answer.status}")
    error = answer.json()["error"]
    hold("context" in error["message"], error)
    return json.dumps(error)


def wrong(server):
    answer = server.ask("wrong", {"model": "babble", "stream": True, "max_tokens": 5, "messages": 7})
    hold(400 <= answer.status <= 599, f"status {answer.status}")
    return f"{answer.status} {answer.body[:300].decode()}"


def unschemed(server):
    answer = server.ask("unschemed", question(tokens=10, response_format=held_to({"type": "nothing"}, server)))
    hold(answer.status == (400 if server.kind == "native" else 200), f"status {answer.status}")
    return f"{answer.status} {answer.body[:300].decode() if server.kind == 'native' else answer.text()}"


def broken(server):
    answer = server.ask("broken", question(tokens=400, response_format=held_to(SCHEMA, server)))
    hold(answer.status == 200, f"status {answer.status}")
    done = "then [DONE]" if list(answer.events())[-1:] == ["[DONE]"] else "no [DONE]"
    errors = [chunk for chunk in answer.chunks() if "error" in chunk]
    if server.kind == "native":
        hold(len(errors) == 1, f"{len(errors)} events with an error")
        hold(not answer.finish(), f"finish_reason {answer.finish()}")
    return f"{len(answer.chunks())} chunks, errors {json.dumps(errors)}, finish_reason {answer.finish()}, {done}"


def locked(server):
    answer = server.ask("locked", question(), key="not the key")
    hold(answer.status == 401, f"status {answer.status}")
    return answer.body[:300].decode()


ALL = (models, stream, schema, strict, whole, length, overflow, whole_overflow, wrong, unschemed, broken, locked)
CASES = {case.__name__.replace("_", "-"): case for case in ALL}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("kind", choices=["native", "python"])
    arguments.add_argument("url")
    arguments.add_argument("cases", nargs="+", choices=sorted(CASES), metavar="CASE")
    arguments.add_argument("--record", type=pathlib.Path, metavar="DIR")
    arguments.add_argument("--key", metavar="SECRET")
    asked = arguments.parse_args()
    if asked.record:
        asked.record.mkdir(parents=True, exist_ok=True)
    server = Server(asked.kind, asked.url, asked.key, asked.record)
    bad = 0
    for name in asked.cases:
        try:
            print(f"ok      {name}: {CASES[name](server)}")
        except (Unlike, OSError, http.client.HTTPException, ValueError, LookupError) as error:
            print(f"FAILED  {name}: {type(error).__name__}: {error}")
            bad += 1
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
