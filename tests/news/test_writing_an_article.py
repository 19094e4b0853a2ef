from io import BytesIO

import pytest
from sqlalchemy import select

from tanky.base.db import db
from tanky.media.models import MediaFile
from tanky.news.models import Article, AutosavedDraft, State
from tanky.records.journal import JournalEntry

from .. import factories, forms


@pytest.fixture
def category(app):
    return factories.category("Nông nghiệp")


@pytest.fixture
def write(desk_of):
    """A person starts an article and sends its form: ``write(person, action="save", title=…)``."""

    def begin(person, **fields):
        desk = desk_of(person)
        address = desk.post("/bien-tap/tin-tuc/moi").location
        answer = desk.post(address, **(forms.ARTICLE | {"action": "save"} | fields))
        return desk, address, answer

    return begin


def article() -> Article:
    return db.session.scalar(select(Article).order_by(Article.id.desc()))


def test_a_draft_is_saved_and_nobody_outside_sees_it(write, writer, client):
    _, _, answer = write(writer)
    assert answer.status_code == 302
    made = article()
    assert (made.title, made.state, made.writer_id) == ("Được mùa vụ đông", State.DRAFT, writer.id)
    assert made.body == "<p>Đoạn một</p>\n<p>Đoạn hai</p>"
    assert client.get(f"/tin-tuc/{made.id}").status_code == 404


def test_hostile_html_is_cleaned_on_the_way_in(write, writer):
    write(writer, body='<p onclick="x()">Tốt</p><script>alert(1)</script><iframe src=//e></iframe>')
    assert article().body == "<p>Tốt</p>"


def test_what_was_typed_is_kept_when_something_is_wrong(write, writer):
    _, _, answer = write(writer, title="x" * 301, body="Chữ đã gõ rất lâu", lede="Mở đầu dài")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Dài quá 300 ký tự" in page
    assert 'aria-invalid="true"' in page
    assert "Chữ đã gõ rất lâu" in page
    assert "x" * 301 in page


def test_an_unknown_category_is_refused(write, writer):
    _, _, answer = write(writer, category="999")
    assert answer.status_code == 422
    assert "Lựa chọn không có trong danh sách." in answer.get_data(as_text=True)


class TestStates:
    def test_from_draft_by_review_to_the_public(
        self, write, desk_of, writer, chief, category, client
    ):
        _, address, _ = write(writer, action="submit", category=str(category.id))
        assert article().state == State.IN_REVIEW
        desk = desk_of(chief)
        assert "Được mùa vụ đông" in desk.get("/bien-tap/").get_data(as_text=True)
        version = str(article().version)
        desk.post(address, **(forms.ARTICLE | {"category": str(category.id), "version": version}),
                  action="publish")  # fmt: skip
        assert article().state == State.PUBLISHED
        assert "Được mùa vụ đông" in client.get("/").get_data(as_text=True)
        desk.post(address, action="withdraw")
        assert article().state == State.WITHDRAWN
        assert "Được mùa vụ đông" not in client.get("/").get_data(as_text=True)
        actions = list(
            db.session.scalars(
                select(JournalEntry.action)
                .where(JournalEntry.subject == "article")
                .order_by(JournalEntry.id)
            )
        )
        assert actions == ["created", "saved", "submitted", "published", "withdrawn"]

    def test_it_is_sent_back_with_a_remark(self, write, desk_of, writer, chief, category):
        desk_writer, address, _ = write(writer, action="submit", category=str(category.id))
        desk = desk_of(chief)
        given = forms.ARTICLE | {"category": str(category.id), "action": "send_back"}
        answer = desk.post(address, **(given | {"version": str(article().version)}))
        assert "Hãy ghi lý do trả lại" in answer.get_data(as_text=True)
        desk.post(address, **(given | {"version": str(article().version), "remark": "Thiếu ảnh"}))
        assert article().state == State.DRAFT
        assert "Thiếu ảnh" in desk_writer.get(address).get_data(as_text=True)

    def test_an_incomplete_article_is_saved_but_goes_no_further(self, write, writer):
        _, _, answer = write(writer, action="submit", title="", body="")
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        for sentence in ("Bài chưa có tiêu đề.", "Hãy chọn chuyên mục.", "Bài chưa có nội dung."):
            assert sentence in page
        assert article().state == State.DRAFT

    def test_a_time_to_come_schedules(self, write, chief, category, client):
        write(chief, action="publish", category=str(category.id), publish_at="2030-01-02T07:00")
        made = article()
        assert made.is_scheduled
        assert made.published_at.isoformat() == "2030-01-02T00:00:00+00:00"
        assert client.get(f"/tin-tuc/{made.id}").status_code == 404

    def test_a_bad_time_is_named_and_kept(self, write, chief, category):
        _, _, answer = write(
            chief, action="publish", publish_at="hôm qua", category=str(category.id)
        )
        assert "Hãy gõ ngày giờ" in answer.get_data(as_text=True)
        assert 'value="hôm qua"' in answer.get_data(as_text=True)
        assert article().state == State.DRAFT

    @pytest.mark.parametrize("year", ["0001", "9999"])
    def test_a_time_out_of_reach_is_named(self, write, chief, category, year):
        _, _, answer = write(chief, publish_at=f"{year}-01-01T00:00", category=str(category.id))
        assert "Hãy gõ một năm" in answer.get_data(as_text=True)

    def test_what_is_public_stays_a_whole_article(self, desk_of, chief, category):
        made = factories.article("Đang đăng", category=category)
        fields = forms.ARTICLE | {"body": "", "category": str(category.id), "action": "save"}
        answer = desk_of(chief).post(f"/bien-tap/tin-tuc/{made.id}", **fields)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert "Bài chưa có nội dung." in page
        assert "đã được lưu" not in page
        assert article().title == "Đang đăng"
        assert article().body == "<p>Nội dung của bài.</p>"


@pytest.mark.on_sqlite
class TestRoles:
    @pytest.mark.parametrize("action", ["publish", "send_back", "withdraw"])
    def test_nobody_but_the_chief_makes_public(self, write, editor, category, action):
        _, _, answer = write(editor, action=action, category=str(category.id), remark="x")
        assert answer.status_code in (403, 409)
        assert article().state == State.DRAFT

    def test_a_writer_sees_and_changes_only_their_own(self, desk_of, writer):
        other = factories.article("Bài người khác", state=State.DRAFT)
        desk = desk_of(writer)
        assert desk.get(f"/bien-tap/tin-tuc/{other.id}").status_code == 403
        for path in ("", "/tu-luu", "/bo-tu-luu"):
            answer = desk.post(
                f"/bien-tap/tin-tuc/{other.id}{path}", **forms.ARTICLE, action="save"
            )
            assert answer.status_code == 403
        assert "Bài người khác" not in desk.get("/bien-tap/tin-tuc/").get_data(as_text=True)
        assert article().title == "Bài người khác"

    def test_a_writer_cannot_change_what_waits_for_approval(self, write, writer, category):
        desk, address, _ = write(writer, action="submit", category=str(category.id))
        answer = desk.post(
            address, **(forms.ARTICLE | {"title": "Đổi", "version": "3"}), action="save"
        )
        assert answer.status_code == 403
        assert article().title == "Được mùa vụ đông"

    def test_an_editor_cannot_change_what_is_public(self, desk_of, editor):
        made = factories.article("Đã đăng")
        answer = desk_of(editor).post(
            f"/bien-tap/tin-tuc/{made.id}", **forms.ARTICLE, action="save"
        )
        assert answer.status_code == 403
        assert article().title == "Đã đăng"

    @pytest.mark.parametrize(
        "path", ["", "tin-tuc/", "tin-tuc/1", "tin-tuc/1/xem-truoc", "chuyen-muc/", "thu-tuc/",
                 "thu-tuc/moi", "ket-qua/", "ket-qua/moi", "ket-qua/mau.csv", "trang/",
                 "trang/menu", "mat-khau"],
    )  # fmt: skip
    def test_a_stranger_is_asked_to_sign_in_everywhere(self, client, path):
        factories.article(state=State.DRAFT)
        answer = client.get(f"/bien-tap/{path}")
        assert answer.status_code == 302
        assert answer.location.startswith("/dang-nhap")

    @pytest.mark.parametrize(
        "path", ["chuyen-muc/", "thu-tuc/", "thu-tuc/moi", "ket-qua/", "ket-qua/moi", "trang/",
                 "trang/menu"],
    )  # fmt: skip
    def test_a_writer_has_no_business_elsewhere(self, desk_of, writer, path):
        assert desk_of(writer).get(f"/bien-tap/{path}").status_code == 403

    @pytest.mark.parametrize("path", ["trang/", "trang/menu"])
    def test_only_the_chief_changes_the_site(self, desk_of, editor, path):
        assert desk_of(editor).get(f"/bien-tap/{path}").status_code == 403


class TestAutosave:
    def test_what_is_typed_is_there_again_and_not_public(self, desk_of, chief, client):
        made = factories.article("Bài đang đăng")
        desk = desk_of(chief)
        answer = desk.post(f"/bien-tap/tin-tuc/{made.id}/tu-luu",
                           **(forms.ARTICLE | {"title": "Đang gõ dở"}))  # fmt: skip
        assert "Đã lưu lúc" in answer.get_data(as_text=True)
        assert "Đang gõ dở" not in client.get("/").get_data(as_text=True)
        page = desk.get(f"/bien-tap/tin-tuc/{made.id}").get_data(as_text=True)
        assert 'value="Đang gõ dở"' in page
        assert "chưa bấm Lưu" in page

    def test_saving_is_done_with_it(self, desk_of, chief, category):
        made = factories.article("Cũ", category=category)
        desk = desk_of(chief)
        desk.post(f"/bien-tap/tin-tuc/{made.id}/tu-luu", **forms.ARTICLE)
        fields = forms.ARTICLE | {"category": str(category.id), "action": "save"}
        assert desk.post(f"/bien-tap/tin-tuc/{made.id}", **fields).status_code == 302
        assert db.session.scalar(select(AutosavedDraft)) is None
        assert article().title == forms.ARTICLE["title"]

    def test_it_can_be_discarded(self, desk_of, chief):
        made = factories.article("Cũ")
        desk = desk_of(chief)
        desk.post(f"/bien-tap/tin-tuc/{made.id}/tu-luu", **forms.ARTICLE)
        desk.post(f"/bien-tap/tin-tuc/{made.id}/bo-tu-luu")
        assert 'value="Cũ"' in desk.get(f"/bien-tap/tin-tuc/{made.id}").get_data(as_text=True)

    def test_a_session_that_ended_is_said_in_the_status_line(self, client):
        made = factories.article("Cũ")
        answer = client.get(f"/bien-tap/tin-tuc/{made.id}", headers={"HX-Request": "true"})
        assert answer.status_code == 401
        assert "Phiên đăng nhập đã hết" in answer.get_data(as_text=True)


class TestTwoAtOnce:
    def test_the_later_save_overwrites_nothing_and_shows_the_other(self, desk_of, chief, category):
        made = factories.article("Ban đầu", category=category)
        address = f"/bien-tap/tin-tuc/{made.id}"
        desk = desk_of(chief)
        given = forms.ARTICLE | {"category": str(category.id), "action": "save"}
        assert desk.post(address, **(given | {"title": "Bản thứ nhất"})).status_code == 302
        answer = desk.post(address, **(given | {"title": "Bản thứ hai"}))
        page = answer.get_data(as_text=True)
        assert answer.status_code == 409
        assert "Bản thứ nhất" in page
        assert 'value="Bản thứ hai"' in page
        assert article().title == "Bản thứ nhất"
        again = given | {"title": "Bản thứ hai", "version": str(article().version)}
        assert desk.post(address, **again).status_code == 302
        assert article().title == "Bản thứ hai"


@pytest.mark.on_sqlite
class TestCover:
    def test_a_photo_is_made_small_upright_and_without_its_place(
        self, write, chief, category, client
    ):
        from PIL import Image

        exif = Image.Exif()
        exif[0x0112] = 6  # lying on its side
        exif[0x8825] = {1: "N", 2: (20.0, 51.0, 0.0)}
        photo = factories.photo(1600, 900, exif=exif)
        write(chief, action="publish", category=str(category.id), cover_alt="Cánh đồng",
              cover=(BytesIO(photo), "DSC 01.JPG"))  # fmt: skip
        made = article()
        assert made.state == State.PUBLISHED
        assert (made.cover.width, made.cover.height) == (900, 1600)
        picture = client.get(f"/anh/{made.cover.key}-360.webp")
        with Image.open(BytesIO(picture.data)) as opened:
            assert opened.size == (360, 640)
            assert not opened.getexif()
        page = client.get(f"/tin-tuc/{made.id}-{made.slug}").get_data(as_text=True)
        assert 'alt="Cánh đồng"' in page
        assert "720w" in page

    def test_an_id_that_one_guesses_is_nobody_s_photo(self, write, chief, writer, category, client):
        with_photo = factories.shared_photo(chief)
        _, _, answer = write(writer, category=str(category.id), cover_id=str(with_photo.id))
        assert article().cover is None
        assert with_photo.key not in answer.get_data(as_text=True)
        factories.shown(with_photo)
        write(writer, category=str(category.id), cover_id=str(with_photo.id))
        assert article().cover == with_photo  # what is public is everyone's

    @pytest.mark.parametrize("alt", [".", "&nbsp;", "\u200b", "…"])
    def test_a_sign_alone_describes_no_photo(self, write, chief, category, alt):
        photo = factories.shared_photo(chief)
        body = f'<p>Chữ</p><img src="/anh/{photo.key}-360.jpg" alt="{alt}">'
        _, _, answer = write(chief, action="publish", category=str(category.id), body=body)
        assert "ảnh trong bài chưa có mô tả" in answer.get_data(as_text=True)

    def test_decoration_is_an_answer_for_the_photos_that_it_was_given_for(
        self, write, chief, category
    ):
        first, second = factories.shared_photo(chief), factories.shared_photo(chief, 200)
        fields = {"category": str(category.id), "action": "publish", "decorative": "y"}
        image = '<img src="/anh/{}-360.jpg" alt="">'
        desk, address, _ = write(chief, body=f"<p>a</p>{image.format(first.key)}", **fields)
        assert article().state == State.PUBLISHED
        both = f"<p>a</p>{image.format(first.key)}{image.format(second.key)}"
        sent = {"title": "Tiêu đề", "body": both, "version": str(article().version)}
        saved = fields | sent | {"action": "save"}
        page = desk.post(address, address, **saved, answered_for=first.key)
        assert page.status_code == 422
        shown = page.get_data(as_text=True)
        assert f'name="answered_for" value="{" ".join(sorted([first.key, second.key]))}"' in shown
        both_keys = f"{first.key} {second.key}"
        assert desk.post(address, address, **saved, answered_for=both_keys).status_code == 302

    def test_without_words_for_it_it_is_not_published(self, write, chief, category):
        _, _, answer = write(chief, action="publish", category=str(category.id),
                             cover=(BytesIO(factories.photo(400, 300)), "a.jpg"))  # fmt: skip
        assert "Hãy mô tả ảnh" in answer.get_data(as_text=True)
        assert article().state == State.DRAFT
        assert article().cover is not None

    def test_a_photo_that_came_with_a_faulty_form_need_not_be_sent_again(self, write, chief):
        _, _, answer = write(chief, title="x" * 301,
                             cover=(BytesIO(factories.photo(400, 300)), "a.jpg"))  # fmt: skip
        page = answer.get_data(as_text=True)
        kept = db.session.scalars(select(MediaFile)).one()
        assert f'name="cover_id" type="hidden" value="{kept.id}"' in page

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [(b"", "không phải là ảnh"), (b"<svg onload=alert(1)>", "Ảnh SVG có thể chứa mã"),
         (b"GIF89a" + b"\0" * 50, "không phải là ảnh"), (b"%PDF-1.7", "mà là PDF"),
         (b"\xff\xd8\xff\xe0" * 9, "không phải là ảnh")],
    )  # fmt: skip
    def test_what_is_no_photo_is_refused_in_words(self, write, chief, content, sentence):
        _, _, answer = write(chief, cover=(BytesIO(content), "anh.jpg"))
        assert answer.status_code == 422
        assert sentence in answer.get_data(as_text=True)


def test_the_preview_shows_the_saved_article_as_residents_will_see_it(write, writer):
    desk, address, answer = write(writer, action="preview")
    assert answer.location == f"{address}/xem-thu"
    assert f'src="{address}/xem-truoc?khung=1"' in desk.get(answer.location).get_data(as_text=True)
    framed = desk.get(f"{address}/xem-truoc?khung=1")
    assert "frame-ancestors 'self'" in framed.headers["Content-Security-Policy"]
    assert "<p>Đoạn một</p>" in framed.get_data(as_text=True)
    assert "Bản xem trước" not in framed.get_data(as_text=True)
    assert "Bản xem trước" in desk.get(f"{address}/xem-truoc").get_data(as_text=True)


def test_the_list_is_filtered_by_state_and_words(desk_of, editor):
    factories.article("Lúa chín", state=State.DRAFT)
    factories.article("Đường hoa")
    desk = desk_of(editor)
    page = desk.get("/bien-tap/tin-tuc/?trang-thai=nhap").get_data(as_text=True)
    assert "Lúa chín" in page
    assert "Đường hoa" not in page
    assert "Đường hoa" in desk.get("/bien-tap/tin-tuc/?q=duong").get_data(as_text=True)
    assert desk.get("/bien-tap/tin-tuc/?trang-thai=x").status_code == 404
