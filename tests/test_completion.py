"""The scripts for shells, each in a real shell that completes with it."""

import os
import pty
import re
import select
import shutil
import subprocess

import pytest

from tacrochat.cli import main

TRY_IN_BASH = """
source ./script
try() {  # complete the last word, as the shell does when Tab is pressed
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE} COMPREPLY=()
  $(complete -p tacrochat | sed 's/.* -F \\([^ ]*\\) .*/\\1/') tacrochat "${@: -1}" "${@: -2:1}"
  printf '%s\n' "${COMPREPLY[@]}"
}
"""


@pytest.fixture
def folder(tmp_path, capsys):
    """A folder to complete in, with a function that writes the script of a shell into it."""
    (tmp_path / "documents").mkdir()
    (tmp_path / "my documents").mkdir()
    (tmp_path / "domain").write_text("")

    def script(shell, path="script"):
        capsys.readouterr()
        assert main(["completion", shell]) == 0
        (tmp_path / path).write_text(capsys.readouterr().out)
        return tmp_path

    return script


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash on this machine")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["ser"], {"serve"}),
        (["serve", "--fol"], {"--folder"}),
        (["serve", "do"], {"documents"}),
        (["serve", "med", "=", "do"], {"documents"}),  # as bash splits med=do
        (["ask", "why", "--folder", "do"], {"documents"}),
        (["verify", "do"], {"documents", "domain"}),
        (["completion", ""], {"bash", "zsh", "fish"}),
        (["ask", "why", "--kind", "case"], {"case\\ series"}),
    ],
)
def test_bash(folder, line, words):
    done = subprocess.run(
        ["bash", "-c", TRY_IN_BASH + 'try "$@"', "bash", "tacrochat", *line],
        cwd=folder("bash"), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert set(done.stdout.splitlines()) == words


@pytest.mark.skipif(not shutil.which("fish"), reason="no fish on this machine")
def test_fish(folder):
    command = 'source ./script; complete -C "tacrochat ser"; complete -C "tacrochat serve --folder do";'
    command += 'complete -C "tacrochat ask why --kind case"'
    done = subprocess.run(
        ["fish", "-c", command], cwd=folder("fish"), capture_output=True, text=True, check=True
    )
    assert [line.split("\t")[0] for line in done.stdout.splitlines()] == [
        "serve", "documents/", "case series",
    ]  # fmt: skip


SHELLS = {
    "bash": ("script", ["bash", "--norc", "-i"], "source ./script;"),
    "zsh": (
        "_tacrochat",
        ["zsh", "-f", "-i"],
        'fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D; bindkey "^I" complete-word;',
    ),
}
"""The name of the script, the shell, and what makes it complete."""
ECHO = ' tacrochat() { for word; do printf "<%s>\\n" "$word"; done; echo e""nd; }; echo r""eady\n'


@pytest.mark.parametrize("shell", SHELLS)
def test_tab_is_pressed_in_a_terminal(folder, shell):
    """Only the line editor of a shell inserts what it completes, spaces among it."""
    if not shutil.which(shell):
        pytest.skip(f"no {shell} on this machine")
    name, command, setting_up = SHELLS[shell]
    where = folder(shell, name)
    terminal, its_end = pty.openpty()
    environment = os.environ | {"TERM": "dumb", "HOME": str(where), "ZDOTDIR": str(where)}
    started = subprocess.Popen(
        command, cwd=where, env=environment, stdin=its_end, stdout=its_end, stderr=its_end,
        start_new_session=True,
    )  # fmt: skip
    os.close(its_end)

    def printed(until):
        text = b""
        while until not in text:
            assert select.select([terminal], [], [], 60)[0], text
            text += os.read(terminal, 4096)
        return text.decode()

    try:
        os.write(terminal, (setting_up + ECHO).encode())
        printed(b"ready\r")
        os.write(terminal, b"tacrochat as\twhy --kin\tcase\t --fol\tmy\t\n")
        words = re.findall("^<(.*)>\r", printed(b"end\r"), re.MULTILINE)
        assert words[:5] == ["ask", "why", "--kind", "case series", "--folder"]
        assert words[5].rstrip("/") == "my documents"
    finally:
        started.kill()  # an interactive zsh ignores SIGTERM
        started.wait()
        os.close(terminal)
