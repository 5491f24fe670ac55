#!/usr/bin/env python3
"""Writes a language model that knows nothing: a llama architecture of random weights, about half a megabyte of GGUF.

Its tokens are the 256 bytes and the three control tokens that every such vocabulary has, so any text can be asked and any bytes can be
answered, and one token is one byte. The weights come from a generator whose stream is fixed for good, so equal arguments write equal
bytes. What it answers is noise; what can be tested with it is everything around the answer.

Of `words` the noise is printable ASCII: an answer under a JSON schema then comes to its end. Of `bytes` it leans to what is no UTF-8 at
all: llama.cpp's own parser gives up in the midst of the stream.

    model.py FILE words|bytes [--context 16384] [--seed 7]
"""

import argparse

import gguf
import numpy as np

WIDTH = 64
HEADS = 2
LAYERS = 2
INNER = 128
CONTROL = ["<unk>", "<s>", "</s>"]

# What a template of a real model does, at its least: who speaks, then what is said.
TEMPLATE = (
    "{% for message in messages %}[{{ message['role'] }}]\n{{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}[assistant]\n{% endif %}"
)


def describe(writer: gguf.GGUFWriter, context: int) -> None:
    """The metadata that llama.cpp asks of a llama architecture, and the name the server shows."""
    writer.add_name("chimera-babble")
    writer.add_context_length(context)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)


def tokenizer(writer: gguf.GGUFWriter) -> int:
    """A SentencePiece vocabulary without a single piece: everything falls back to bytes. Returns its size."""
    tokens = CONTROL + [f"<0x{byte:02X}>" for byte in range(256)]
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL] + [gguf.TokenType.BYTE] * 256
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(kinds)
    writer.add_vocab_size(len(tokens))
    writer.add_unk_token_id(0)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(True)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(TEMPLATE)
    return len(tokens)


def leaning(kind: str, size: int) -> np.ndarray:
    """How much likelier or unlikelier than the others each token is: something like words and sentences, or broken UTF-8."""
    lean = np.full(size, -60.0 if kind == "words" else 0.0, dtype=np.float32)
    lean[CONTROL.index("</s>")] = 0.0

    def put(first: str, last: str, value: float) -> None:
        lean[len(CONTROL) + ord(first) : len(CONTROL) + ord(last) + 1] = value

    if kind == "bytes":
        put("\x80", "\xff", 3.0)
        return lean

    put(" ", "~", 0.0)
    put("a", "z", 2.0)
    put(" ", " ", 4.0)
    put('"', '"', 1.5)
    put(".", ".", 2.5)
    put("\\", "\\", -60.0)
    return lean


def weights(writer: gguf.GGUFWriter, size: int, seed: int, lean: np.ndarray) -> None:
    """Random matrices of the usual scale, and norms that leave things as they are.

    The leaning needs something that is the same at each place of a text: the first number of every embedding is then a constant that no
    layer writes to, and what the output makes of it leans to the same side always.
    """
    # RandomState, not default_rng: numpy promises that its stream never changes.
    noise = np.random.RandomState(seed)

    def matrix(name: str, rows: int, columns: int) -> None:
        values = (noise.standard_normal((rows, columns)) / np.sqrt(columns)).astype(np.float32)
        if name == "token_embd.weight":
            values[:, 0] = 1.0
        elif name.endswith(("attn_output.weight", "ffn_down.weight")):
            values[0, :] = 0.0
        elif name == "output.weight":
            values[:, 0] = lean
        writer.add_tensor(name, values)

    def norm(name: str) -> None:
        writer.add_tensor(name, np.ones(WIDTH, dtype=np.float32))

    matrix("token_embd.weight", size, WIDTH)
    for layer in range(LAYERS):
        at = f"blk.{layer}"
        norm(f"{at}.attn_norm.weight")
        for part in ("q", "k", "v", "output"):
            matrix(f"{at}.attn_{part}.weight", WIDTH, WIDTH)
        norm(f"{at}.ffn_norm.weight")
        matrix(f"{at}.ffn_gate.weight", INNER, WIDTH)
        matrix(f"{at}.ffn_up.weight", INNER, WIDTH)
        matrix(f"{at}.ffn_down.weight", WIDTH, INNER)
    norm("output_norm.weight")
    matrix("output.weight", size, WIDTH)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("file")
    arguments.add_argument("kind", choices=["words", "bytes"])
    arguments.add_argument("--context", type=int, default=16384, help="tokens, which are bytes here")
    arguments.add_argument("--seed", type=int, default=7)
    asked = arguments.parse_args()

    writer = gguf.GGUFWriter(asked.file, "llama")
    describe(writer, asked.context)
    size = tokenizer(writer)
    weights(writer, size, asked.seed, leaning(asked.kind, size))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
