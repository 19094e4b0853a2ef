"""What counts, through HTTP."""

import pytest

from tanky.counters.tally import Unavailable

from .. import factories
from ..conftest import PHONE

pytestmark = pytest.mark.on_sqlite


@pytest.fixture
def figures(app):
    return lambda: app.extensions["tally"].figures()


def test_a_page_shows_the_visit_that_asked_for_it(visit, app):
    app.extensions["tally"].store.open_with(109_953)
    page = visit("/")
    assert "<dt>Đang truy cập:</dt> <dd>1</dd>" in page
    assert "<dt>Hôm nay:</dt> <dd>1</dd>" in page
    assert "<dt>Tất cả:</dt> <dd>109,954</dd>" in page


@pytest.mark.on_sqlite
@pytest.mark.parametrize(
    "address", ["/", "/tin-tuc/", "/thu-tuc/", "/thu-tuc/ket-qua", "/tim-kiem"]
)
def test_every_public_page_counts(client, figures, address):
    client.get(address)
    assert figures().today == 1


def test_a_page_answered_304_counts(client, figures):
    # Its page view was made on the day's first; a 304 is a view like another and prolongs it.
    tag = client.get("/").headers["ETag"]
    answer = client.get("/", headers={"If-None-Match": tag})
    assert answer.status_code == 304
    assert figures().today == 1


@pytest.mark.on_sqlite
@pytest.mark.parametrize(
    "address",
    ["/khong-co", "/tin-tuc/99-khong-co", "/rss.xml", "/sitemap.xml", "/robots.txt", "/healthz",
     "/api/v1/counters", "/partials/tthc", "/partials/counters", "/static/tanky.css",
     "/nhung/tthc", "/nhung/truy-cap", "/dang-nhap", "/favicon.svg", "/tin-tuc",
     "/tin-tuc/?trang=99"],
)  # fmt: skip
def test_what_is_no_page_view_is_no_visit(client, figures, address):
    client.get(address)
    assert figures()[1:] == (0, 0, 0)


@pytest.mark.on_sqlite
@pytest.mark.parametrize(
    "headers",
    [{"User-Agent": "Googlebot/2.1"}, {"User-Agent": ""}, {"Sec-Purpose": "prefetch"}],
)
def test_tools_and_prefetches_are_no_visitors(client, figures, headers):
    client.get("/", headers=headers)
    client.get("/partials/counters", headers=headers)
    assert figures() == (0, 0, 0, 0)


def test_a_head_request_is_no_page_view(client, figures):
    client.head("/")
    assert figures().today == 0


def test_a_fragment_of_a_live_search_is_no_page_view(client, figures):
    client.get("/thu-tuc/?q=khai", headers={"HX-Request": "true"})
    assert figures().today == 0


def test_signed_in_editors_do_not_count_and_never_read_nought(desk_of, editor, figures):
    page = desk_of(editor).get("/").get_data(as_text=True)
    assert figures() == (0, 0, 0, 0)
    assert "<dt>Đang truy cập:</dt> <dd>1</dd>" in page


def test_addresses_forwarded_by_nobody_we_know_are_not_believed(client, figures):
    for n in range(3):
        client.get("/", headers={"X-Forwarded-For": f"10.0.0.{n}"})
    assert figures().today == 1


def test_a_counter_that_cannot_be_reached_does_not_take_the_page_away(
    client, app, monkeypatch, caplog
):
    def broken(*_):
        raise Unavailable("disk full")

    monkeypatch.setattr(app.extensions["tally"].store, "add_views", broken)
    page = client.get("/").get_data(as_text=True)
    assert "<dt>Hôm nay:</dt> <dd>–</dd>" in page
    assert "the counters could not be reached" in caplog.text


class TestPolls:
    @pytest.mark.parametrize("address", ["/partials/counters", "/partials/tthc"])
    def test_an_unchanged_poll_is_small_and_asks_no_database(self, app, client, queries, address):
        factories.result()
        client.get("/")
        tag = client.get(address).headers["ETag"]
        app.extensions["heartbeat"].beat()
        queries.clear()
        answer = client.get(address, headers={"If-None-Match": tag})
        assert answer.status_code == 304
        assert queries == []
        lines = [f"{name}: {value}\r\n" for name, value in answer.headers]
        # The server adds its status line, name, date and connection.
        server = "HTTP/1.1 304 NOT MODIFIED\r\nServer: gunicorn\r\nConnection: keep-alive\r\n\r\n"
        assert len("".join(lines) + server + "Date: Mon, 23 Nov 2026 00:00:00 GMT\r\n") <= 250

    @pytest.mark.parametrize("address", ["/partials/counters", "/partials/tthc"])
    def test_without_a_heartbeat_a_poll_is_answered_all_the_same(self, client, address):
        tag = client.get(address).headers["ETag"]
        answer = client.get(address, headers={"If-None-Match": tag})
        assert answer.status_code == 304

    def test_a_poll_that_finds_something_new_brings_it(self, app, client):
        tag = client.get("/partials/counters").headers["ETag"]
        app.extensions["heartbeat"].beat()
        client.get("/", headers={"User-Agent": PHONE + " other"})
        app.extensions["heartbeat"].beat()
        answer = client.get("/partials/counters", headers={"If-None-Match": tag})
        assert answer.status_code == 200
        assert "<dt>Hôm nay:</dt> <dd>1</dd>" in answer.get_data(as_text=True)

    def test_either_poll_keeps_its_visitor_online(self, app, client, figures):
        client.get("/partials/tthc")
        app.extensions["heartbeat"].beat()
        assert figures() == (1, 0, 0, 0)

    def test_page_and_poll_are_the_same_fragment(self, visit, client):
        page = visit("/")
        assert client.get("/partials/counters").get_data(as_text=True).strip() in page
        assert client.get("/partials/tthc").get_data(as_text=True).strip() in page

    def test_the_results_poll_notices_a_change(self, app, client):
        tag = client.get("/partials/tthc").headers["ETag"]
        app.extensions["heartbeat"].beat()
        factories.result(on_time=907, late=2)
        app.extensions["heartbeat"].beat()
        answer = client.get("/partials/tthc", headers={"If-None-Match": tag})
        assert "99.8%" in answer.get_data(as_text=True)


class TestTheSecondWitness:
    def hear(self, client, **headers):
        return client.get("/partials/view", headers={"Tanky-Tab": "mark-of-this-tab-1", **headers})

    def test_it_is_a_small_answer_that_the_browser_remembers(self, app, client, queries):
        client.get("/")
        app.extensions["heartbeat"].beat()
        queries.clear()
        answer = self.hear(client)
        assert queries == []
        assert (answer.status_code, answer.data) == (200, b"")
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert "Set-Cookie" not in answer.headers
        lines = "".join(f"{name}: {value}\r\n" for name, value in answer.headers)
        server = "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n"
        assert len(lines + server + "Date: Mon, 23 Nov 2026 00:00:00 GMT\r\n") <= 250

    def test_a_browser_that_was_here_a_moment_ago_takes_its_visit_back(self, app, client, figures):
        client.get("/")
        seen = self.hear(client).headers["Last-Modified"]
        app.extensions["heartbeat"].beat()
        # The same phone on another line.
        client.environ_base["REMOTE_ADDR"] = "10.9.9.9"
        client.get("/")
        assert figures().total == 2
        self.hear(client, **{"If-Modified-Since": seen})
        app.extensions["heartbeat"].beat()
        assert figures() == (1, 1, 1, 1)

    def test_a_page_fetched_ahead_counts_once_it_is_seen(self, app, client, figures):
        client.get("/", headers={"Sec-Purpose": "prefetch;prerender"})
        app.extensions["heartbeat"].beat()
        assert figures() == (0, 0, 0, 0)
        self.hear(client)
        app.extensions["heartbeat"].beat()
        assert figures() == (1, 1, 1, 1)

    def test_without_a_heartbeat_it_is_heard_all_the_same(self, client, figures):
        client.get("/")
        client.get("/", headers={"User-Agent": PHONE})
        self.hear(client)
        assert figures() == (1, 1, 1, 1)

    def test_an_editor_who_is_signed_in_is_not_counted(self, desk_of, editor, figures):
        answer = self.hear(desk_of(editor).client)
        assert answer.headers["Cache-Control"] == "no-store"
        assert figures() == (0, 0, 0, 0)

    def test_how_it_is_counted_is_said_by_the_code_s_own_numbers(self, visit):
        page = visit("/cach-dem")
        assert "nhiều nhất 256 người mới" in page
        assert 'href="/cach-dem"' in visit("/")

    def test_the_desk_sees_what_was_left_out(self, app, client, desk_of, editor):
        client.get("/")
        self.hear(client)
        client.get("/", headers={"User-Agent": "Googlebot/2.1"})
        app.extensions["heartbeat"].beat()
        page = desk_of(editor).get("/bien-tap/luot-truy-cap").get_data(as_text=True)
        row = page.split("<tbody>")[1].split("</tr>")[0]
        assert "<td>1</td><td>1</td><td>1</td><td>0</td><td>0</td><td>0</td>" in row


def test_a_heartbeat_that_died_is_started_again_and_said_so(tmp_path, caplog):
    from tanky import create_app

    app = create_app(tmp_path)
    heart = app.extensions["heartbeat"]
    heart._run = lambda: None  # a thread that ends at once
    heart.ensure()
    heart._thread.join()
    heart.ensure()
    assert "heartbeat thread had died" in caplog.text
    heart._thread.join()


def test_a_job_that_fails_is_logged_and_its_memory_not_trusted(app, caplog):
    heart = app.extensions["heartbeat"]
    heart.beat()
    assert heart.fresh
    heart.add(lambda: 1 / 0)
    heart._last = float("-inf")
    heart.beat()
    heart.jobs.pop()
    assert not heart.fresh
    assert "a heartbeat job failed" in caplog.text
