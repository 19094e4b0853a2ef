"""What readers are told of a change, by one page for all nouns."""

import xml.etree.ElementTree as ElementTree

import pytest
from sqlalchemy import select

from tanky.base.db import db
from tanky.documents.models import Document
from tanky.news.models import State
from tanky.records.change_notes import ChangeNote
from tanky.records.journal import JournalEntry

from .. import factories
from ..finding.test_search import disclosure, document

LARGE = {"text": "Lệ phí ghi 5.000 đồng, đúng là 8.000 đồng.", "size": "lớn"}
SMALL = {"text": "Sửa lỗi chữ.", "size": "nhỏ"}


def titles(client, feed: str) -> list[str]:
    channel = ElementTree.fromstring(client.get(feed).data)[0]
    return [item.find("title").text for item in channel.findall("item")]


@pytest.fixture
def desk(chief_desk):
    return chief_desk


class TestReaders:
    def test_a_note_stands_beneath_the_title_at_once(self, desk, client, visit):
        article = factories.article("Được mùa")
        visit(article.url)  # kept by the cache from now on
        for note in (SMALL, LARGE):
            desk.post(f"/bien-tap/tin-tuc/{article.id}/ghi-chu-thay-doi", **note)
        page = visit(article.url)
        assert page.index("Được mùa</h1>") < page.index("8.000 đồng") < page.index("Sửa lỗi chữ")
        assert page.count('<div class="tk-notice-box tk-notice-box--warning"') == 1

    @pytest.mark.parametrize(
        ("path", "make"),
        [("thu-tuc/1.001193", factories.procedure),
         ("van-ban/1", lambda: document("1/2026", "Về việc", "2026-01-01")),
         ("cong-khai/1", lambda: disclosure("Dự toán", "chữ"))],
    )  # fmt: skip
    def test_any_noun_has_them(self, desk, visit, path, make):
        made = make()
        desk.post(f"/bien-tap/{path}/ghi-chu-thay-doi", **LARGE)
        assert "8.000 đồng" in visit(made.url)

    @pytest.mark.parametrize(
        ("path", "feed", "make"),
        [("tin-tuc/1", "/rss.xml", lambda: factories.article("Được mùa")),
         ("van-ban/1", "/van-ban/rss.xml", lambda: document("1/2026", "Về việc", "2026-01-01")),
         ("cong-khai/1", "/cong-khai/rss.xml", lambda: disclosure("Dự toán", "chữ"))],
    )  # fmt: skip
    def test_a_large_change_is_an_item_of_the_feed(self, desk, client, path, feed, make):
        made = make()
        for note in (SMALL, LARGE):
            desk.post(f"/bien-tap/{path}/ghi-chu-thay-doi", **note)
        assert titles(client, feed)[1:] == [f"Đã sửa: {made.called}"]

    def test_the_site_s_feed_has_those_of_every_noun_and_no_number_comes_twice(self, desk, client):
        factories.procedure()
        address = "/bien-tap/thu-tuc/1.001193/ghi-chu-thay-doi"
        for number in (1, 2):
            desk.post(address, **LARGE)
            assert titles(client, "/rss.xml") == ["Đã sửa: 1.001193 Đăng ký khai sinh"]
            assert f"#sua-{number}<" in client.get("/rss.xml").get_data(as_text=True)
            desk.post(f"{address}/{number}/bo", address)

    def test_what_names_people_is_in_no_feed(self, desk, client):
        disclosure("Hộ nghèo", "chữ", has_names=True)
        desk.post("/bien-tap/cong-khai/1/ghi-chu-thay-doi", **LARGE)
        assert titles(client, "/cong-khai/rss.xml") == []

    def test_what_is_withdrawn_takes_its_notes_along(self, desk, client):
        article = factories.article("Được mùa")
        desk.post("/bien-tap/tin-tuc/1/ghi-chu-thay-doi", **LARGE)
        article.state = State.WITHDRAWN
        db.session.commit()
        assert titles(client, "/rss.xml") == []


class TestDesk:
    def test_a_note_is_taken_back_and_the_journal_tells_both(self, desk, visit):
        made = document("1/2026", "Về việc", "2026-01-01")
        address = "/bien-tap/van-ban/1/ghi-chu-thay-doi"
        desk.post(address, **LARGE)
        desk.post(f"{address}/1/bo", address)
        assert "8.000 đồng" not in visit(made.url)
        actions = db.session.scalars(select(JournalEntry.action)).all()
        assert [action for action in actions if "noted" in action] == ["noted", "unnoted"]

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [({"text": ""}, "Hãy ghi đã sửa gì"), ({"text": "x" * 501}, "Dài quá 500"),
         ({"size": "vừa"}, "Lựa chọn")],
    )  # fmt: skip
    def test_bad_input_is_said_on_its_field(self, desk, fields, sentence):
        document("1/2026", "Về việc", "2026-01-01")
        answer = desk.post("/bien-tap/van-ban/1/ghi-chu-thay-doi", **(LARGE | fields))
        assert answer.status_code == 422
        assert sentence in answer.get_data(as_text=True)
        assert db.session.scalar(select(ChangeNote)) is None

    def test_of_what_nobody_reads_there_is_nothing_to_tell(self, desk, desk_of, editor, writer):
        draft = factories.article("Nháp", state=State.DRAFT, published_at=None, writer_id=writer.id)
        address = f"/bien-tap/tin-tuc/{draft.id}/ghi-chu-thay-doi"
        assert "chưa đọc nội dung này" in desk.get(address).get_data(as_text=True)
        assert desk.post(address, **LARGE).status_code == 403

    def test_who_may_not_change_it_notes_nothing(self, desk_of, editor, writer):
        article = factories.article("Được mùa")
        address = f"/bien-tap/tin-tuc/{article.id}/ghi-chu-thay-doi"
        assert desk_of(writer).post(address, **LARGE).status_code in (403, 404)
        document("1/2026", "Về việc", "2026-01-01")
        assert (
            desk_of(writer).post(address.replace("tin-tuc", "van-ban"), **LARGE).status_code == 403
        )
        answer = desk_of(editor).post("/bien-tap/van-ban/1/ghi-chu-thay-doi", **LARGE)
        assert answer.status_code == 302

    def test_another_row_s_note_is_not_taken_back_here(self, desk):
        for number in ("1/2026", "2/2026"):
            document(number, "Về việc", "2026-01-01")
        desk.post("/bien-tap/van-ban/1/ghi-chu-thay-doi", **LARGE)
        assert desk.post("/bien-tap/van-ban/2/ghi-chu-thay-doi/1/bo").status_code == 404

    def test_each_page_of_the_desk_leads_there(self, desk):
        document("1/2026", "Về việc", "2026-01-01")
        page = desk.get("/bien-tap/van-ban/1").get_data(as_text=True)
        assert 'href="/bien-tap/van-ban/1/ghi-chu-thay-doi"' in page
        assert db.session.scalar(select(Document.id)) == 1
        assert desk.get("/bien-tap/don-vi/1/ghi-chu-thay-doi").status_code == 404
