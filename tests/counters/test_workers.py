"""The real server with four worker processes: a crowd, and a kill -9 in the middle."""

import http.client
import os
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ..conftest import PHONE

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def server(tmp_path, sqlite_template):
    """A portal on four workers: ``start()`` gives its process and port."""
    (tmp_path / "tanky.sqlite3").write_bytes(sqlite_template.read_bytes())
    running = []

    def start():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py",
             "--bind", f"127.0.0.1:{port}", "--workers", "4", "wsgi:app"],
            cwd=ROOT, env=os.environ | {"TANKY_INSTANCE": str(tmp_path)}, start_new_session=True,
        )  # fmt: skip
        running.append(process)
        while True:  # answered as soon as it listens; a server that ends instead fails the test
            assert process.poll() is None
            try:
                assert get(port, "/healthz", PHONE)[0] == 200
                return process, port
            except (ConnectionError, http.client.HTTPException):
                pass

    yield start
    for process in running:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def get(port, address, agent):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", address, headers={"User-Agent": agent})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body


def lines(page):
    found = {}
    for part in page.split("<dt>")[1:]:
        name, _, rest = part.partition(":</dt> <dd>")
        if rest:
            found[name] = rest.partition("</dd>")[0]
    return found


def test_a_crowd_is_counted_to_the_last_and_survives_kill_9(server):
    process, port = server()
    crowd = [f"{PHONE} {n % 300}" for n in range(900)]
    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda agent: get(port, "/", agent)[0], crowd))
    assert statuses == [200] * 900
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()

    _, port = server()
    _, page = get(port, "/", PHONE + " one more")
    shown = lines(page)
    assert shown["Đang truy cập"] == "301"
    assert shown["Hôm nay"] == shown["Tháng này"] == shown["Tất cả"] == "301"


def test_a_worker_that_is_killed_is_replaced_and_counting_goes_on(server):
    process, port = server()
    get(port, "/", PHONE)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGKILL)
    seen = set()
    for n in range(40):
        seen.add(get(port, "/", f"{PHONE} {n}")[0])
    assert seen == {200}
    assert lines(get(port, "/", PHONE)[1])["Hôm nay"] == "41"
