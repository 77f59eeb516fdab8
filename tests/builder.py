"""A process that holds the model and forks a child for each build, so that many can be killed.

Run as a script: takes ``CORPUS INDEX LARGEST_FILE COUNT SEGMENT`` lines and answers each with the child's
process id; the number of texts that were encoded goes to the file COUNT, and segments have SEGMENT passages.
``wait PID`` answers with its exit code and its error on one line.
"""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

from once import exported_model

SOURCE = Path(__file__).parent.parent / "src"


class Builder:
    """Starts real builds in processes of their own; use as a context."""

    def __enter__(self):
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
        environment["PYTHONPATH"] = os.pathsep.join([str(SOURCE), environment.get("PYTHONPATH", "")])
        self._mother = subprocess.Popen(
            [sys.executable, __file__, str(exported_model())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        assert self._mother.stdout.readline() == "ready\n"
        return self

    def __exit__(self, *_):
        self._mother.stdin.close()
        self._mother.wait()
        self._mother.stdout.close()

    def start(self, corpus, index, largest_file=0, count="", segment=0):
        return int(self._ask(f"{corpus}\t{index}\t{largest_file}\t{count}\t{segment}"))

    def wait(self, pid):
        """Return the exit code (minus the signal's number) and the error's text."""
        code, _, text = self._ask(f"wait\t{pid}").partition(" ")
        return int(code), text

    def kill(self, pid):
        os.kill(pid, signal.SIGKILL)
        return self.wait(pid)

    def _ask(self, line):
        self._mother.stdin.write(line + "\n")
        self._mother.stdin.flush()
        return self._mother.stdout.readline().rstrip("\n")


def _main():
    from tacrochat.building import build  # noqa: F401  (here once, not in each child)
    from tacrochat.embedding.encoder import Encoder

    encoder = Encoder(exported=Path(sys.argv[1]))
    encoder.encode(["warm"])
    pipes = {}
    print("ready", flush=True)
    for line in sys.stdin:
        first, *rest = line.rstrip("\n").split("\t")
        if first == "wait":
            pid = int(rest[0])
            reader = pipes.pop(pid)
            text = b"".join(iter(lambda: os.read(reader, 65536), b"")).decode()  # noqa: B023
            os.close(reader)
            print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), " ".join(text.split()), flush=True)
            continue
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            _build(encoder, first, *rest, writer)
        os.close(writer)
        pipes[pid] = reader
        print(pid, flush=True)


def _build(encoder, corpus, index, largest_file, count, segment, writer):
    from tacrochat.building import merging
    from tacrochat.building.build import build
    from tacrochat.errors import TacrochatError

    code = 1
    try:
        if int(largest_file):
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest_file), int(largest_file)))
        if int(segment):
            merging._SMALL, merging.LARGEST = 1, int(segment)
        totals = {}
        build(
            corpus, index, encoder=encoder, progress=lambda stage, done, total: totals.update({stage: total})
        )
        if count:
            Path(count).write_text(str(totals.get("passages", 0) + totals.get("sentences", 0)))
        code = 0
    except TacrochatError as error:
        os.write(writer, f"{type(error).__name__}: {error}".encode())
    except BaseException as error:
        code = 70
        os.write(writer, f"unexpected {type(error).__name__}: {error}".encode())
    finally:
        os._exit(code)


if __name__ == "__main__":
    _main()
