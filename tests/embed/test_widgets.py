import pytest
import time_machine

from tanky.base.db import db
from tanky.news.models import State
from tanky.text import formats

from .. import factories

pytestmark = pytest.mark.on_sqlite

WIDGETS = ["/nhung/tthc", "/nhung/truy-cap", "/nhung/tin-moi"]


@pytest.mark.parametrize("address", WIDGETS)
def test_widgets_may_be_framed_and_count_nobody(app, client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    assert "frame-ancestors" not in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    client.get(address, headers={"If-None-Match": answer.headers["ETag"]})
    assert app.extensions["tally"].figures() == (0, 0, 0, 0)


@pytest.mark.parametrize(
    "address",
    ["/", "/nhung/", "/dang-nhap", "/nhung/khong-co", "/thu-tuc/ket-qua", "/partials/tthc",
     "/api/v1/tthc", "/oembed?url=x"],
)  # fmt: skip
def test_nothing_else_may_be_framed(client, address):
    headers = client.get(address).headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"


def test_they_show_the_portal_s_own_figures(client, visit):
    factories.result(on_time=907, late=2)
    factories.article("Tin mới nhất")
    assert "99.8%" in visit("/nhung/tthc")
    assert 'href="http://localhost/tin-tuc/1-tin-moi-nhat"' in visit("/nhung/tin-moi")
    client.get("/")
    assert "<dt>Hôm nay:</dt><dd>1</dd>" in visit("/nhung/truy-cap")


def test_without_figures_they_say_so(visit):
    assert "Chưa có hồ sơ nào được công bố." in visit("/nhung/tthc")
    assert "Chưa có tin nào được đăng." in visit("/nhung/tin-moi")
    factories.result(on_time=0, late=0, received=0)
    assert "Năm 2023 chưa có hồ sơ nào được giải quyết." in visit("/nhung/tthc")
    assert "100" not in visit("/nhung/tthc").split("<main")[1]


class TestNews:
    def test_of_one_category_and_as_many_as_asked_for(self, visit):
        notices, other = factories.category("Thông báo"), factories.category("Khác")
        for number in range(12):
            factories.article(f"Số {number}", category=notices)
        factories.article("Bài khác", category=other)
        page = visit("/nhung/tin-moi?chuyen-muc=thong-bao&so-tin=7")
        assert page.count("<li>") == 7
        assert "Bài khác" not in page
        assert '<h1 class="tk-widget__title">Thông báo</h1>' in page
        assert visit("/nhung/tin-moi").count("<li>") == 5

    @pytest.mark.parametrize(("asked", "shown"), [("0", 1), ("99", 10), ("hai", 5), ("-1", 1)])
    def test_a_number_out_of_bounds_shows_what_comes_nearest(self, visit, asked, shown):
        for number in range(12):
            factories.article(f"Số {number}")
        assert visit(f"/nhung/tin-moi?so-tin={asked}").count("<li>") == shown

    def test_a_category_that_is_gone_is_said_within_the_frame(self, client):
        answer = client.get("/nhung/tin-moi?chuyen-muc=da-xoa")
        assert "Chuyên mục này không còn." in answer.get_data(as_text=True)
        assert "X-Frame-Options" not in answer.headers


class TestPolling:
    @pytest.fixture
    def look(self, app, client):
        """Beat, then look at a widget as someone who holds it: its status."""
        held = {}

        def look(address):
            app.extensions["heartbeat"].beat()
            answer = client.get(address, headers={"If-None-Match": held.get(address, '"-"')})
            held[address] = answer.headers["ETag"]
            return answer.status_code

        return look

    @pytest.mark.parametrize("address", WIDGETS)
    def test_an_unchanged_widget_is_small_and_asks_no_database(
        self, app, client, look, queries, address
    ):
        factories.article(category=factories.category())
        factories.result()
        look(address)
        tag = client.get(address).headers["ETag"]
        app.extensions["heartbeat"].beat()
        queries.clear()
        answer = client.get(address, headers={"If-None-Match": tag})
        assert answer.status_code == 304
        assert answer.data == b""
        assert len(str(answer.headers).encode()) <= 150  # the server adds its name and the date
        assert queries == []

    def test_without_a_heartbeat_it_is_looked_up(self, client):
        made = factories.article("Tên cũ")
        tag = client.get("/nhung/tin-moi").headers["ETag"]
        held = {"If-None-Match": tag}
        assert client.get("/nhung/tin-moi", headers=held).status_code == 304
        made.title = "Tên mới"
        db.session.commit()
        assert client.get("/nhung/tin-moi", headers=held).status_code == 200

    def test_each_change_of_what_it_shows_comes_in(self, look):
        category, other = factories.category("Thông báo"), factories.category("Khác")
        article = factories.article(category=category)
        address = "/nhung/tin-moi?chuyen-muc=thong-bao"
        assert look(address) == 200
        assert look(address) == 304

        def changed():
            db.session.commit()
            return (look(address), look(address))

        article.title = "Sửa"
        assert changed() == (200, 304)
        factories.article("Bài sau", category=category)
        assert changed() == (200, 304)
        category.name = "Thông báo mới"
        assert changed() == (200, 304)
        article.state = State.WITHDRAWN
        assert changed() == (200, 304)
        factories.article("Nơi khác", category=other, state=State.DRAFT)
        assert changed() == (304, 304)

    def test_a_scheduled_article_comes_in_when_its_time_comes(self, look):
        with time_machine.travel("2026-11-21T07:00:00Z", tick=False):
            at = formats.parse_moment("21/11/2026 14:30:00", formats.ZoneInfo("Asia/Ho_Chi_Minh"))
            factories.article(published_at=at)
            assert look("/nhung/tin-moi") == 200
            assert look("/nhung/tin-moi") == 304
        with time_machine.travel(at, tick=False):
            assert look("/nhung/tin-moi") == 200

    def test_results_figures_and_identity_as_well(self, client, look):
        factories.result()
        for address in WIDGETS:
            look(address)
        factories.result(month=7)
        assert [look(address) for address in WIDGETS] == [200, 304, 304]
        client.get("/")
        assert [look(address) for address in WIDGETS] == [304, 200, 304]
        factories.identity_named("Xã Khác")
        assert [look(address) for address in WIDGETS] == [200, 200, 200]


@pytest.mark.on_sqlite
class TestErrors:
    def test_a_fault_of_ours_is_a_sentence_within_the_frame(self, app, client, monkeypatch):
        app.config["PROPAGATE_EXCEPTIONS"] = False
        monkeypatch.setattr("tanky.embed.views.figures.latest", lambda: 1 / 0)
        answer = client.get("/nhung/tthc")
        assert answer.status_code == 500
        assert "X-Frame-Options" not in answer.headers
        page = answer.get_data(as_text=True)
        assert "Mời bạn xem trực tiếp trên cổng" in page
        assert "data-refresh" in page  # it looks again
        assert "tk-header" not in page

    def test_so_is_a_database_that_is_away(self, app, client, monkeypatch):
        app.config["PROPAGATE_EXCEPTIONS"] = False
        monkeypatch.setattr("tanky.site.models.SiteIdentity.current", lambda: 1 / 0)
        answer = client.get("/nhung/tthc")
        assert answer.status_code == 500
        assert "Mời bạn xem trực tiếp trên cổng" in answer.get_data(as_text=True)
        assert client.get("/nhung.js").status_code == 200


@pytest.mark.on_sqlite
class TestLoader:
    def test_it_is_small_kept_a_day_and_open(self, client):
        answer = client.get("/nhung.js?v=1", headers={"Accept-Encoding": "gzip"})
        assert answer.mimetype == "text/javascript"
        assert "max-age=86400" in answer.headers["Cache-Control"]
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "Set-Cookie" not in answer.headers
        assert len(answer.data) <= 1500
        again = client.get(
            "/nhung.js?v=1",
            headers={"If-None-Match": answer.headers["ETag"], "Accept-Encoding": "gzip"},
        )
        assert again.status_code == 304

    def test_it_names_the_portal_itself(self, client):
        assert '"http://localhost"' in client.get("/nhung.js").get_data(as_text=True)


@pytest.mark.on_sqlite
class TestChoosing:
    def test_each_kind_has_its_lines(self, visit):
        for address in WIDGETS:
            name = address.rpartition("/")[2]
            page = visit(f"/nhung/?loai={name}")
            assert f"&lt;iframe src=&#34;http://localhost{address}&#34;" in page
            assert f"&lt;div data-tanky=&#34;{name}&#34;&gt;&lt;a href=" in page
            assert "&lt;script src=&#34;http://localhost/nhung.js?v=1&#34; async&gt;" in page
            assert f'<iframe class="tk-frame" src="{address}"' in page

    def test_the_options_are_in_the_lines_and_in_the_preview(self, visit):
        factories.category("Thông báo")
        page = visit("/nhung/?loai=tin-moi&chuyen-muc=thong-bao&so-tin=3&nen=dark")
        assert (
            "data-chuyen-muc=&#34;thong-bao&#34; data-so-tin=&#34;3&#34; data-scheme=&#34;dark"
            in page
        )
        framed = "/nhung/tin-moi?chuyen-muc=thong-bao&amp;so-tin=3#scheme=dark"
        assert f'src="{framed}"' in page
        assert "chuyen-muc=thong-bao&amp;amp;so-tin=3#scheme=dark&#34;" in page
        assert "Thông báo – Xã Bình An&lt;/a&gt;" in page
        assert 'value="thong-bao" selected' in page

    def test_a_name_with_quotes_stays_text(self, visit):
        factories.category('"><script>alert(1)</script>')
        page = visit("/nhung/?loai=tin-moi&chuyen-muc=script-alert-1-script")
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" not in page.split("<textarea")[1].split("</textarea>")[0]

    @pytest.mark.parametrize("query", ["?loai=la", "?loai=tin-moi&chuyen-muc=la", "?so-tin=x"])
    def test_what_does_not_exist_shows_the_first_widget(self, visit, query):
        assert "data-tanky=&#34;tthc&#34;" in visit(f"/nhung/{query}")

    def test_htmx_gets_the_lines_alone(self, client):
        answer = client.get("/nhung/?loai=truy-cap", headers={"HX-Request": "true"})
        assert "<html" not in answer.get_data(as_text=True)
        assert "HX-Request" in answer.headers["Vary"]


def test_an_error_before_the_widget_is_reached_is_a_sentence_as_well(client):
    answer = client.get("/nhung/tthc?x=%00")
    assert answer.status_code == 404
    assert "X-Frame-Options" not in answer.headers
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
