"""Which addresses a server listens on, and what is said of those it cannot use."""

import re
import socket
import subprocess
import sys
import time
import urllib.request

import pytest


def serve(folder, *arguments):
    (folder / "corpus").mkdir(exist_ok=True)
    (folder / "corpus" / "a.md").write_text("# Title\n\nGlow ointment is kept cold.\n")
    command = [sys.executable, "-m", "tacrochat", "serve", *arguments]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--port", "70000"], "--port 70000 is not a port; give 1 to 65535, or 0"),
        (["--port=-1"], "--port -1 is not a port"),
        (["--host", ""], "--host '' is not an address of this machine"),
        (["--host", "not a host"], "--host 'not a host' is not an address"),
        (["--host", "a..b"], "--host 'a..b' is not an address"),
        (["--host", "::g"], "--host '::g' is not an address"),
        (["--host", "127.0.0.1", "--port", "{taken}"], "cannot be used"),
        (["--host", "192.0.2.1", "--port", "0"], "cannot be used"),
        (["--allow-host", "http://x"], "--allow-host 'http://x' is not NAME or NAME:PORT"),
    ],
)
def test_one_line_says_what_is_wrong(tmp_path, arguments, says):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = serve(tmp_path, *[argument.replace("{taken}", port) for argument in arguments])
        _, error = process.communicate(timeout=60)
    assert process.returncode == 1
    assert says in error
    assert len(error.splitlines()) == 1, error


def has_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def test_ipv6_and_any_free_port(tmp_path):
    if not has_ipv6():
        pytest.skip("this machine has no IPv6")
    process = serve(tmp_path, "--host", "::1", "--port", "0")
    try:
        line = process.stdout.readline()
        port = re.fullmatch(r"tacrochat: http://\[::1\]:(\d+) \(Ctrl\+C stops it\)\n", line).group(1)
        assert port != "0"
        with urllib.request.urlopen(f"http://[::1]:{port}/", timeout=20) as response:
            assert response.status == 200
    finally:
        process.terminate()
        process.communicate(timeout=20)


def test_all_addresses_answer_to_numbers_and_to_allowed_names(tmp_path):
    process = serve(tmp_path, "--host", "0.0.0.0", "--port", "0", "--allow-host", "box.example")
    try:
        port = re.search(r":(\d+) ", process.stdout.readline()).group(1)
        time.sleep(0.1)
        answers = {}
        for host in (f"127.0.0.1:{port}", f"localhost:{port}", "box.example", "other.example", "192.0.2.1"):
            request = urllib.request.Request(f"http://127.0.0.1:{port}/", headers={"Host": host})
            try:
                with urllib.request.urlopen(request, timeout=20) as response:
                    answers[host] = response.status
            except urllib.error.HTTPError as error:
                with error:
                    answers[host] = error.code
        assert list(answers.values()) == [200, 200, 200, 421, 421]
    finally:
        process.terminate()
        process.communicate(timeout=20)
