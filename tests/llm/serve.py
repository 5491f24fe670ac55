#!/usr/bin/env python3
"""Serves a model over OpenAI's protocol until a signal comes or whoever started it is gone. The first line of its output is the address.

    serve.py native|python MODEL [--context 16384] [--key SECRET]

native: llama.cpp's own HTTP server, that of `llama-server`; the package xllamacpp carries it as a library.
python: the server that the package llama-cpp-python has of its own, on the library of llama.cpp.
"""

import argparse
import os
import socket
import threading
import time

NAME = "babble"


def native(asked):
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = asked.model
    params.model_alias = {NAME}
    params.n_ctx = asked.context
    params.n_parallel = 1
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.cpuparams.n_threads = 1
    params.cpuparams_batch.n_threads = 1
    params.cache_ram_mib = 0
    # The model is the file; nothing is fetched.
    params.offline = True
    if asked.key:
        params.api_keys = [asked.key]
    server = xllamacpp.Server(params)
    print(server.listening_address, flush=True)
    threading.Event().wait()


def python(asked):
    import uvicorn
    from llama_cpp.server.app import create_app
    from llama_cpp.server.settings import ModelSettings, ServerSettings

    model = ModelSettings(
        model=asked.model, model_alias=NAME, n_ctx=asked.context, n_threads=1, n_threads_batch=1, n_gpu_layers=0
    )
    app = create_app(server_settings=ServerSettings(api_key=asked.key), model_settings=[model])
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="info")).run(sockets=[listener])


def end_with(parent):
    """Ends the process when it was left alone, however its starter ended."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("kind", choices=["native", "python"])
    arguments.add_argument("model")
    arguments.add_argument("--context", type=int, default=16384, help="tokens")
    arguments.add_argument("--key", help="ask this of whoever calls, in the Authorization header")
    asked = arguments.parse_args()
    threading.Thread(target=end_with, args=(os.getppid(),), daemon=True).start()
    {"native": native, "python": python}[asked.kind](asked)


if __name__ == "__main__":
    main()
