"""The factory, its settings, headers and error pages."""

import gzip
import io
import json
import logging
import re
import stat

import brotli
import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from tanky import create_app
from tanky.base import logs
from tanky.base.db import db
from tanky.base.logs import Folding
from tanky.config import SETTINGS, ConfigError

from . import factories


class TestSettings:
    def test_an_unknown_environment_variable_stops_the_start(self, tmp_path, monkeypatch):
        monkeypatch.setenv("TANKY_PUBLIK_URL", "https://x.vn")
        with pytest.raises(ConfigError, match="knows no setting 'publik_url'"):
            create_app(tmp_path)

    def test_an_unknown_key_in_the_file_stops_the_start(self, tmp_path):
        (tmp_path / "config.toml").write_text('colour = "red"')
        with pytest.raises(ConfigError, match="knows no setting 'colour'"):
            create_app(tmp_path)

    @pytest.mark.parametrize(
        ("name", "value", "sentence"),
        [
            ("trusted_proxies", "many", "must be a whole number"),
            ("trusted_proxies", "-1", "must be at least 0"),
            ("max_upload_mb", "0", "must be at least 1"),
            ("public_url", "tanky.gov.vn", "must look like https://"),
            ("sign_in_limit", "often", "must look like '5 per 15 minutes'"),
        ],
    )
    def test_a_bad_value_stops_the_start(self, tmp_path, monkeypatch, name, value, sentence):
        monkeypatch.setenv(f"TANKY_{name.upper()}", value)
        with pytest.raises(ConfigError, match=sentence):
            create_app(tmp_path)

    def test_the_environment_outweighs_the_file(self, tmp_path, monkeypatch):
        (tmp_path / "config.toml").write_text("session_hours = 3\nmax_upload_mb = 7")
        monkeypatch.setenv("TANKY_SESSION_HOURS", "4")
        app = create_app(tmp_path)
        assert app.config["TANKY"]["session_hours"] == 4
        assert app.config["TANKY"]["max_upload_mb"] == 7

    def test_a_broken_file_is_named(self, tmp_path):
        (tmp_path / "config.toml").write_text("x = = 1")
        with pytest.raises(ConfigError, match=r"cannot read .*config\.toml"):
            create_app(tmp_path)

    def test_the_secret_key_is_made_once_and_readable_by_its_owner_alone(self, tmp_path):
        first = create_app(tmp_path).secret_key
        assert create_app(tmp_path).secret_key == first
        assert len(first) >= 32
        assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600

    def test_an_empty_secret_key_stops_the_start(self, tmp_path):
        (tmp_path / "secret_key").write_text("")
        with pytest.raises(ConfigError, match="is empty"):
            create_app(tmp_path)

    def test_a_database_address_that_is_none_stops_the_start(self, tmp_path):
        with pytest.raises(ConfigError, match="must look like postgresql"):
            create_app(tmp_path, {"database_url": "nonsense"})

    def test_another_database_is_named_in_one_sentence(self, tmp_path):
        with pytest.raises(ConfigError, match="SQLite or PostgreSQL, not in mysql"):
            create_app(tmp_path, {"database_url": "mysql://x/y"})

    def test_what_a_site_holds_is_its_owner_s_alone(self, tmp_path):
        for name in ("tanky.sqlite3", "counters.sqlite3-wal", "counters.lock"):
            (tmp_path / name).touch(0o644)
        (tmp_path / "uploads").mkdir(0o755)
        create_app(tmp_path)
        for path in (tmp_path, *tmp_path.iterdir()):
            assert path.stat().st_mode & 0o077 == 0, path

    def test_every_setting_says_why_it_is_there(self):
        assert all(setting.reason for setting in SETTINGS)


def test_many_portals_live_in_one_process(tmp_path):
    names = ["Xã Một", "Xã Hai"]
    apps = []
    for name in names:
        app = create_app(tmp_path / name, {"TESTING": True})
        with app.app_context():
            db.create_all()
            factories.identity(name=name, short_name=name)
        apps.append(app)
    for _ in range(2):
        for app, name in zip(apps, names, strict=True):
            page = app.test_client().get("/").get_data(as_text=True)
            assert f"<title>{name}</title>" in page
    assert apps[0].secret_key != apps[1].secret_key
    for app in apps:
        with app.app_context():
            db.engine.dispose()
        app.extensions["tally"].store.close()


class TestHeaders:
    def test_pages_forbid_inline_code_and_framing(self, client):
        headers = client.get("/").headers
        policy = headers["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"

    def test_a_public_page_sets_no_cookie_and_is_the_same_for_everyone(self, client):
        headers = client.get("/").headers
        assert "Set-Cookie" not in headers
        assert headers["Vary"] == "Save-Data, Accept-Encoding"
        assert headers["Cache-Control"] == "public, max-age=0, must-revalidate"

    def test_an_unchanged_page_answers_304(self, client):
        tag = client.get("/tin-tuc/").headers["ETag"]
        answer = client.get("/tin-tuc/", headers={"If-None-Match": tag})
        assert answer.status_code == 304
        assert not answer.data

    def test_pages_are_compressed(self, client):
        answer = client.get("/", headers={"Accept-Encoding": "gzip"})
        assert answer.headers["Content-Encoding"] == "gzip"

    def test_https_brings_secure_cookies_and_hsts(self, tmp_path):
        app = create_app(tmp_path, {"TESTING": True, "public_url": "https://tanky.gov.vn"})
        with app.app_context():
            db.create_all()
            answer = app.test_client().get("/dang-nhap", base_url="https://tanky.gov.vn")
            assert "Secure" in answer.headers["Set-Cookie"]
            assert "HttpOnly" in answer.headers["Set-Cookie"]
            assert "SameSite=Lax" in answer.headers["Set-Cookie"]
            assert "Strict-Transport-Security" in answer.headers
            assert '<link rel="canonical" href="https://tanky.gov.vn/">' in (
                app.test_client().get("/", base_url="https://tanky.gov.vn").get_data(as_text=True)
            )
            stranger = app.test_client().get("/", base_url="https://evil.example")
            assert stranger.status_code == 400
            db.session.remove()
            db.engine.dispose()
            app.extensions["tally"].store.close()

    @pytest.mark.on_sqlite
    @pytest.mark.parametrize(
        ("accepted", "sent", "unpack"),
        [("gzip, deflate, br, zstd", "br", brotli.decompress),
         ("gzip, zstd", "gzip", gzip.decompress), ("gzip", "gzip", gzip.decompress),
         ("br;q=0, gzip", "gzip", gzip.decompress)],
    )  # fmt: skip
    @pytest.mark.parametrize("name", ["tanky.js", "tanky.css", "writing.js"])
    def test_static_files_come_as_short_as_the_browser_takes(
        self, client, name, accepted, sent, unpack
    ):
        plain = client.get(f"/static/{name}")
        answer = client.get(f"/static/{name}", headers={"Accept-Encoding": accepted})
        assert answer.headers["Content-Encoding"] == sent
        assert unpack(answer.data) == plain.data
        assert len(answer.data) < len(plain.data) / 2
        assert answer.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["ETag"] != plain.headers["ETag"]
        held = {"Accept-Encoding": accepted, "If-None-Match": answer.headers["ETag"]}
        assert client.get(f"/static/{name}", headers=held).status_code == 304

    def test_static_files_are_kept_a_year_only_under_their_present_fingerprint(self, client, visit):
        address = visit("/").split('data-script="')[1].split('"')[0]
        kept = client.get(address).headers["Cache-Control"]
        assert "immutable" in kept
        assert "max-age=31536000" in kept
        old = client.get(address.partition("?")[0] + "?v=old").headers["Cache-Control"]
        assert "immutable" not in old
        assert client.get("/static/../config.py").status_code == 404


class TestErrors:
    def test_a_page_that_is_not_there_shows_a_way_on(self, client):
        answer = client.get("/khong-co")
        page = answer.get_data(as_text=True)
        assert answer.status_code == 404
        assert "Không tìm thấy trang" in page
        assert 'action="/tim-kiem"' in page
        assert "Xã Bình An" in page

    def test_the_api_answers_in_json(self, client):
        answer = client.get("/api/v1/khong-co")
        assert answer.status_code == 404
        assert answer.mimetype == "application/problem+json"
        assert answer.json["status"] == 404

    def test_a_fault_of_ours_is_said_in_the_site_s_look(self, app, client, monkeypatch):
        app.config["PROPAGATE_EXCEPTIONS"] = False
        monkeypatch.setattr("tanky.home.views.figures.latest_with_version", lambda: 1 / 0)
        answer = client.get("/")
        assert answer.status_code == 500
        assert "Cổng thông tin đang gặp lỗi" in answer.get_data(as_text=True)
        assert "Traceback" not in answer.get_data(as_text=True)

    def test_a_database_that_is_away_still_gets_a_page(self, tmp_path):
        app = create_app(
            tmp_path,
            {
                "TESTING": True,
                "PROPAGATE_EXCEPTIONS": False,
                "database_url": f"sqlite:///{tmp_path}/nowhere/x.sqlite3",
            },
        )
        answer = app.test_client().get("/")
        assert answer.status_code == 500
        assert "Cổng thông tin đang gặp lỗi" in answer.get_data(as_text=True)

    def test_a_database_that_cannot_be_written_keeps_nobody_from_reading(
        self, app, client, desk_of, chief, monkeypatch
    ):
        factories.article()
        desk = desk_of(chief)
        token = desk.token("/bien-tap/mat-khau")

        def refuse(connection, cursor, statement, *_):
            if statement.split()[0] in ("INSERT", "UPDATE", "DELETE"):
                raise OperationalError(statement, {}, Exception("disk is full"))

        event.listen(db.engine, "before_cursor_execute", refuse)
        assert desk.get("/bien-tap/tin-tuc/1").status_code == 200
        answer = desk.client.post("/bien-tap/tin-tuc/moi", data={"csrf_token": token})
        assert answer.status_code == 503
        assert "không ghi được dữ liệu" in answer.get_data(as_text=True)
        event.remove(db.engine, "before_cursor_execute", refuse)

    @pytest.fixture
    def log(self, app):
        """What the log says: ``log(as_json)`` begins it."""
        handler = logging.StreamHandler(io.StringIO())
        app.logger.addHandler(handler)

        def begin(as_json: bool) -> io.StringIO:
            logs.shape(handler, as_json)
            return handler.stream

        yield begin
        app.logger.removeHandler(handler)

    def test_the_page_of_a_fault_and_the_log_have_one_number(self, app, client, log, monkeypatch):
        monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
        monkeypatch.setattr("tanky.home.views.SiteTask.in_order", lambda: 1 / 0)
        said = log(as_json=False)
        page = client.get("/", environ_base={"REMOTE_ADDR": "203.0.113.77"})
        number = re.search(r"đọc số này: <strong>(\w+)<", page.get_data(as_text=True)).group(1)
        assert (
            f"Z ERROR tanky: Exception on / [GET] [{number} GET / 203.0.113.0]" in said.getvalue()
        )
        assert "ZeroDivisionError" in said.getvalue()
        assert "203.0.113.77" not in said.getvalue()
        # A stranger gives a request no name; a page that is not there has none.
        named = client.get("/", headers={"X-Request-Id": "cua-toi-123"})
        assert "cua-toi-123" not in named.get_data(as_text=True)
        assert "đọc số này" not in client.get("/khong-co").get_data(as_text=True)

    def test_nobody_writes_lines_of_their_own_into_the_log(self, app, log):
        said = log(as_json=False)
        for path in ("/loi-moi/bi-mat", "/x%0a2026-11-26 WARNING tanky: forged"):
            with app.test_request_context(path):
                app.logger.error("an error at %s", path[:2])
        assert "bi-mat" not in said.getvalue()
        assert all(line.count(" ERROR ") == 1 for line in said.getvalue().splitlines())

    def test_who_is_refused_is_in_the_log(self, desk_of, writer, log):
        said = log(as_json=False)
        assert desk_of(writer).get("/bien-tap/nguoi/").status_code == 403
        assert f"refused: {writer.username} may not do this [" in said.getvalue()

    def test_the_log_may_be_json(self, app, log):
        said = log(as_json=True)
        with app.test_request_context("/lua", environ_base={"REMOTE_ADDR": "2001:db8::7"}):
            app.logger.error("mất %s", "điện")
        told = json.loads(said.getvalue())
        assert (told["message"], told["level"], told["place"]) == ("mất điện", "error", "GET /lua")
        assert told["address"] == "2001:db8::"

    def test_a_fault_that_repeats_is_said_once_a_minute(self, caplog):
        handler = logging.StreamHandler(io.StringIO())
        handler.addFilter(Folding())
        log = logging.Logger("x")
        log.addHandler(handler)
        for _ in range(5):
            log.error("the %s is away", "database")
        log.error("another")
        assert handler.stream.getvalue().splitlines() == ["the database is away", "another"]

    def test_a_request_that_is_too_large_is_refused(self, app, desk_of, writer):
        app.config["MAX_CONTENT_LENGTH"] = 1000
        answer = desk_of(writer).client.post("/bien-tap/mat-khau", data={"new": "x" * 2000})
        assert answer.status_code == 413
        assert "quá lớn" in answer.get_data(as_text=True)

    def test_htmx_gets_a_sentence_not_a_page_within_the_page(self, client):
        answer = client.get("/khong-co", headers={"HX-Request": "true"})
        assert answer.status_code == 404
        assert "Không tìm thấy trang" in answer.get_data(as_text=True)
        assert "<html" not in answer.get_data(as_text=True)

    @pytest.mark.parametrize(
        "address",
        ["/tin-tuc/99999999999999999999-x", "/tin-tuc/0-x", "/tin-tuc/%00", "/thu-tuc/%00",
         "/tin-tuc/chuyen-muc/a%00b", "/tim-kiem?q=%00", "/thu-tuc/?q=%00",
         "/thu-tuc/ket-qua?nam=99999999999999999999", "/sitemap-99999999999999999999.xml",
         "/thu-tuc/ket-qua.csv?nam=99999999999999999999", "/tin-tuc/?trang=%00",
         "/anh/%00-360.webp", "/oembed?url=%00"],
    )  # fmt: skip
    def test_nonsense_in_an_address_is_not_found(self, client, address):
        factories.result()
        assert client.get(address).status_code == 404

    def test_a_wrong_method_is_named(self, client):
        answer = client.post("/tin-tuc/")
        assert answer.status_code in (400, 405)
