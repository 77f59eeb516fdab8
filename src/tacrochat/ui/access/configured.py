"""The login that ``tacrochat.yaml`` asks for, if the command line says nothing about it.

Who can change the configuration could let anybody in. So it counts only if nobody else can, its files lie
outside of what is read, and it is read when the server starts, never later. What it asked for when the
index was made is asked for until the index is made without: a drive that is not connected opens nothing.
"""

import contextlib
import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tacrochat.configuration.folders import has_files, is_within
from tacrochat.configuration.login import Login
from tacrochat.configuration.read import load
from tacrochat.configuration.record import NAME, Configuration
from tacrochat.errors import IndexFolderError, TacrochatError
from tacrochat.index.places import place_of
from tacrochat.ui.served import Served, ServerOptions


def with_login(libraries: Sequence[Served], options: ServerOptions) -> ServerOptions:
    """Return the options with the login that the configuration of an only library asks for.

    Raises:
        TacrochatError: it cannot be trusted, is gone, or there are several libraries.

    """
    if options.auth or options.tokens or options.trusted_header or options.trusted_proxies:
        return options  # the command line counts most, and as a whole
    for one in libraries:
        corpus, was_asked = _made_from(one)
        configuration = load(corpus)
        login, file = configuration.login, corpus / NAME
        if login is None and not was_asked:
            continue
        if login is None:
            raise TacrochatError(
                f"{file} asked for a login when {one.index} was made, and does not now; connect its drive"
                f" or put it back, or run 'tacrochat build --index {one.index}' to serve without a login"
            )
        if len(libraries) > 1:
            raise TacrochatError(
                f"{file} asks for a login of its own; give --auth for all {len(libraries)} folders"
            )
        _check(file, login, configuration)
        sys.stderr.write(f"tacrochat: {file} asks for a login, of the people in {login.password_file}\n")
        return replace(
            options,
            auth=f"*:{login.password_file}",
            tokens=str(login.token_file) if login.token_file else None,
            trusted_header=login.trusted_header,
            trusted_proxies=login.trusted_proxies,
        )
    return options


def _made_from(one: Served) -> tuple[Path, bool]:
    """Return the folder of a library, and whether its configuration asked for a login when it was built.

    Raises:
        IndexFolderError: neither the index nor the folder can be read, so that nothing says so.

    """
    try:
        recorded = place_of(one.index).recorded()
    except IndexFolderError:
        if not has_files(one.corpus):
            raise
        recorded = None
    return (Path(recorded[0].corpus), recorded[0].login) if recorded else (one.corpus, False)


def _check(file: Path, login: Login, configuration: Configuration) -> None:
    """Check that nobody else can change a login, nor the files that it names."""
    secrets = [path for path in (login.password_file, login.token_file) if path]
    for folder in configuration.roots(file.parent, configuration.settings()):
        for path in secrets:
            if is_within(os.path.realpath(path), os.path.realpath(folder.path)):
                raise TacrochatError(
                    f"{path}, which {file} names, lies in {folder.path}, which is read; move it out"
                )
    for path in (file, *secrets):
        for part, fault in _open_to_others(path):
            raise TacrochatError(
                f"{file} asks for a login, but {part} {fault}, so that others could change who may log in;"
                f" run 'chown {os.geteuid()} {part}' and 'chmod go-w {part}', or give --auth"
            )


def _open_to_others(path: Path) -> Iterator[tuple[Path, str]]:
    """Yield what others can write of a file, the folders above it, and those that links lead through."""
    if os.name != "posix":
        return
    real = Path(os.path.realpath(path))
    for part in dict.fromkeys((*Path(os.path.abspath(path)).parents, real, *real.parents)):
        with contextlib.suppress(FileNotFoundError):  # said where the file is read
            status = part.stat()
            is_sticky = stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX
            if status.st_uid not in {0, os.geteuid()}:
                yield part, "belongs to somebody else"
            elif status.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not is_sticky:
                yield part, "can be written by others"
