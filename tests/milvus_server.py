"""Milvus Lite as a server in a process of its own, and the collections in it."""

import copy
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager

from pymilvus import MilvusClient

from tacrochat.embedding.encoder import Encoder


class Remembering(Encoder):
    """The real model, which encodes the same texts once: the tests build the same corpus many times."""

    _known: dict = {}  # noqa: RUF012

    def encode(self, texts, **options):
        return self._once("encode", texts, **options)

    def encode_words(self, texts, spans, **options):
        return self._once("encode_words", texts, spans, **options)

    def encode_question(self, question, spans):
        return self._once("encode_question", question, spans)

    def fastest(self, texts):
        return self._once("fastest", texts)

    def _once(self, name, *values, **options):
        key = name, repr(values)
        if key not in self._known:
            self._known[key] = getattr(super(), name)(*values, **options)
        return copy.deepcopy(self._known[key])


def free_port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(folder, port):
    """Run a server of a folder; yields the process."""
    command = [sys.executable, "-m", "milvus_lite", "server"]
    command += ["--data-dir", folder, "--host", "127.0.0.1", "--port", str(port)]
    with (folder.parent / "server.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            end = time.monotonic() + 60
            while process.poll() is None and time.monotonic() < end:
                with closing(socket.socket()) as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            assert process.poll() is None, (folder.parent / "server.log").read_text()
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.send_signal(signal.SIGINT)
            process.wait(30)


def client(address):
    """Return a client of the vendor's for what an address names."""
    if address.startswith("milvus+file:"):
        return MilvusClient(address.removeprefix("milvus+file:").partition("#")[0])
    return MilvusClient(address.removeprefix("milvus+").rpartition("/")[0])


def generations(address, name):
    """List the generations of an index that have collections."""
    prefix = f"{name}_"
    return {c[len(prefix) :][:12] for c in client(address).list_collections() if c.startswith(prefix)}


def environment(**values):
    return {**os.environ, "OMP_NUM_THREADS": "1", **values}
