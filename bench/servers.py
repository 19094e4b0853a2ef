"""What the measurements share: servers on free ports, a portal with samples, nginx beside it."""

import gzip
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

ROOT = Path(__file__).parent.parent
POSTGRES = os.environ.get(
    "TANKY_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres"
).replace("postgresql://", "postgresql+psycopg://")
AGENT = "Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36"


NGINX = """
daemon off; worker_processes 2; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 256; }}
http {{
  types {{ text/html html; text/css css; text/javascript js; image/svg+xml svg; image/avif avif;
    image/webp webp; image/jpeg jpg; image/png png; application/manifest+json webmanifest; }}
  keepalive_requests 1000000;
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


def serve(
    module: str, folder: Path, environment: dict, *options: str
) -> tuple[subprocess.Popen, int]:
    """:param options: of gunicorn, beside those of deploy/."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "deploy/gunicorn.conf.py"),
         "--bind", f"127.0.0.1:{port}", "--workers", "2", *options, module],
        # The worker is ours, whatever it serves.
        cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        start_new_session=True,
    )  # fmt: skip
    wait_for(port)
    return process, port


def serve_files(files: dict[str, bytes], folder: Path) -> tuple[subprocess.Popen, int]:
    """nginx with files by their paths, each compressed beforehand as well."""
    port = free_port()
    for path, content in files.items():
        file = folder / "www" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(content, 9))
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


def children(process: subprocess.Popen) -> list[str]:
    """The workers' process numbers."""
    return Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()


def memory(process: subprocess.Popen) -> float:
    """Megabytes of the largest worker."""
    sizes = [
        int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{child}/status").read_text())[1])
        for child in children(process)
    ]
    return max(sizes) / 1000


def stop(process: subprocess.Popen) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def scratch_database(name: str) -> Iterator[str | None]:
    """The address of an empty PostgreSQL database, gone afterwards; None where there is no
    PostgreSQL (TANKY_TEST_POSTGRES_URL, or 127.0.0.1:5432)."""
    try:
        admin = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
        admin.connect().close()
    except Exception as error:
        print(f"no PostgreSQL: left out ({type(error).__name__})")
        yield None
        return
    drop = text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    with admin.connect() as connection:
        connection.execute(drop)
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"))
    try:
        yield POSTGRES.rpartition("/")[0] + f"/{name}"
    finally:
        with admin.connect() as connection:
            connection.execute(drop)


def has_nginx() -> bool:
    if not shutil.which("nginx"):
        print("nginx is not installed: left out")
    return bool(shutil.which("nginx"))


def environment_of(folder: Path, **more: str) -> dict:
    """Of a portal with its instance in the folder, as the Makefile sets it."""
    return {
        "TANKY_INSTANCE": str(folder / "instance"),
        "MALLOC_ARENA_MAX": "2",
        "MALLOC_MMAP_THRESHOLD_": "1048576",
    } | more


def set_up(environment: dict) -> None:
    """Its database and samples."""
    subprocess.run(
        [sys.executable, "-m", "flask", "tanky", "setup"],
        cwd=ROOT, env=os.environ | environment, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
