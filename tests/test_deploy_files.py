"""The files for deploying name options that exist, one path and port, and no user root."""

import json
import re
import shlex

import pytest

from material import ROOT
from tacrochat.cli.parser import make_parser

PAGE = (ROOT / "docs" / "deploy.md").read_text("utf-8")
CONTAINER = (ROOT / "Containerfile").read_text("utf-8")
UNIT = (ROOT / "deploy" / "tacrochat.service").read_text("utf-8")
NGINX = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
CADDY = (ROOT / "deploy" / "Caddyfile").read_text("utf-8")


def joined(text):
    return re.sub(r"\\\n\s*", "", text)


def commands():
    """Yield the arguments of every command ``tacrochat VERB`` that these files run."""
    yield json.loads(re.search(r"^CMD (\[.*\])$", CONTAINER, re.MULTILINE)[1])
    yield shlex.split(re.search(r"^ExecStart=\S+ (.*) \$MORE$", joined(UNIT), re.MULTILINE)[1])
    blocks = re.findall(r"^```console\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for line in joined("\n".join(blocks)).splitlines():
        found = re.search(r"(?:/bin/| )tacrochat ((?:serve|doctor|user|token) ?.*)", line)
        if found:
            yield shlex.split(found[1])
    for found in re.findall(r"`tacrochat ((?:doctor|report|build) [^`]*)`", PAGE):
        yield shlex.split(found)


@pytest.mark.parametrize("arguments", list(commands()), ids=" ".join)
def test_every_command_is_one_that_the_shell_takes(arguments):
    make_parser().parse_args(arguments)


def test_there_are_commands():
    verbs = [arguments[0] for arguments in commands()]
    assert verbs.count("serve") >= 3
    assert {"doctor", "report", "user", "token"} <= set(verbs)


def test_path_port_and_name_are_the_same_everywhere():
    (arguments,) = [a for a in commands() if "--port" in a]
    options = make_parser().parse_args(arguments)
    assert (options.root_path, options.port) == ("/docs", 7860)
    for proxy in (NGINX, CADDY):
        assert f"127.0.0.1:{options.port}" in proxy
        assert f"{options.root_path}/" in proxy
        assert options.allow_host[0] in proxy
    assert f"EXPOSE {options.port}" in CONTAINER


def test_a_drop_in_of_the_page_adds_options_that_the_unit_takes():
    (more,) = re.findall(r'^Environment="MORE=(.*)"$', PAGE, re.MULTILINE)
    (start,) = re.findall(r"^ExecStart=\S+ (.*) \$MORE$", joined(UNIT), re.MULTILINE)
    options = make_parser().parse_args(shlex.split(f"{start} {more}"))
    assert options.tokens.endswith("/tokens")
    assert f"LoadCredential={options.tokens.removeprefix('%d/')}:/etc/tacrochat/tokens" in PAGE


def test_the_health_check_is_kept_by_podman_too():
    """Its own image format has none, and it leaves the line out with no more than a warning."""
    assert "HEALTHCHECK" in CONTAINER
    assert re.findall(r"^\$ podman build (.*)$", PAGE, re.MULTILINE) == ["--format docker -t tacrochat ."]


def test_options_for_pip_reach_everything_that_installs():
    """``python -m build`` installs hatchling without them."""
    assert CONTAINER.count("${PIP_OPTIONS}") == len(re.findall(r"-m pip |-m build ", CONTAINER))


def test_nothing_runs_as_root_and_the_image_is_built_from_what_it_needs():
    assert re.search(r"^USER 10001", CONTAINER, re.MULTILINE)
    assert "DynamicUser=yes" in UNIT
    kept = set((ROOT / ".containerignore").read_text("utf-8").split())
    for name in ("src", "pyproject.toml", "constraints.txt", "README.md", "LICENSE"):
        assert f"!{name}" in kept
        assert (ROOT / name).exists()
