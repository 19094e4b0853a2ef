"""The very files of deploy/ in front of a real portal: nginx and Caddy."""

import http.client
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tanky import create_app
from tanky.base.db import db

from .. import factories
from ..conftest import MISSING, PHONE, free_port, get, once_it_answers

DEPLOY = Path(__file__).parent.parent.parent / "deploy"
NAME = "tanky.example.gov.vn"


def certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "fullchain.pem", folder / "privkey.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return chain, private


class Front:
    """A server in front, asked over TLS by the name of its certificate."""

    def __init__(self, port: int, chain: Path):
        self.port = port
        self.context = ssl.create_default_context(cafile=str(chain))

    def connect(self) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", self.port), 30)
        return self.context.wrap_socket(plain, server_hostname=NAME)

    def ask(self, address: str, method: str = "GET", body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.sock = self.connect()
        given = {"Host": NAME, "User-Agent": PHONE, "Sec-Fetch-Mode": "navigate"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(connection):
            connection.request(method, address, body, given)
            answer = connection.getresponse()
            answer.text = answer.read().decode(errors="replace")
            return answer


@pytest.fixture
def site(tmp_path, server, monkeypatch):
    """A filled portal, as deploy/ has it configured; ``kill()`` ends it."""
    monkeypatch.setenv("TANKY_PUBLIC_URL", f"https://{NAME}")
    monkeypatch.setenv("TANKY_TRUSTED_PROXIES", "1")
    monkeypatch.setenv("TANKY_STATIC_COPY", str(tmp_path / "copy"))
    app = create_app(tmp_path, {"TESTING": True})
    with app.test_request_context():
        factories.identity()
        photo = factories.shared_photo(None)
        made = factories.article(
            "Được mùa",
            category=factories.category(),
            body=f'<p><img src="{photo.url}" alt=""></p>',
        )
        article, picture = made.url, photo.picture_url(photo.widths[0])
        process, port = server()

        class Site:
            portal = port
            photo = picture
            path = article

            def kill(self):
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

            def withdraw(self):
                made.withdraw_at = made.published_at
                db.session.commit()

        yield Site()
        db.session.remove()
        db.engine.dispose()


def nginx(folder: Path, portal: int, port: int, chain: Path, key: Path) -> list[str]:
    given = (DEPLOY / "nginx.conf").read_text()
    for line, instead in (
        ("127.0.0.1:8000", f"127.0.0.1:{portal}"),
        ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
        ("listen [::]:80;", ""),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{port} ssl http2;"),
        ("listen [::]:443 ssl http2;", ""),
        ("/etc/ssl/tanky/fullchain.pem", str(chain)),
        ("/etc/ssl/tanky/privkey.pem", str(key)),
        ("/var/cache/tanky/copy", str(folder / "copy")),
        ("/var/cache/tanky/files", str(folder / "files")),
    ):
        assert line in given
        given = given.replace(line, instead)
    temporary = "".join(
        f"{kind}_temp_path {folder}/t;"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; user root; pid {folder}/nginx.pid; error_log stderr crit;"
        f"events {{}} http {{ {temporary}\n{given} }}"
    )
    return [shutil.which("nginx"), "-c", str(folder / "nginx.conf")]


def caddy(folder: Path, portal: int, port: int, chain: Path, key: Path) -> list[str]:
    given = (DEPLOY / "Caddyfile").read_text()
    for line, instead in (
        ("127.0.0.1:8000", f"127.0.0.1:{portal}"),
        (f"{NAME} {{", f"{NAME}:{port} {{\n\ttls {chain} {key}\n\tbind 127.0.0.1"),
        ("/var/cache/tanky/copy", str(folder / "copy")),
    ):
        assert line in given
        given = given.replace(line, instead)
    (folder / "Caddyfile").write_text(f"{{\n\tadmin off\n\tauto_https off\n}}\n{given}")
    return [shutil.which("caddy"), "run", "--config", str(folder / "Caddyfile")]


@pytest.fixture(params=[nginx, caddy], ids=["nginx", "caddy"])
def front(request, site, tmp_path):
    name = request.param.__name__
    if MISSING[name]:
        pytest.skip(MISSING[name])
    port, (chain, key) = free_port(), certificate(tmp_path)
    process = subprocess.Popen(
        request.param(tmp_path, site.portal, port, chain, key),
        start_new_session=True,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)},
    )
    asked = Front(port, chain)
    once_it_answers(process, lambda: asked.connect().close())
    yield asked
    os.killpg(process.pid, signal.SIGTERM)
    process.wait()


def copied(site, front, path: str) -> None:
    """Wait for the beat that writes the page."""
    copy = Path(os.environ["TANKY_STATIC_COPY"]) / path.strip("/") / "index.html"
    assert front.ask(path).status == 200
    while not copy.exists():
        assert get(site.portal, "/healthz", PHONE)[0] == 200


def test_it_is_reached_as_the_portal_expects(site, front):
    with front.connect() as secure:
        assert secure.version() == "TLSv1.3"
    page = front.ask("/")
    assert page.status == 200
    assert page.getheader("Strict-Transport-Security")
    assert f'<link rel="canonical" href="https://{NAME}/">' in page.text
    assert "Secure" in front.ask("/dang-nhap").getheader("Set-Cookie")
    feed = front.ask("/rss.xml")
    assert front.ask("/rss.xml", If_None_Match=feed.getheader("ETag")).status == 304
    # A connection that is closed before all of it was sent refuses it as well.
    with suppress(ConnectionError, ssl.SSLError):
        assert front.ask("/dang-nhap", "POST", b"x" * 26 * 2**20).status == 413


def test_nobody_poses_as_another(site, front):
    """Each of these is the one phone that it is, whatever it says of its address."""
    for number in range(5):
        front.ask("/", X_Forwarded_For=f"203.0.113.{number}", Forwarded="for=198.51.100.7")
    figures = front.ask("/api/v1/counters").text
    assert '"today":1' in figures.replace(" ", "")


def test_while_the_portal_is_down_its_pages_are_shown_and_say_so(site, front):
    for path in ("/", site.path):
        copied(site, front, path)
    assert front.ask(site.photo).status == 200
    site.kill()
    for path in ("/", site.path, f"{site.path}?fbclid=1"):
        page = front.ask(path)
        assert page.status == 200
        assert re.search(r"Bản lúc \d\d:\d\d \d\d/\d\d/\d{4}\. Cổng đang tạm ngừng", page.text)
        assert page.getheader("Cache-Control") == "no-store"
        assert page.getheader("Content-Type") == "text/html; charset=utf-8"
        assert 'id="tk-counters"' not in page.text
    assert "Được mùa" in front.ask(site.path).text
    for path, method in (("/tim-kiem", "GET"), ("/dang-nhap", "POST"), ("/../secret_key", "GET")):
        down = front.ask(path, method)
        assert down.status in (400, 503)
        assert "Bản lúc" not in down.text


def test_nothing_that_is_one_person_s_or_asked_for_by_another_name_is_copied(site, front):
    copied(site, front, "/")
    folder = Path(os.environ["TANKY_STATIC_COPY"])
    front.ask("/", Cookie="hien-thi=200")
    front.ask("/tim-kiem?q=lua")
    front.ask("/dang-nhap")
    connection = http.client.HTTPConnection("127.0.0.1", site.portal, timeout=30)
    connection.request("GET", "/lien-he", headers={"Host": "localhost", "User-Agent": PHONE})
    connection.getresponse().read()
    connection.close()
    copied(site, front, "/tin-tuc/")  # written after all of these
    assert {str(path.relative_to(folder)) for path in folder.rglob("*.html")} == {
        "index.html",
        "tin-tuc/index.html",
    }
    assert b"tk-text-2" not in (folder / "index.html").read_bytes()


def test_what_was_withdrawn_is_no_longer_copied(site, front):
    copied(site, front, site.path)
    copy = Path(os.environ["TANKY_STATIC_COPY"]) / site.path.strip("/") / "index.html"
    site.withdraw()
    while copy.exists():
        assert get(site.portal, "/healthz", PHONE)[0] == 200
    site.kill()
    assert front.ask(site.path).status == 503
