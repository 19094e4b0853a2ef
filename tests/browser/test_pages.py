"""What only a browser can show: layout, contrast, polling, typing."""

import io
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from werkzeug.datastructures import FileStorage

from tanky.base.db import db
from tanky.media import library
from tanky.news.models import Article, AutosavedDraft
from tanky.results import figures
from tanky.results.models import MonthlyResult
from tanky.text import formats
from tanky.web import assets

from .. import factories

PUBLIC = [
    "/", "/tin-tuc/", "/tin-tuc/chuyen-muc/thong-bao", "/tin-tuc/1", "/tin-tuc/2", "/thu-tuc/",
    "/thu-tuc/?q=khong-co", "/thu-tuc/1.001193", "/thu-tuc/ket-qua", "/tim-kiem",
    "/tim-kiem?q=khai", "/dang-nhap", "/khong-co", "/nhung/", "/hien-thi", "/ngoai-tuyen",
    "/so-do-trang", "/lien-he", "/van-ban/", "/van-ban/quyet-dinh-01-2026-qd-mau",
    "/van-ban/quyet-dinh-01-2026-qd-mau/toan-van", "/lich/", "/lich/?thang=2026-12", "/lich/1",
    "/to-chuc/", "/to-chuc/chu-tich-mau", "/tiep-can", "/thong-bao/", "/thong-bao/1", "/cong-khai/",
    "/cong-khai/ngan-sach", "/cong-khai/1", "/cong-khai/1/chung-nhan", "/cong-khai/danh-muc",
    "/cong-khai/theo-quy", "/cong-khai/ke-hoach", "/tiep-can-thong-tin", "/cach-dem", "/rieng-tu",
    "/truyen-thanh/", "/truyen-thanh/1", "/giay-phep", "/tim-kiem?q=khai&loai=thu-tuc",
    "/thu-vien/", "/thu-vien/1", "/gioi-thieu/",
    "/thu-tuc/khong-lam-o-xa/", "/viec-can-lam/", "/thu-tuc/1.001193/phieu",
]  # fmt: skip
DESK = [
    "", "lich/", "lich/1", "nghia-vu/", "nghia-vu/muc/van-ban", "nghia-vu/moi", "to-chuc/",
    "to-chuc/1", "don-vi/1", "to-chuc/kenh", "to-chuc/mot-cua", "thong-bao/", "thong-bao/1",
    "thong-bao/moi", "cong-khai/", "cong-khai/1", "cong-khai/muc", "cong-khai/muc/5",
    "cong-khai/ke-hoach", "cong-khai/danh-muc", "cong-khai/tiep-can-thong-tin", "van-ban/",
    "van-ban/1", "tin-tuc/", "tin-tuc/1", "chuyen-muc/", "chuyen-muc/1", "thu-tuc/",
    "thu-tuc/1.001193", "ket-qua/", "ket-qua/moi", "trang/", "trang/nhung", "trang/menu",
    "mat-khau", "tep/", "tep/1", "nguoi/", "nguoi/1", "tai-khoan/", "tai-khoan/hai-lop", "nhat-ky/",
    "thung-rac/", "tin-tuc/1/xem-thu", "tin-tuc/1/phien-ban", "tin-tuc/1/chuyen-ma",
    "ket-qua/lich-su", "truyen-thanh/", "truyen-thanh/1", "truyen-thanh/moi", "thu-vien/",
    "thu-vien/1", "thu-vien/moi",
]  # fmt: skip


RULE = re.compile(r"\.(tk-[\w-]+)")


def sign_in(page):
    page.goto("/dang-nhap")
    page.fill("#username", "sep")
    page.fill("#password", factories.PASSWORD)
    page.click("main button[type=submit]")


def broken_rules(page, only: str = ""):
    # What is in order is not told in full: to bring it out of the page takes longer than the rules.
    options = {"resultTypes": ["violations"]} | ({"runOnly": [only]} if only else {})
    page.evaluate(Axe().axe_script)
    found = page.evaluate("options => axe.run(options).then(told => told.violations)", options)
    return [(rule["id"], rule["nodes"][0]["html"][:120]) for rule in found]


def in_parts(addresses):
    """The addresses in four parts, so that each worker has some of them."""
    parts = [addresses[part::4] for part in range(4)]
    return pytest.mark.parametrize("addresses", parts, ids="abcd")


@in_parts(PUBLIC)
def test_no_rule_of_accessibility_or_of_the_page_s_own_policy_is_broken(open_page, addresses):
    page = open_page("about:blank")
    for address in addresses:
        page.emulate_media(color_scheme="light")
        page.goto(address)
        assert broken_rules(page) == [], address
        page.emulate_media(color_scheme="dark")
        assert broken_rules(page, only="color-contrast") == [], address
    assert [fault for fault in page.faults if "404" not in fault] == []


@in_parts(DESK)
def test_no_accessibility_rule_is_broken_on_the_desk(open_page, addresses):
    page = open_page("/")
    sign_in(page)
    for path in addresses:
        page.goto(f"/bien-tap/{path}")
        assert broken_rules(page) == [], path


def test_each_page_has_the_rules_for_what_is_on_it(portal):
    """A page is sent the parts of our style that it names (its template's ``styles``)."""
    apart = ("display", "print")  # whoever chose it has the one, each page links the other
    parts = [assets.FOLDER / f"css/{name}.css" for name in assets.STYLES if name not in apart]
    styled = set(RULE.findall(" ".join(part.read_text() for part in parts)))
    client = portal.test_client()
    for address in PUBLIC:
        page = client.get(address, follow_redirects=True).get_data(as_text=True)
        used = set(" ".join(re.findall(r'class="([^"]*)"', page)).split())
        within = set(RULE.findall(page.partition("<style>")[2].partition("</style>")[0]))
        assert used & styled <= within, address


@in_parts(PUBLIC + [f"/bien-tap/{path}" for path in DESK])
def test_no_page_is_wider_than_the_screen(open_page, addresses):
    page = open_page("/")
    sign_in(page)
    for address in addresses:
        page.goto(address)
        for width in (320, 360, 768, 1280):
            page.set_viewport_size({"width": width, "height": 740})
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (address, width)


@pytest.mark.parametrize("text", ["0", "2"])
def test_the_header_stays_low_at_every_text_size_and_covers_nothing(open_page, portal, text):
    width = 320  # pixels; also what a screen of 640 has at 200 %
    page = open_page("about:blank", width=width)
    chosen = {"name": "hien-thi", "value": f"{text}00", "url": portal.address}
    page.context.add_cookies([chosen])
    for path in ("/", "/thu-tuc/1.001193"):
        page.goto(path)
        assert page.locator(".tk-header").bounding_box()["height"] <= 64
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        # With the keyboard, whatever has the focus is seen whole, also beneath what sticks.
        for _ in range(15):
            page.keyboard.press("Tab")
            covered = page.evaluate("""() => {
                const { left, top, width, height } = document.activeElement.getBoundingClientRect();
                const seen = document.elementFromPoint(left + width / 2, top + height / 2);
                return seen && !document.activeElement.contains(seen) && seen.closest('.tk-reach')
                    && !document.activeElement.closest('.tk-reach');
            }""")
            assert not covered


def test_figures_and_addresses_stay_whole_in_the_largest_text(open_page, portal):
    page = open_page("about:blank", width=360)
    page.context.add_cookies([{"name": "hien-thi", "value": "200", "url": portal.address}])
    for path, wanted in (("/", ".tk-results__list dd"),
                         ("/lien-he", ".tk-pairs dd:has-text('0220'), .tk-pairs dd:has-text('@')"),
                         ("/thu-tuc/1.001193", ".tk-reach > *")):  # fmt: skip
        page.goto(path)
        for part in page.locator(wanted).all():
            lines = part.evaluate("""(part) => {
                const range = document.createRange();
                range.selectNodeContents(part);
                return new Set([...range.getClientRects()].map((box) => box.bottom)).size;
            }""")
            assert lines == 1, part.inner_text()
    page.goto("/")
    ring = page.locator(".tk-ring").bounding_box()["width"]
    assert page.locator(".tk-results__rate strong").bounding_box()["width"] < ring


def test_pages_are_whole_without_javascript(open_page):
    page = open_page("about:blank", javascript=False)
    for address in PUBLIC:
        page.goto(address)
        assert page.locator("h1").count() == 1, address
        assert page.title(), address
        assert page.get_by_text("Tất cả:", exact=True).is_visible(), address


def test_search_works_without_javascript(open_page):
    page = open_page("/", javascript=False)
    page.fill("#tim", "khai sinh")
    page.press("#tim", "Enter")
    page.click("a:text-is('Đăng ký khai sinh')")
    assert page.locator("h1").inner_text() == "Đăng ký khai sinh"


def test_typing_narrows_the_catalogue_and_the_address_follows(open_page):
    page = open_page("/thu-tuc/")
    page.locator(".tk-find[data-htmx-powered]").wait_for()
    page.locator("#q").press_sequentially("ket hon")
    expect(page.locator(".tk-procedures__title").first).to_have_text("Đăng ký kết hôn")
    page.wait_for_url("**/thu-tuc/?q=ket**")
    assert page.evaluate("document.activeElement.id") == "q"


class TestPolling:
    def poll(self, page, id):
        """Have a fragment polled now and wait for the answer; its status."""
        # The script comes after all that is seen.
        page.locator(f"#{id}[data-htmx-powered]").wait_for(state="attached")
        with page.expect_response(
            lambda answer: answer.url.endswith(("/partials/counters", "/partials/tthc"))
        ) as caught:
            page.evaluate(
                "id => document.getElementById(id).dispatchEvent(new CustomEvent('poll'))", id
            )
        caught.value.finished()
        return caught.value.status

    def counted(self, page, portal):
        """The page again, once nothing of its own view is left to count. All these browsers are of
        one make and address: the first view of one is set right by its own word, the second needs
        no setting right.
        """
        page.wait_for_load_state("networkidle")
        portal.extensions["heartbeat"].beat()
        page.reload()
        page.wait_for_load_state("networkidle")
        portal.extensions["heartbeat"].beat()
        return page

    @pytest.mark.parametrize("fragment", ["tk-counters", "tk-results"])
    def test_the_first_poll_already_finds_nothing_new(self, open_page, portal, fragment):
        page = self.counted(open_page("/"), portal)
        assert self.poll(page, fragment) == 304
        assert self.poll(page, fragment) == 304
        assert page.faults == []

    def test_a_change_comes_in_and_the_next_poll_knows_it(self, open_page, portal):
        page = self.counted(open_page("/"), portal)
        with portal.app_context():
            portal.extensions["tally"].view("203.0.113.1", "another phone")
        portal.extensions["heartbeat"].beat()
        before = page.locator("#tk-counters dd").nth(3).inner_text()
        assert self.poll(page, "tk-counters") == 200
        expect(page.locator("#tk-counters dd").nth(3)).not_to_have_text(before)
        portal.extensions["heartbeat"].beat()
        assert self.poll(page, "tk-counters") == 304

    def test_new_results_come_in_without_losing_the_reader_s_place(self, open_page, portal):
        page = open_page("/")
        page.locator("#tk-results a").focus()
        with portal.app_context():
            row = db.session.scalar(db.select(MonthlyResult).where(
                MonthlyResult.year == figures.latest().year))  # fmt: skip
            row.settled_late += 50
            figures.mark_changed(formats.now())
            db.session.commit()
        portal.extensions["heartbeat"].beat()
        assert self.poll(page, "tk-results") == 200
        expect(page.locator("#tk-results")).not_to_contain_text("99.8%")
        assert page.evaluate("document.activeElement.closest('#tk-results') !== null")

    def test_a_server_that_fails_changes_nothing_on_the_page(self, open_page):
        page = open_page("/")
        before = page.locator("#tk-counters").inner_text()
        page.route("**/partials/**", lambda route: route.fulfill(status=500, body="<b>fault</b>"))
        assert self.poll(page, "tk-counters") == 500
        assert page.locator("#tk-counters").inner_text() == before

    def test_nothing_is_announced(self, open_page):
        page = open_page("/")
        assert page.locator("#tk-counters[aria-live], #tk-counters [aria-live]").count() == 0

    def test_it_polls_by_itself_and_only_while_visible(self, open_page):
        page = open_page("/")
        page.wait_for_load_state("networkidle")
        page.clock.install()
        page.reload()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        with page.expect_request("**/partials/counters"):
            page.clock.fast_forward(40_000)
        page.evaluate("""() => {
            Object.defineProperty(document, 'hidden', {value: true, configurable: true});
            document.dispatchEvent(new Event('visibilitychange'));
        }""")
        page.wait_for_load_state("networkidle")
        asked.clear()
        page.clock.fast_forward(4_000_000)
        assert asked == []


@pytest.mark.parametrize("address", ["/", "/bien-tap/", "/nhung/tthc"])
def test_no_text_becomes_a_script(open_page, address):
    """Trusted Types: whatever reaches a page by a fault of ours, it is not run."""
    page = open_page("/")
    sign_in(page)
    page.goto(address)
    for attempt in ("eval('1')", "document.createElement('script').text = 'var is_run = 1'",
                    "document.createElement('script').src = 'https://khac.example/x.js'",
                    "setTimeout('var is_run = 1')"):  # fmt: skip
        # The console's own evaluation is not held to the policy; a timer of the page is.
        page.evaluate(
            f"new Promise(done => setTimeout(() => {{ try {{ {attempt}; done() }} "
            "catch (error) { window.refused = error.name; done() } }))"
        )
        assert page.evaluate("window.refused") in ("TypeError", "EvalError"), attempt
        page.evaluate("delete window.refused")
    assert not page.evaluate("'is_run' in window")


class TestDesk:
    def test_a_draft_saves_itself_as_one_types(self, open_page, portal):
        page = open_page("/")
        sign_in(page)
        page.click("text=Viết bài mới")
        page.fill("#title", "Đang gõ thì mất điện")
        expect(page.locator("#tu-luu")).to_contain_text("Đã lưu lúc")
        with portal.app_context():
            kept = db.session.scalar(db.select(AutosavedDraft))
            assert kept.fields["title"] == "Đang gõ thì mất điện"
            assert db.session.get(Article, kept.article_id).title == ""
        assert page.faults == []

    def test_a_lost_connection_is_said_and_tried_again(self, open_page):
        page = open_page("/")
        sign_in(page)
        page.click("text=Viết bài mới")
        page.context.set_offline(True)
        page.fill("#title", "Mất mạng")
        expect(page.locator("#tu-luu")).to_contain_text("Mất kết nối")
        page.context.set_offline(False)
        expect(page.locator("#tu-luu")).to_contain_text("Đã lưu lúc")

    def test_an_article_goes_out_from_a_phone_without_javascript(self, open_page):
        page = open_page("/", javascript=False)
        sign_in(page)
        page.click("text=Viết bài mới")
        page.fill("#title", "Tin từ điện thoại")
        page.select_option("#category", index=1)
        page.fill("#body", "Chỉ một đoạn.")
        page.click("text=Duyệt và đăng")
        page.goto("/tin-tuc/")
        assert page.get_by_role("link", name="Tin từ điện thoại").is_visible()


class TestWeight:
    """The budgets of PRODUCT.md §4, in bytes and requests; never time."""

    @pytest.mark.parametrize("address", [a for a in PUBLIC if a != "/khong-co"])
    def test_a_page_keeps_within_its_budget(self, weigh, address):
        _, loaded = weigh(address)
        parts = [part for part in loaded() if "/anh/" not in part[1] and part[0] != "Redirect"]
        needed = sum(size for kind, _, size in parts if kind in ("Document", "Stylesheet"))
        assert needed <= 14_000, parts
        assert sum(size for _, _, size in parts) <= 36_000, parts
        assert len(parts) <= 6, parts
        assert sum(kind == "Script" for kind, _, _ in parts) <= 1

    def test_the_second_page_is_one_request(self, weigh):
        page, loaded = weigh("/")
        before = len(loaded())
        page.goto("/thu-tuc/1.001193")
        page.wait_for_load_state("networkidle")
        more = [part for part in loaded()[before:] if part[2] > 0]
        assert len(more) == 1, more
        assert more[0][2] <= 10_000, more

    def test_the_photos_of_a_phone_s_first_screen(self, weigh):
        _, loaded = weigh("/")
        photos = [size for _, url, size in loaded() if "/anh/" in url]
        assert photos
        assert sum(photos) <= 60_000

    def test_a_list_loads_three_photos_and_the_rest_when_near(self, portal, open_page):
        with portal.app_context():
            category = factories.category("Ảnh")
            for number in range(10):
                upload = FileStorage(
                    io.BytesIO(factories.photo(360, 200 + number)), f"{number}.jpg"
                )
                factories.article(f"Ảnh {number}", cover=library.take(upload), category=category)
            address = f"/tin-tuc/chuyen-muc/{category.slug}"
        page = open_page("about:blank")
        photos = set()
        page.on("request", lambda sent: photos.add(sent.url) if "/anh/" in sent.url else None)
        page.goto(address)
        page.wait_for_load_state("networkidle")
        assert len(photos) <= 6  # as many as stand on the first screen, and a little below
        last = page.locator(".tk-teaser__photo").last
        last.locator("..").scroll_into_view_if_needed()
        page.wait_for_function(
            "photo => photo.complete && photo.naturalWidth", arg=last.element_handle()
        )


VOICE = """
window.spoken = [];
Object.defineProperty(window, "speechSynthesis", { value: {
  getVoices: () => [{ lang: "en-US", localService: true }, { lang: "vi-VN", localService: %s }],
  speak: (words) => { spoken.push([words.text, words.voice.lang]); window.saying = words; },
  cancel() {}, addEventListener() {},
} });
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
"""


class TestReadingAloud:
    """With a stand-in for the device's voice, which this machine has none of."""

    @pytest.fixture
    def listener(self, open_page):
        def open_with(voice: str):
            page = open_page("about:blank")
            page.add_init_script(VOICE % voice)
            page.goto("/tin-tuc/1")
            return page

        return open_with

    def test_an_article_is_read_block_by_block_and_goes_on_where_it_stopped(self, listener):
        page = listener("true")
        page.click("text=Nghe bài")
        page.evaluate("saying.onend()")
        page.click("text=Dừng đọc")
        page.evaluate("saying.onend()")  # what was cut off says so late
        page.click("text=Nghe tiếp")
        spoken = page.evaluate("spoken")
        assert spoken[0] == [page.locator("h1").inner_text(), "vi-VN"]
        assert spoken[1] == spoken[2] == [page.locator(".tk-article__lede").inner_text(), "vi-VN"]

    def test_a_voice_that_would_be_fetched_is_not_used(self, listener):
        page = listener("false")
        page.wait_for_load_state("networkidle")
        assert not page.locator("[data-listen]").is_visible()
