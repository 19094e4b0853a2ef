"""A phone on a connection that comes and goes, with a real service worker."""

import random
import socket
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tanky.base.db import db
from tanky.life_events.models import LifeEvent
from tanky.news.models import Article, State
from tanky.text import formats

from .. import factories

KEPT = """async ([name, path]) => (await (await caches.open(name)).keys())
    .some((request) => new URL(request.url).pathname === path)"""


def eventually(page, condition: str, arg=None):
    """Wait until a function of the page gives true (its policy forbids Playwright's own way)."""
    page.evaluate(
        f"""async (arg) => {{
            const condition = {condition}, end = Date.now() + 20000;
            while (!(await condition(arg))) {{
                if (Date.now() > end) throw new Error("waited in vain");
                await new Promise((go) => setTimeout(go, 20));
            }}
        }}""",
        arg,
    )


@pytest.fixture
def phone(open_page):
    """A page of which the worker has charge, as from the second page of a visit on."""

    def open_it(address):
        page = open_page(address, service_workers="allow")
        page.wait_for_load_state("networkidle")
        page.goto(address)
        eventually(page, "() => navigator.serviceWorker.controller?.state === 'activated'")
        return page

    return open_it


def names(page) -> list[str]:
    return page.evaluate("caches.keys()")


def saved(page, name="tanky-read") -> list[str]:
    return page.evaluate(
        """async (name) => (await (await caches.open(name)).keys())
             .map((request) => new URL(request.url).pathname)""",
        name,
    )


def lose_the_network(page):
    page.context.set_offline(True)


def wait_until_saved(page, path, name="tanky-read"):
    eventually(page, KEPT, [name, path])


def test_a_page_that_was_read_is_there_without_a_network_and_says_so(phone):
    page = phone("/")
    page.goto("/thu-tuc/1.001193")
    wait_until_saved(page, "/thu-tuc/1.001193")
    lose_the_network(page)
    page.goto("/thu-tuc/1.001193")
    assert page.locator("h1").inner_text() == "Đăng ký khai sinh"
    note = page.locator(".tk-banner--saved").inner_text()
    assert "Bản đã lưu lúc " in note
    # Visitors of a moment that is gone are not shown as if they were here now.
    assert page.locator("#tk-counters dd").all_inner_texts() == ["–"] * 4
    page.context.set_offline(False)
    page.reload()
    assert page.locator(".tk-banner--saved").count() == 0
    assert "–" not in page.locator("#tk-counters dd").all_inner_texts()


def test_the_very_first_page_is_kept_as_well(phone):
    page = phone("/tin-tuc/")
    wait_until_saved(page, "/tin-tuc/")
    lose_the_network(page)
    page.reload()
    assert page.locator(".tk-teaser").count() > 1


def test_what_was_never_read_leads_to_what_was(phone):
    page = phone("/tin-tuc/")
    wait_until_saved(page, "/tin-tuc/")
    lose_the_network(page)
    page.goto("/thu-tuc/ket-qua")
    assert page.locator("h1:visible").inner_text() == UNREAD
    assert page.locator("#tk-counters dd").all_inner_texts() == ["–"] * 4
    page.click("#da-luu a:text-is('Tin tức')")
    assert page.locator("h1").inner_text() == "Tin tức"


def test_what_was_never_read_opens_by_itself_when_the_network_is_back(phone):
    page = phone("/tin-tuc/")
    lose_the_network(page)
    page.goto("/thu-tuc/ket-qua")
    page.context.set_offline(False)
    expect(page.locator("h1:visible")).to_contain_text("Kết quả giải quyết")


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_server_that_is_away_is_no_network_for_what_was_never_read(phone, portal, status):
    page = phone("/tin-tuc/")
    whole, portal.wsgi_app = portal.wsgi_app, failing(status)
    try:
        page.goto("/thu-tuc/ket-qua")
        expect(page.locator("h1:visible")).to_have_text(UNREAD, use_inner_text=True)
    finally:
        portal.wsgi_app = whole


def test_saved_procedures_are_searched_on_the_phone(phone):
    page = phone("/thu-tuc/?linh-vuc=chung-thuc")
    page.click("text=Lưu danh mục này")
    expect(page.locator("[data-save]")).to_contain_text("Đã lưu trên máy này")
    lose_the_network(page)
    page.goto("/thu-tuc/?q=chung+thuc+chữ+ký")
    links = page.locator("[data-saved] li a")
    expect(links.first).to_contain_text("Chứng thực chữ ký")
    page.fill("#tim-da-luu", "sao từ bản chính")
    expect(links.first).to_contain_text("bản sao từ bản chính")
    page.fill("#tim-da-luu", "trực thăng")
    expect(links).to_have_count(0)
    expect(page.locator("[data-saved-nothing]")).to_be_visible()


def test_searches_are_not_kept(phone):
    page = phone("/tin-tuc/")
    page.goto("/tim-kiem?q=khai+sinh")
    page.goto("/thu-tuc/?q=khai+sinh")
    page.goto("/lien-he")
    wait_until_saved(page, "/lien-he")
    assert "/tim-kiem" not in saved(page)
    assert "/thu-tuc/" not in saved(page)


def test_a_file_that_was_opened_is_there_whole(phone, portal):
    page = phone("/thu-tuc/1.001193")
    path = page.locator(".tk-file").first.get_attribute("href")
    with portal.test_client().get(path) as answer:
        whole = answer.data
    with page.expect_download():
        page.locator(".tk-file").first.click()
    wait_until_saved(page, path, "tanky-files")
    lose_the_network(page)
    size = (
        """async (path) => (await (await caches.match(path, { ignoreVary: true })).blob()).size"""
    )
    assert page.evaluate(size, path) == len(whole)
    with page.expect_download() as download:
        page.locator(".tk-file").first.click()
    assert Path(download.value.path()).read_bytes() == whole


def test_whichever_page_is_opened_what_was_withdrawn_goes(phone, portal):
    with portal.app_context():
        id = factories.add(LifeEvent(title="Mừng thọ", slug="mung-tho")).id
    page = phone("/viec-can-lam/mung-tho")
    wait_until_saved(page, "/viec-can-lam/mung-tho")
    with portal.app_context():
        db.session.get(LifeEvent, id).trashed_at = formats.now()
        db.session.commit()
    page.goto("/lien-he")
    gone = f"async (path) => !(await ({KEPT})(['tanky-read', path]))"
    eventually(page, gone, "/viec-can-lam/mung-tho")


def test_chosen_procedures_are_there_whole(phone):
    page = phone("/thu-tuc/?linh-vuc=chung-thuc")
    page.click("text=Lưu danh mục này")
    button = page.locator("[data-save]")
    expect(button).to_contain_text("Đã lưu trên máy này")
    assert "/thu-tuc/2.000815" in saved(page, "tanky-chosen")
    lose_the_network(page)
    page.click("text=Chứng thực chữ ký")
    assert page.locator(".tk-papers__item").count() > 0
    assert page.locator(".tk-banner--saved").count() == 1
    page.locator("[data-save]").click()
    expect(page.locator("[data-save]")).to_have_text("Lưu cùng mẫu đơn để đọc khi không có mạng")
    assert "/thu-tuc/2.000884" not in saved(page, "tanky-chosen")


def test_choosing_counts_no_view(phone, portal):
    page = phone("/thu-tuc/1.001193")
    before = portal.extensions["tally"].figures()
    page.click("text=Lưu cùng mẫu đơn")
    expect(page.locator("[data-save]")).to_contain_text("Đã lưu")
    assert portal.extensions["tally"].figures() == before


def test_a_page_that_is_read_again_is_counted_and_current(phone, portal):
    page = phone("/tin-tuc/2")
    with portal.app_context():
        article = db.session.get(Article, 2)
        article.title = "Tên vừa sửa"
        article.refresh_derived()
        db.session.commit()
        views = portal.extensions["tally"].page_views(1)[2]
    page.goto("/tin-tuc/2")
    assert page.locator("h1").inner_text() == "Tên vừa sửa"
    with portal.app_context():
        after = portal.extensions["tally"].page_views(1)[2]
    assert sum(after.values()) == sum(views.values()) + 1


def test_a_withdrawn_article_goes_from_the_phone_as_well(phone, portal):
    page = phone("/tin-tuc/3")
    path = page.evaluate("location.pathname")
    wait_until_saved(page, path)
    with portal.app_context():
        db.session.get(Article, 3).state = State.WITHDRAWN
        db.session.commit()
    page.goto(path)
    eventually(page, f"async (path) => !(await ({KEPT})(['tanky-read', path]))", path)


def test_the_desk_is_never_kept(phone):
    from .test_pages import sign_in

    page = phone("/")
    sign_in(page)
    page.goto("/bien-tap/tin-tuc/")
    page.goto("/bien-tap/tin-tuc/1/xem-thu")
    page.goto("/")
    wait_until_saved(page, "/")
    everything = [path for name in names(page) for path in saved(page, name)]
    assert not [path for path in everything if path.startswith(("/bien-tap", "/dang-nhap"))]


def test_a_server_that_fails_is_like_no_network(phone, portal):
    page = phone("/tin-tuc/")
    wait_until_saved(page, "/tin-tuc/")
    with line(page, portal, "away"):
        page.goto("/tin-tuc/")
        assert page.locator(".tk-banner--saved").count() == 1


def test_a_line_cut_in_the_middle_of_a_page_takes_no_saved_copy_away(phone, portal):
    page = phone("/tin-tuc/")
    wait_until_saved(page, "/tin-tuc/")
    with line(page, portal, "cut"):
        page.goto("/tin-tuc/", wait_until="commit")
    lose_the_network(page)
    page.goto("/tin-tuc/")
    assert page.locator(".tk-banner--saved").count() == 1
    assert page.locator(".tk-teaser").count() > 1


def test_a_day_of_a_line_that_comes_and_goes(phone, portal):
    """What is shown is either so now or says that it is a saved copy; what was read is there."""
    chance = random.Random(11)
    with portal.test_request_context():
        article = db.session.get(Article, 2).url
    names = {"/tin-tuc/": "Tin tức", "/thu-tuc/1.001193": "Đăng ký khai sinh", article: "Tên 0"}
    rename(portal, names[article])
    page, read, lines = phone("/"), {}, []
    for step in range(40):
        if chance.random() < 0.3:
            names[article] = f"Tên {step}"
            rename(portal, names[article])
        address = chance.choice(list(names))
        lines.append(chance.choice(["up", "up", "down", "away", "cut"]))
        with line(page, portal, lines[-1]):
            page.goto(address, wait_until="commit" if lines[-1] == "cut" else "load")
            banner, title = page.locator(".tk-banner--saved").count(), page.locator("h1:visible")
            figures = page.locator("#tk-counters dd")
            if lines[-1] == "up":
                assert (banner, title.inner_text()) == (0, names[address])
                assert "–" not in figures.all_inner_texts()
                read[address] = names[address]
                eventually(page, SAVED_TEXT, [page.url, f">{names[address]}</h1>"])
            elif lines[-1] in ("down", "away"):
                assert banner == (address in read)
                assert title.inner_text() == read.get(address, UNREAD)
                assert figures.all_inner_texts() == ["–"] * 4
                if address not in read:  # left, or it would open by itself
                    page.goto("about:blank")
    assert set(lines) == {"up", "down", "away", "cut"}
    assert len(read) == 3


UNREAD = "Không có mạng, trang này chưa lưu"
SAVED_TEXT = """async ([url, text]) =>
    (await (await caches.match(url, { ignoreVary: true }))?.text())?.includes(text)"""


def rename(portal, title):
    with portal.app_context():
        article = db.session.get(Article, 2)
        article.title = title  # its address stays
        db.session.commit()


@contextmanager
def line(page, portal, state):
    """A line that is up or down, a server that is away, or a line that is cut within an answer."""
    whole = portal.wsgi_app
    portal.wsgi_app = {"away": failing(502), "cut": cut}.get(state, whole)
    page.context.set_offline(state == "down")
    try:
        yield
    finally:
        portal.wsgi_app = whole
        page.context.set_offline(False)


def cut(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", "9000")])
    yield b"<!doctype html><title>Tin</title><p>" + b"Tin " * 500
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)


def failing(status: int):
    def answer(environ, start_response):
        start_response(f"{status} Away", [("Content-Type", "text/plain")])
        return [b"away"]

    return answer


def test_switched_off_it_removes_itself_and_what_it_kept(phone, portal):
    page = phone("/tin-tuc/")
    wait_until_saved(page, "/tin-tuc/")
    portal.config["TANKY"]["offline"] = 0
    with portal.app_context():  # as a start with another setting would, forget kept pages
        db.session.get(Article, 1).lede += "."
        db.session.commit()
    try:
        page.goto("/")
        eventually(page, "async () => !(await navigator.serviceWorker.getRegistrations()).length")
        # The page that removed it is its last: a photo that comes late goes with the next one.
        page.goto("/thu-tuc/")
        eventually(page, "async () => !(await caches.keys()).length")
        assert not page.evaluate("!!navigator.serviceWorker.controller")
    finally:
        portal.config["TANKY"]["offline"] = 1
        with portal.app_context():
            db.session.get(Article, 1).lede += "."
            db.session.commit()


def test_what_is_saved_can_be_thrown_away(phone):
    page = phone("/tin-tuc/")
    wait_until_saved(page, "/tin-tuc/")
    page.goto("/ngoai-tuyen")
    with page.expect_navigation():
        page.click("text=Xoá các trang đã lưu")
    eventually(page, f"async (place) => !(await ({KEPT})(place))", ["tanky-read", "/tin-tuc/"])
