"""The real server with four worker processes: a crowd, and a kill -9 in the middle."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..conftest import PHONE, get


def lines(page):
    found = {}
    for part in page.split("<dt>")[1:]:
        name, _, rest = part.partition(":</dt> <dd>")
        if rest:
            found[name] = rest.partition("</dd>")[0]
    return found


def test_a_crowd_is_counted_to_the_last_and_survives_kill_9(server):
    process, port = server()
    crowd = [f"{PHONE} {n % 200}" for n in range(600)]
    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda agent: get(port, "/", agent)[0], crowd))
    assert statuses == [200] * 600
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()

    _, port = server()
    _, page = get(port, "/", PHONE + " one more")
    shown = lines(page)
    assert shown["Đang truy cập"] == "201"
    assert shown["Hôm nay"] == shown["Tháng này"] == shown["Tất cả"] == "201"


def test_a_worker_that_is_killed_is_replaced_and_counting_goes_on(server):
    process, port = server()
    get(port, "/", PHONE)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGKILL)
    while not _is_dead(children[0]):
        pass  # until then the system deals connections out to it
    seen = set()
    for n in range(40):
        seen.add(get(port, "/", f"{PHONE} {n}")[0])
    assert seen == {200}
    assert lines(get(port, "/", PHONE)[1])["Hôm nay"] == "41"


def _is_dead(process: str) -> bool:
    """Whether nothing of it runs any more: the last thread takes the open sockets with it."""
    try:
        threads = list(Path(f"/proc/{process}/task").iterdir())
        states = [(t / "stat").read_text().rpartition(")")[2].split()[0] for t in threads]
    except (FileNotFoundError, ProcessLookupError):
        return not Path(f"/proc/{process}").exists()
    return states == ["Z"]
