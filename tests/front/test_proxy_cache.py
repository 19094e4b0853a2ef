"""A real proxy cache in front (nginx): what it keeps is right, and what it must ask for it does."""

import gzip
import http.client
import os
import re
import shutil
import signal
import subprocess

import pytest

from tanky import create_app
from tanky.base.db import db

from .. import factories
from ..conftest import MISSING, PHONE, free_port, once_it_answers

NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}/t; proxy_temp_path {folder}/t;
  fastcgi_temp_path {folder}/t; uwsgi_temp_path {folder}/t; scgi_temp_path {folder}/t;
  proxy_cache_path {folder}/cache keys_zone=pages:1m;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://127.0.0.1:{portal};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_cache pages; proxy_cache_revalidate on; proxy_cache_key $request_uri;
      add_header X-From $upstream_cache_status always;
    }}
  }}
}}
"""


@pytest.fixture
def article(tmp_path, server):
    """The portal's only one, to be changed by whoever has the database at hand."""
    app = create_app(tmp_path, {"TESTING": True})
    with app.test_request_context():
        factories.identity()
        yield factories.article(category=factories.category())
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def ask(article, server, tmp_path, monkeypatch):
    """Ask through the proxy: the answer, with its body read as ``body``."""
    if MISSING["nginx"]:
        pytest.skip(MISSING["nginx"])
    monkeypatch.setenv("TANKY_TRUSTED_PROXIES", "1")
    _, portal = server()
    port = free_port()
    folder = tmp_path / "nginx"
    folder.mkdir()
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port, portal=portal))
    nginx = subprocess.Popen(
        [shutil.which("nginx"), "-c", folder / "nginx.conf"], start_new_session=True
    )

    def get(address, agent=PHONE, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", address, headers={"User-Agent": agent} | headers)
        answer = connection.getresponse()
        answer.body = answer.read()
        connection.close()
        return answer

    once_it_answers(nginx, lambda: get("/healthz"))
    yield get
    os.killpg(nginx.pid, signal.SIGKILL)
    nginx.wait()


def test_scripts_are_kept_and_pages_asked_for_each_time(ask, article):
    page = ask("/").body.decode()
    script = re.search(r'data-script="([^"]+)"', page)[1]
    for encoding in ("gzip", "br", ""):
        first, second = (ask(script, Accept_Encoding=encoding) for _ in range(2))
        assert second.getheader("Content-Encoding", "") == encoding
        assert (first.getheader("X-From"), second.getheader("X-From")) == ("MISS", "HIT")
        assert second.body == first.body
    # Each is a visit, and is in the figures that it shows.
    for number in range(2, 5):
        page = ask("/", agent=f"{PHONE} {number}").body.decode()
        assert f"<dt>Hôm nay:</dt> <dd>{number}</dd>" in page
    address = article.url
    assert "Bài một</h1>" in ask(address).body.decode()
    article.title = "Tên vừa sửa"
    db.session.commit()
    assert "Tên vừa sửa</h1>" in ask(address).body.decode()
    db.session.delete(article)
    db.session.commit()
    assert ask(address).status == 404


def test_what_one_person_chose_is_not_shown_to_another(ask):
    choices = ({}, {"Cookie": "hien-thi=210"}, {"Save_Data": "on"}, {"Accept_Encoding": "gzip"})
    usual, chosen, *_ = pages = [read(ask("/", **headers)) for headers in choices]
    assert b"tk-text-2" in chosen
    assert b"tk-text-2" not in usual
    for _ in range(2):
        assert [read(ask("/", **headers)) for headers in choices] == pages


def read(answer) -> bytes:
    packed = answer.getheader("Content-Encoding") == "gzip"
    return gzip.decompress(answer.body) if packed else answer.body
