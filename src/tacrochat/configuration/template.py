"""The file that ``tacrochat init`` writes: every key with its default, commented out."""

import os
import textwrap
from pathlib import Path

from tacrochat.configuration.keys import KEYS
from tacrochat.configuration.record import NAME
from tacrochat.errors import ConfigurationError

_HEAD = """\
## The configuration of tacrochat for the documents in this folder and below.
## Each line that begins with "# " shows a default. To change one, take the "# " away and write another
## value; lines that begin with "##" are explanations. The command line and TACROCHAT_… variables count
## more than this file. A running server takes up a change within seconds, unless a restart is said.
"""


def template() -> str:
    """Return the text of a configuration that changes nothing."""
    lines = [_HEAD]
    opened = ""
    for key in KEYS:
        outer, _, inner = key.name.rpartition(".")
        about = [*key.about.split("\n"), *([f"A change needs {key.needs}."] if key.needs else [])]
        lines += [f"## {line}" for text in about for line in textwrap.wrap(text, 100)]
        if outer and outer != opened:
            lines.append(f"# {outer}:")
        opened = outer
        lines.append(f"#   {inner}: {key.default}" if outer else f"# {key.name}: {key.default}")
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def write(folder: Path) -> Path:
    """Write the template into a folder, never over a file; returns its path.

    Raises:
        ConfigurationError: there is a file already, or the folder cannot be written.

    """
    path = folder / NAME
    try:
        # Exclusive: neither a file nor what a link leads to is written over.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError as error:
        raise ConfigurationError(f"{path} is there already, and is not written over; edit it") from error
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written ({error.strerror})") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(template())
    return path
