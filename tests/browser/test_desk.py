"""The desk in a browser: writing on a phone and a wide screen, with the line cut in between."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect

from tanky.base.db import db
from tanky.media.models import MediaFile
from tanky.news.models import Article, AutosavedDraft

from .. import factories
from ..factories import docx, paragraph, run
from .test_pages import sign_in

WRITING = ".tk-writing[data-ready] #noi-dung-bai"
SAVE = "#bai button[type=submit]:not([formaction])"
PASTE = """([kind, text]) => {
    const data = new DataTransfer();
    data.setData(kind, text);
    if (kind === 'text/html') data.setData('text/plain', 'x');
    document.getElementById('noi-dung-bai').dispatchEvent(
        new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true}));
}"""


@pytest.fixture
def new_article(open_page):
    """A signed-in editor-in-chief at a new article's form."""

    def begin(**options):
        page = open_page("/", **options)
        sign_in(page)
        page.goto("/bien-tap/tin-tuc/")
        page.click("text=Viết bài mới")
        if options.get("javascript", True):
            page.wait_for_selector(WRITING)
        return page

    return begin


def body(page) -> str:
    return page.input_value("#body")


def saved(page):
    expect(page.locator("#tu-luu")).to_contain_text("Đã lưu lúc")


class TestWriting:
    @pytest.mark.parametrize("width", [360, 1280])
    def test_what_is_written_is_plain_good_html(self, new_article, portal, width):
        page = new_article(width=width)
        page.fill("#title", "Viết trên trang")
        page.click(WRITING)
        page.keyboard.type("Đầu mục")
        page.click("[data-do=h2]")
        page.keyboard.press("Enter")
        page.keyboard.type("Chữ ")
        page.click("[data-do=bold]")
        page.keyboard.type("đậm")
        page.click("[data-do=bold]")
        page.keyboard.press("Enter")
        page.click("[data-do=bullets]")
        page.keyboard.type("mục")
        page.click(SAVE)
        page.wait_for_selector(".tk-notice-box--good")
        with portal.app_context():
            made = db.session.scalar(db.select(Article).order_by(Article.id.desc()))
            assert made.body.replace("\n", "") == (
                "<h2>Đầu mục</h2><p>Chữ <strong>đậm</strong></p><ul><li>mục</li></ul>"
            )
        assert page.faults == []

    def test_undo_takes_back_and_redo_brings_again(self, new_article):
        page = new_article()
        page.click(WRITING)
        page.keyboard.type("một")
        page.click("[data-do=undo]")
        expect(page.locator("#body")).to_have_value("")
        page.click("[data-do=redo]")
        expect(page.locator("#body")).to_have_value("<p>một</p>")

    def test_a_table_grows_and_goes(self, new_article):
        page = new_article(width=1280)
        page.click(WRITING)
        page.click("[data-do=table]")
        page.keyboard.type("Thôn")
        assert body(page).count("<tr>") == 3
        assert "<th>Thôn</th>" in body(page).replace(' colspan="1" rowspan="1"', "")
        page.click("[data-do=rowAfter]")
        assert body(page).count("<tr>") == 4
        page.click("[data-do=tableDelete]")
        assert "<table" not in body(page)
        expect(page.locator("#cong-cu-bang")).to_be_hidden()

    def test_a_link_is_set_and_a_bad_one_refused(self, new_article):
        page = new_article()
        page.click(WRITING)
        page.keyboard.type("Cổng")
        page.keyboard.press("Control+a")
        page.click("[data-do=link]")
        page.fill("#dia-chi-lien-ket", "javascript:alert(1)")
        page.click("text=Đặt liên kết")
        expect(page.locator("#loi-lien-ket")).to_be_visible()
        page.fill("#dia-chi-lien-ket", "dichvucong.gov.vn")
        page.click("text=Đặt liên kết")
        expect(page.locator("#body")).to_have_value(
            '<p><a href="https://dichvucong.gov.vn">Cổng</a></p>'
        )

    def test_a_photo_is_uploaded_described_and_captioned(self, new_article, portal):
        page = new_article()
        page.click(WRITING)
        page.click("[data-do=picture]")
        page.wait_for_selector("[data-choose]")
        photo = {"name": "Ảnh đồng.jpg", "mimeType": "image/jpeg",
                 "buffer": factories.photo(801, 601)}  # fmt: skip
        page.set_input_files("#tep-moi", photo)
        page.click(".tk-writing figure img")
        page.fill("#mo-ta-anh", "Cánh đồng")
        page.click(".tk-writing figcaption")
        page.keyboard.type("Đồng thôn Đông")
        assert 'alt="Cánh đồng"' in body(page)
        assert "<figcaption>Đồng thôn Đông</figcaption>" in body(page)
        with portal.app_context():
            kept = db.session.scalar(db.select(MediaFile).order_by(MediaFile.id.desc()))
            assert (kept.title, kept.width) == ("Ảnh đồng", 801)
        assert page.faults == []

    def test_a_file_of_the_library_is_attached(self, new_article):
        page = new_article(width=1280)
        page.click(WRITING)
        page.click("[data-do=file]")
        page.click("[data-choose] >> nth=0")
        expect(page.locator(f"{WRITING} a[href^='/tep/']")).to_have_count(1)
        assert '<a href="/tep/' in body(page)

    def test_what_is_pasted_from_word_is_clean(self, new_article):
        page = new_article()
        page.click(WRITING)
        page.evaluate(PASTE, ["text/html", "<p class=MsoNormal style='color:red'><b>Đậm</b>"
                              "<o:p></o:p></p><img src='file:///C:/a.png'>"])  # fmt: skip
        expect(page.locator("#body")).to_have_value("<p><strong>Đậm</strong></p>")
        expect(page.locator(".tk-writing__note")).to_contain_text("1 ảnh không dán được")
        assert page.faults == []

    @pytest.mark.parametrize(
        ("choice", "text"), [("convert", "Đăng ký khai sinh"), ("keep", "§¨ng ký khai sinh")]
    )
    def test_old_fonts_are_offered_in_unicode(self, new_article, choice, text):
        page = new_article()
        page.click(WRITING)
        page.evaluate(
            PASTE, ["text/html", "<p style='font-family:\".VnTime\"'>§¨ng ký khai sinh</p>"]
        )
        expect(page.locator("#hop-chuyen-ma [data-after]")).to_have_text("Đăng ký khai sinh")
        page.click(f"#hop-chuyen-ma button[value={choice}]")
        expect(page.locator("#body")).to_have_value(f"<p>{text}</p>")

    def test_the_html_can_be_seen_and_changed(self, new_article):
        page = new_article()
        page.click("[data-do=source]")
        page.fill("#body", "<h2>Gõ tay</h2><p>và <em>nghiêng</em></p>")
        page.click("[data-do=source]")
        expect(page.locator(".tk-writing h2")).to_have_text("Gõ tay")

    def test_without_javascript_a_text_area_does(self, new_article):
        page = new_article(javascript=False)
        expect(page.locator("#cong-cu")).to_be_hidden()
        page.fill("#title", "Không JavaScript")
        page.fill("#body", "<h2>Mục</h2><p>Đoạn</p>")
        page.click(SAVE)
        expect(page.locator("#body")).to_have_value("<h2>Mục</h2>\n<p>Đoạn</p>")


class TestNothingIsLost:
    def test_a_cut_line_keeps_the_text_here_and_sends_it_on_return(self, new_article, portal):
        page = new_article()
        page.context.set_offline(True)
        page.fill("#title", "Gõ lúc mất mạng")
        page.click(WRITING)
        page.keyboard.type("Một đoạn dài")
        expect(page.locator("#tu-luu")).to_contain_text("được giữ trên máy này")
        page.click(SAVE)
        expect(page.locator("#title")).to_have_value("Gõ lúc mất mạng")
        page.context.set_offline(False)
        saved(page)
        with portal.app_context():
            kept = db.session.scalar(db.select(AutosavedDraft))
            assert kept.fields["body"] == "<p>Một đoạn dài</p>"

    def test_a_closed_page_comes_back_with_what_could_not_be_sent(self, new_article, portal):
        page = new_article(width=1280)
        address = page.url
        page.context.set_offline(True)
        page.fill("#title", "Đóng máy giữa chừng")
        page.click(WRITING)
        page.keyboard.type("Chưa gửi được")
        expect(page.locator("#tu-luu")).to_contain_text("được giữ trên máy này")
        again = page.context.new_page()
        page.close()
        again.context.set_offline(False)
        again.goto(address)
        expect(again.locator("#title")).to_have_value("Đóng máy giữa chừng")
        expect(again.locator(WRITING)).to_have_text("Chưa gửi được")
        expect(again.locator("#ban-tren-may")).to_contain_text("Đã lấy lại nội dung")
        saved(again)

    def test_what_was_saved_is_not_offered_again(self, new_article):
        page = new_article()
        page.fill("#title", "Đã lưu rồi")
        page.click(SAVE)
        page.wait_for_selector(".tk-notice-box--good")
        page.reload()
        expect(page.locator("#ban-tren-may")).to_be_hidden()
        assert page.evaluate("Object.keys(localStorage).length") == 0

    def test_a_session_that_ended_keeps_the_text_until_one_is_in_again(self, new_article):
        page = new_article()
        address = page.url
        page.context.clear_cookies()
        page.fill("#title", "Hết phiên giữa chừng")
        expect(page.locator("#tu-luu")).to_contain_text("Phiên đăng nhập đã hết")
        page.click(SAVE)
        page.wait_for_url("**/dang-nhap**")
        page.fill("#username", "sep")
        page.fill("#password", factories.PASSWORD)
        page.click("main button[type=submit]")
        page.wait_for_url(address)
        expect(page.locator("#title")).to_have_value("Hết phiên giữa chừng")

    def test_signing_in_again_in_another_tab_is_enough(self, new_article):
        page = new_article()
        page.context.clear_cookies()
        other = page.context.new_page()
        sign_in(other)
        page.fill("#title", "Thẻ bên kia")
        saved(page)

    def test_two_editors_see_each_other_and_both_versions(self, open_page, new_article, portal):
        first = new_article(width=1280)
        address = first.url
        with portal.app_context():
            if not db.session.scalar(db.text("SELECT 1 FROM people WHERE username = 'phu'")):
                factories.person("phu", "chief")
        second = open_page("/", width=1280)
        second.goto("/dang-nhap")
        second.fill("#username", "phu")
        second.fill("#password", factories.PASSWORD)
        second.click("main button[type=submit]")
        second.goto(address)
        expect(second.locator("#co-mat")).to_contain_text("Chị sep cũng đang mở bài này")
        first.fill("#title", "Bản thứ nhất")
        first.click(SAVE)
        first.wait_for_selector(".tk-notice-box--good")
        second.fill("#title", "Bản thứ hai")
        second.click(SAVE)
        expect(second.locator("#hai-ban")).to_be_visible()
        expect(second.locator("del >> nth=1")).to_have_text("nhất")
        expect(second.locator("#title")).to_have_value("Bản thứ hai")
        second.click(SAVE)
        second.wait_for_selector(".tk-notice-box--good")
        expect(second.locator("#title")).to_have_value("Bản thứ hai")


class TestFilesIn:
    def test_a_word_file_dropped_on_the_desk_is_a_draft(self, open_page):
        page = open_page("/", width=1280)
        sign_in(page)
        content = docx(paragraph(run("Tin từ Word", "<w:b/>")), paragraph(run("Mở.")),
                       paragraph(run("Thân bài.")))  # fmt: skip
        drop(page, ".tk-drop[data-drop]", [("tin.docx", content)])
        page.wait_for_selector(WRITING)
        expect(page.locator("#title")).to_have_value("Tin từ Word")
        expect(page.locator(WRITING)).to_have_text("Thân bài.")

    def test_many_files_come_in_one_by_one_each_with_its_fate(self, open_page, portal):
        page = open_page("/", width=1280)
        sign_in(page)
        page.goto("/bien-tap/tep/")
        drop(page, ".tk-upload", [("tot.jpg", factories.photo(302, 201)),
                                  ("xau.svg", b"<svg onload=alert(1)>")])  # fmt: skip
        expect(page.locator(".tk-progress li")).to_have_count(2)
        expect(page.locator(".tk-progress")).to_contain_text("✓ tot")
        expect(page.locator(".tk-progress__failed")).to_contain_text("xau.svg: Ảnh SVG")

    def test_the_focal_point_is_a_tap(self, open_page):
        page = open_page("/")
        sign_in(page)
        page.goto("/bien-tap/tep/1")
        box = page.locator(".tk-focus").bounding_box()
        page.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.8)
        assert abs(int(page.input_value("#focus_x")) - 25) <= 1
        assert abs(int(page.input_value("#focus_y")) - 80) <= 1
        page.click("main >> text=Lưu")
        expect(page.locator(".tk-crops__crop >> nth=0")).to_have_class(
            "tk-crops__crop tk-crops__crop--wide tk-x2 tk-y8"
        )


def test_a_photo_of_twelve_million_points_costs_a_resident_little(new_article, open_page, portal):
    page = new_article(width=1280)
    page.fill("#title", "Ảnh lớn")
    page.select_option("#category", index=1)
    page.click(WRITING)
    page.click("[data-do=picture]")
    page.wait_for_selector("[data-choose]")
    page.set_input_files("#tep-moi", {"name": "IMG.jpg", "mimeType": "image/jpeg",
                                      "buffer": factories.photo(4000, 3000)})  # fmt: skip
    page.wait_for_selector(".tk-writing figure img", timeout=30_000)
    page.click(".tk-writing figure img")
    page.fill("#mo-ta-anh", "Bà con gặt lúa")
    page.click("text=Duyệt và đăng")
    page.wait_for_selector(".tk-notice-box--good")
    address = page.locator("text=Xem trên trang").get_attribute("href")
    resident = open_page("about:blank", device_scale_factor=3)
    photos = []
    resident.on("response", lambda answer: photos.append(answer) if "/anh/" in answer.url else None)
    resident.goto(address)
    resident.locator(".tk-prose img").scroll_into_view_if_needed()
    resident.wait_for_load_state("networkidle")
    assert len(photos) == 1
    content = photos[0].body()
    assert photos[0].headers["content-type"] == "image/avif"
    assert len(content) <= 60_000
    assert Image.open(io.BytesIO(content)).size[0] >= 720


def drop(page, selector, files) -> None:
    """Drop files from the desktop on an element."""
    page.wait_for_load_state()  # the scripts that take them
    page.evaluate(
        """([selector, files]) => {
            const data = new DataTransfer();
            for (const [name, bytes] of files) {
                data.items.add(new File([new Uint8Array(bytes)], name));
            }
            document.querySelector(selector).dispatchEvent(
                new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}));
        }""",
        [selector, [(name, list(content)) for name, content in files]],
    )
