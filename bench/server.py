"""Requests per second and memory of the portal, and of a bare Flask view of the same size."""

import http.client
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
AGENT = "Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36"
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


def serve(module: str, folder: Path, environment: dict) -> tuple[subprocess.Popen, int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "deploy/gunicorn.conf.py"),
         "--bind", f"127.0.0.1:{port}", "--workers", "2", module],
        cwd=folder, env=os.environ | environment, start_new_session=True,
    )  # fmt: skip
    for _ in range(200):
        try:
            fetch(port)
            return process, port
        except ConnectionError:
            time.sleep(0.1)
    raise SystemExit(f"{module} does not answer")


def fetch(port: int, agent: str = AGENT) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/", headers={"User-Agent": agent})
    body = connection.getresponse().read()
    connection.close()
    return body


def load(port: int) -> list[float]:
    """The seconds of each answer, over some seconds; each connection is a visitor of its own."""
    times: list[float] = []
    end = time.monotonic() + SECONDS

    def visitor(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {"User-Agent": f"{AGENT} {number}", "Accept-Encoding": "gzip"}
        while time.monotonic() < end:
            begun = time.monotonic()
            connection.request("GET", "/", headers=headers)
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


def memory(process: subprocess.Popen) -> float:
    """Megabytes of the largest worker."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    sizes = [
        int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{child}/status").read_text())[1])
        for child in children
    ]
    return max(sizes) / 1000


def measure(name: str, module: str, folder: Path, environment: dict) -> float:
    process, port = serve(module, folder, environment)
    try:
        load(port)  # warm
        times = sorted(load(port))
        rate = len(times) / SECONDS
        print(
            f"{name:<28}{rate:8.0f} req/s   median {statistics.median(times) * 1000:6.1f} ms   "
            f"p99 {times[int(len(times) * 0.99)] * 1000:6.1f} ms   worker {memory(process):5.1f} MB"
        )
        return rate
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = {
            "TANKY_INSTANCE": str(folder / "instance"),
            "MALLOC_ARENA_MAX": "2",
            "MALLOC_MMAP_THRESHOLD_": "1048576",
        }
        subprocess.run(
            [sys.executable, "-m", "flask", "tanky", "setup"],
            cwd=ROOT, env=os.environ | environment, check=True, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        process, port = serve("wsgi:app", ROOT, environment)
        page = fetch(port, "curl").decode()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        (folder / "page.html").write_text(page + "{{ name }}")
        (folder / "bare.py").write_text(BARE)
        print(f"home page of {len(page.encode()):,} bytes, {CONNECTIONS} connections, 2 workers")
        bare = measure("bare Flask view", "bare:app", folder, {})
        ours = measure("home page, visits counted", "wsgi:app", ROOT, environment)
        print(f"ratio {ours / bare:.2f}")


if __name__ == "__main__":
    main()
