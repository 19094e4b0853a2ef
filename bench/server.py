"""Requests per second and memory: our pages with each visit counted, a bare Flask view that renders
a template of the same size, and nginx with the same HTML as a file (where it is installed)."""

import gzip
import http.client
import os
import re
import shutil
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


NGINX = """
daemon off; worker_processes 2; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 256; }}
http {{
  access_log off; default_type text/html; gzip_static on; client_body_temp_path {folder}/t;
  proxy_temp_path {folder}/t; fastcgi_temp_path {folder}/t; uwsgi_temp_path {folder}/t;
  scgi_temp_path {folder}/t;
  server {{ listen 127.0.0.1:{port}; root {folder}/www; }}
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def serve(module: str, folder: Path, environment: dict) -> tuple[subprocess.Popen, int]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "deploy/gunicorn.conf.py"),
         "--bind", f"127.0.0.1:{port}", "--workers", "2", module],
        cwd=folder, env=os.environ | environment, start_new_session=True,
    )  # fmt: skip
    wait_for(port)
    return process, port


def serve_file(page: bytes, folder: Path) -> tuple[subprocess.Popen, int]:
    """nginx with the page as a file, compressed beforehand as well."""
    port = free_port()
    (folder / "www").mkdir()
    (folder / "www/index.html").write_bytes(page)
    (folder / "www/index.html.gz").write_bytes(gzip.compress(page, 9))
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    process = subprocess.Popen(["nginx", "-c", folder / "nginx.conf"], start_new_session=True)
    wait_for(port)
    return process, port


def wait_for(port: int) -> None:
    for _ in range(200):
        try:
            fetch(port)
            return
        except ConnectionError:
            time.sleep(0.1)
    raise SystemExit("a server does not answer")


def fetch(port: int, address: str = "/", agent: str = AGENT) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", address, headers={"User-Agent": agent})
    body = connection.getresponse().read()
    connection.close()
    return body


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


def memory(process: subprocess.Popen) -> float:
    """Megabytes of the largest worker."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    sizes = [
        int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{child}/status").read_text())[1])
        for child in children
    ]
    return max(sizes) / 1000


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


def stop(process: subprocess.Popen) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # nginx reads it as another user
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
        page = fetch(port, agent="curl").decode()
        article = re.search(r'href="(/tin-tuc/\d+-[^"]*)"', page)[1]
        stop(process)
        (folder / "page.html").write_text(page + "{{ name }}")
        (folder / "bare.py").write_text(BARE)
        print(f"home page of {len(page.encode()):,} bytes, {CONNECTIONS} connections, 2 workers")
        rates = {"bare Flask view": measure("bare Flask view", serve("bare:app", folder, {}))}
        if shutil.which("nginx"):
            rates["nginx, a file"] = measure("nginx, a file", serve_file(page.encode(), folder))
        else:
            print("nginx is not installed: left out")
        for name, address in (("home page", "/"), ("an article", article)):
            ours = measure(f"{name}, visits counted", serve("wsgi:app", ROOT, environment), address)
            for other, rate in rates.items():
                print(f"    ratio to {other}: {ours / rate:.2f}")


if __name__ == "__main__":
    main()
