"""Requests per second and memory: our pages with each visit counted, a bare Flask view that renders
a template of the same size, and nginx with the same HTML as a file (where it is installed)."""

import http.client
import re
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from servers import (
    AGENT,
    ROOT,
    environment_of,
    fetch,
    has_nginx,
    memory,
    serve,
    serve_files,
    set_up,
    stop,
)

CONNECTIONS = 16
SECONDS = 6
BARE = """
from pathlib import Path
from flask import Flask, render_template
folder = Path(__file__).parent
app = Flask(__name__, template_folder=folder)
@app.get("/")
def page():
    return render_template("page.html", name="x")
"""


def load(port: int, address: str) -> list[float]:
    """The seconds of each answer, over some seconds; each connection is a visitor of its own."""
    times: list[float] = []
    end = time.monotonic() + SECONDS

    def visitor(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {"User-Agent": f"{AGENT} {number}", "Accept-Encoding": "gzip"}
        while time.monotonic() < end:
            begun = time.monotonic()
            connection.request("GET", address, headers=headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise SystemExit(f"answered {answer.status}")
            times.append(time.monotonic() - begun)

    threads = [threading.Thread(target=visitor, args=(n,)) for n in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def measure(name: str, server: tuple[subprocess.Popen, int], address: str = "/") -> float:
    process, port = server
    try:
        load(port, address)  # warm
        times = sorted(load(port, address))
        rate = len(times) / SECONDS
        print(
            f"{name:<28}{rate:8.0f} req/s   median {statistics.median(times) * 1000:6.1f} ms   "
            f"p99 {times[int(len(times) * 0.99)] * 1000:6.1f} ms   worker {memory(process):5.1f} MB"
        )
        return rate
    finally:
        stop(process)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # nginx reads it as another user
        environment = environment_of(folder)
        set_up(environment)
        process, port = serve("wsgi:app", ROOT, environment)
        page = fetch(port, agent="curl").decode()
        article = re.search(r'href="(/tin-tuc/\d+-[^"]*)"', page)[1]
        stop(process)
        (folder / "page.html").write_text(page + "{{ name }}")
        (folder / "bare.py").write_text(BARE)
        print(f"home page of {len(page.encode()):,} bytes, {CONNECTIONS} connections, 2 workers")
        others = {}
        if has_nginx():
            others["nginx, a file"] = serve_files({"index.html": page.encode()}, folder)
        compare(folder, environment, article, others)
        print("with workers of one thread, as behind a proxy (docs/operating.md)")
        compare(folder, environment, article, {}, "--worker-class", "sync", "--threads", "1")


def compare(folder: Path, environment: dict, article: str, others: dict, *options: str) -> None:
    """Measure the bare view and the other servers, then our pages as parts of each."""
    bare = serve("bare:app", folder, {}, *options)
    known = {"bare Flask view": bare, **others}
    rates = {name: measure(name, server) for name, server in known.items()}
    for name, address in (("home page", "/"), ("an article", article)):
        server = serve("wsgi:app", ROOT, environment, *options)
        ours = measure(f"{name}, visits counted", server, address)
        for other, rate in rates.items():
            print(f"    ratio to {other}: {ours / rate:.2f}")


if __name__ == "__main__":
    main()
