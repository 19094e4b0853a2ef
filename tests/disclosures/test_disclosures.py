"""Công khai: from the desk to the resident, to the end of its time, and the proof of it."""

import io
import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy.orm.exc import StaleDataError

from tanky.base.db import db
from tanky.disclosures.headings import Heading
from tanky.disclosures.models import Disclosure, Plan
from tanky.disclosures.record import RECORD
from tanky.site import identity
from tanky.text import formats
from tanky.upkeep.outages import Outage

from .. import factories
from ..media.test_files import pdf

DESK = "/bien-tap/cong-khai/"
NOW = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)  # a Monday, nine in the morning
FORM = {
    "heading": "5", "title": "Thu chi quỹ vì người nghèo", "number": "15/TB-UBND",
    "decided_on": "2026-10-30", "body": "Đã thu 12 triệu đồng.", "posted_until": "2026-12-31",
    "responsible": "Nguyễn Văn An", "planned": "0",
}  # fmt: skip


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def made(title: str = "Thu chi quỹ", is_public: bool = True, **given) -> Disclosure:
    item = Disclosure()
    record = {"title": title, "heading": "5", "body": "<p>Nội dung</p>", "responsible": "An"}
    item.restore(RECORD.empty() | record | given)
    if is_public:
        item.post()
    return factories.add(item)


def sent(**more) -> dict:
    return FORM | {"files-0-upload": (io.BytesIO(pdf(2)), "quy.pdf")} | more


def opened(desk, address: str) -> dict:
    """What a table's form is sent with."""
    page = desk.get(address).get_data(as_text=True)
    return {"opened_with": re.search(r'name="opened_with"[^>]*value="(\w+)"', page)[1]}


def seen(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.get_data(as_text=True)


def posted(desk_of, editor, chief, **more) -> Disclosure:
    """An item that went the whole way."""
    answer = desk_of(editor).post(f"{DESK}moi", **sent(**more))
    assert answer.status_code == 302, answer.get_data(as_text=True)
    item = db.session.scalar(db.select(Disclosure).order_by(Disclosure.id.desc()))
    desk = desk_of(chief)
    desk.post(f"{DESK}{item.id}/dang", f"{DESK}{item.id}", version=str(item.version))
    db.session.refresh(item)
    assert item.is_public
    return item


class TestPosting:
    def test_from_the_form_to_the_resident(self, clock, desk_of, editor, chief, client):
        desk = desk_of(editor)
        address = desk.post(f"{DESK}moi", **sent()).location
        assert client.get("/cong-khai/1").status_code == 404
        assert "Thu chi" not in seen(client, "/cong-khai/")
        assert desk.post(f"{address}/dang", version="1").status_code == 403
        desk_of(chief).post(f"{address}/dang", version="1")
        item = db.session.get(Disclosure, 1)
        assert client.get("/cong-khai/1").location == item.url
        page = seen(client, item.url)
        for part in ("Đã thu 12 triệu", "15/TB-UBND ngày 30/10/2026", "hết ngày 31/12/2026",
                     "02/11/2026 09:00:00", "Nguyễn Văn An", "PDF"):  # fmt: skip
            assert part in page, part
        file = re.search(r'href="(/tep/[^"]*)"', page)[1]
        assert client.get(file).status_code == 200
        lists = ("", "quy-dong-gop", "danh-muc", "rss.xml")
        others = ("/sitemap.xml", "/tim-kiem?q=quỹ vì người nghèo")
        for place in (*(f"/cong-khai/{name}" for name in lists), *others):
            assert item.url in seen(client, place), place
        assert item.certificate_url in seen(client, "/cong-khai/theo-quy")

    def test_its_time_ends_by_itself_and_its_file_with_it(
        self, clock, desk_of, editor, chief, client
    ):
        item = posted(desk_of, editor, chief)
        file = item.files[0].file.url
        clock.move_to(datetime(2026, 12, 31, 16, 59, 59, tzinfo=UTC))
        assert client.get(item.url).status_code == 200
        assert client.get(file).status_code == 200
        clock.shift(1)
        gone = client.get(item.url)
        assert gone.status_code == 410
        assert "công khai đến hết ngày 31/12/2026" in gone.get_data(as_text=True)
        assert client.get(file).status_code == 410
        assert "Thời hạn đăng tệp đã hết" in client.get(file).get_data(as_text=True)
        for place in ("/cong-khai/", "/cong-khai/quy-dong-gop", "/cong-khai/rss.xml"):
            assert item.title not in seen(client, place), place
        assert item.title in seen(client, item.certificate_url)
        asked = "/partials/gone?trang=" + ",".join((item.url, file))
        assert set(client.get(asked).json) == {item.url, file}

    def test_what_names_people_is_kept_by_nobody(self, clock, desk_of, editor, chief, client):
        item = posted(desk_of, editor, chief, heading="7", has_names="y", title="Hộ ông Nguyễn A")
        page = client.get(item.url)
        assert page.headers["Cache-Control"] == "private, no-store"
        assert 'name="robots" content="noindex"' in page.get_data(as_text=True)
        file = client.get(item.files[0].file.url)
        assert file.headers["Cache-Control"] == "private, no-store"
        for place in ("/sitemap.xml", "/cong-khai/rss.xml"):
            assert item.url not in seen(client, place)
        assert "Hộ ông Nguyễn A" in seen(client, item.certificate_url)
        assert "Nguyễn A" not in seen(client, "/cong-khai/danh-muc?nam=2026")
        clock.move_to(datetime(2027, 1, 1, tzinfo=UTC))
        lists = ("danh-muc?nam=2026", "theo-quy?quy=2026-4", "theo-quy.csv?quy=2026-4")
        for place in (item.certificate_url, *(f"/cong-khai/{name}" for name in lists)):
            assert "Nguyễn A" not in seen(client, place), place
        assert "Hộ ông Nguyễn A" in seen(desk_of(chief), f"{DESK}{item.id}/chung-nhan")

    def test_other_words_are_another_posting(self, clock, desk_of, editor, chief, client):
        item = posted(desk_of, editor, chief)
        clock.shift(timedelta(days=3))
        desk, address = desk_of(chief), f"{DESK}{item.id}"
        file = {"files-0-file_id": str(item.files[0].file_id)}
        longer = FORM | file | {"posted_until": "2027-01-31", "version": str(item.version)}
        assert desk.post(address, address, **longer).status_code == 302
        db.session.refresh(item)
        assert len(item.postings) == 1
        assert item.posting.ended_at == datetime(2027, 1, 31, 17, tzinfo=UTC)
        other = longer | {"body": "Đã thu 13 triệu đồng.", "version": str(item.version)}
        answer = desk.post(address, address, **other)
        assert "lần đăng mới" in seen(desk, answer.location)
        db.session.refresh(item)
        first, second = item.postings
        assert first.ended_at == second.began_at == formats.now()
        assert first.digest != second.digest
        page = seen(client, item.certificate_url)
        assert first.digest in page
        assert second.digest in page
        assert item.files[0].file.digest in page

    def test_other_words_begin_their_term_anew(self, clock, desk_of, editor, chief):
        item = posted(desk_of, editor, chief, posted_until="2026-12-02")
        clock.shift(timedelta(days=10))
        desk, address = desk_of(chief), f"{DESK}{item.id}"
        file = {"files-0-file_id": str(item.files[0].file_id), "version": str(item.version)}
        same = FORM | file | {"posted_until": "2026-12-02"}
        assert desk.post(address, address, **same).status_code == 302
        changed = same | {"body": "Khác"}
        db.session.refresh(item)
        changed["version"] = str(item.version)
        answer = desk.post(address, address, **changed)
        assert answer.status_code == 422
        assert "ít nhất 30 ngày: đến 12/12/2026" in answer.get_data(as_text=True)

    def test_a_withdrawn_one_says_why(self, clock, desk_of, editor, chief, client):
        item = posted(desk_of, editor, chief)
        desk, address = desk_of(chief), f"{DESK}{item.id}"
        assert desk.post(f"{address}/go-xuong", address, because="").status_code == 422
        desk.post(f"{address}/go-xuong", address, because="Số liệu sai")
        answer = client.get(item.url)
        assert answer.status_code == 410
        assert "Số liệu sai" in answer.get_data(as_text=True)
        assert client.get(item.files[0].file.url).status_code == 410
        db.session.refresh(item)
        desk.post(f"{address}/dang", address, version=str(item.version))
        assert client.get(item.url).status_code == 200
        assert len(db.session.get(Disclosure, item.id).postings) == 2

    def test_a_longer_time_is_not_made_public_by_a_save(self, clock, desk_of, editor, client):
        item = made(posted_until="2026-12-31")
        clock.move_to(datetime(2027, 2, 1, tzinfo=UTC))
        desk, address = desk_of(editor), f"{DESK}{item.id}"
        longer = FORM | {"posted_until": "2027-12-31", "version": str(item.version)}
        assert desk.post(address, address, **longer).status_code == 302
        assert client.get(item.url).status_code == 410

    def test_an_editor_changes_nothing_that_is_posted(self, clock, desk):
        item = made()
        address = f"{DESK}{item.id}"
        answer = desk.post(address, address, **(FORM | {"title": "Gõ lâu"}))
        assert answer.status_code == 403
        assert "Gõ lâu" in answer.get_data(as_text=True)
        assert desk.post(f"{address}/bo", address).status_code == 403

    def test_nothing_empty_is_posted(self, clock, chief_desk):
        item = made(is_public=False, body="")
        address = f"{DESK}{item.id}"
        answer = chief_desk.post(f"{address}/dang", address, version="1")
        assert "Chưa có gì để đăng" in seen(chief_desk, answer.location)

    def test_a_term_that_ran_out_while_it_lay_is_not_posted(self, clock, desk_of, chief):
        item = made(is_public=False, posted_until="2026-12-10")
        clock.shift(timedelta(days=20))
        desk, address = desk_of(chief), f"{DESK}{item.id}"
        answer = desk.post(f"{address}/dang", address, version="1")
        assert "ít nhất 30 ngày" in seen(desk, answer.location)
        db.session.refresh(item)
        assert not item.is_public

    def test_an_earlier_version_is_taken_back(self, clock, desk_of, editor):
        desk = desk_of(editor)
        address = desk.post(f"{DESK}moi", **sent()).location
        desk.post(address, address, **(FORM | {"title": "Tên khác", "version": "1"}))
        desk.post(f"{address}/phien-ban/1/khoi-phuc", address)
        item = db.session.get(Disclosure, 1)
        assert item.title == FORM["title"]
        assert len(item.files) == 1


class TestTheProof:
    """What is certified is what was posted, whatever is done to the item later."""

    def test_an_item_that_is_over_may_change_its_proof_may_not(
        self, clock, desk_of, editor, client
    ):
        item = made("Hộ bà Sen", heading="7", has_names=True, posted_until="2026-12-31")
        clock.move_to(datetime(2027, 2, 1, tzinfo=UTC))
        desk, address = desk_of(editor), f"{DESK}{item.id}"
        other = FORM | {"title": "Viết sau", "number": "9/GIẢ", "posted_until": "2027-06-01",
                        "responsible": "Người sau", "office_from": "2026-11-11"}  # fmt: skip
        assert desk.post(address, address, **other, version=str(item.version)).status_code == 302
        lists = ("danh-muc?nam=2026", "theo-quy?quy=2026-4", "theo-quy.csv?quy=2026-4")
        for place in (item.certificate_url, *(f"/cong-khai/{name}" for name in lists)):
            page = seen(client, place)
            for words in ("Viết sau", "9/GIẢ", "bà Sen", "Người sau", "11/11/2026"):
                assert words not in page, (place, words)

    def test_names_that_were_found_late_leave_the_lists(
        self, clock, desk_of, editor, chief, client
    ):
        item = posted(desk_of, editor, chief, title="Hộ bà Sen", heading="7")
        address = f"{DESK}{item.id}"
        kept = FORM | {"title": "Hộ bà Sen", "heading": "7", "has_names": "y",
                       "files-0-file_id": str(item.files[0].file_id)}  # fmt: skip
        desk = desk_of(chief)
        assert desk.post(address, address, **kept, version=str(item.version)).status_code == 302
        for place in ("danh-muc?nam=2026", "theo-quy?quy=2026-4", "ke-hoach", "rss.xml"):
            assert "bà Sen" not in seen(client, f"/cong-khai/{place}"), place

    def test_no_version_is_taken_back_over_what_is_posted(self, clock, desk_of, editor, chief):
        item = posted(desk_of, editor, chief)
        desk, address = desk_of(chief), f"{DESK}{item.id}"
        answer = desk.post(f"{address}/phien-ban/1/khoi-phuc", address)
        assert answer.status_code in (403, 409)

    def test_a_version_whose_plan_is_gone_is_taken_back(self, clock, desk):
        plan = factories.add(Plan(year=2026, content="Dự toán"))
        address = desk.post(f"{DESK}moi", **(FORM | {"planned": str(plan.id)})).location
        desk.post(address, address, **FORM, version="1")
        db.session.delete(db.session.get(Plan, plan.id))
        db.session.commit()
        assert desk.post(f"{address}/phien-ban/1/khoi-phuc", address).status_code == 302
        assert db.session.get(Disclosure, 1).planned_id is None

    def test_of_two_who_post_or_save_at_once_one_comes_too_late(self, app):
        item, table = made(is_public=False), Disclosure.__table__
        assert item.version == 1
        with db.engine.begin() as other:
            other.execute(table.update().values(version=table.c.version + 1))
        with db.session.no_autoflush:
            item.post()
        with pytest.raises(StaleDataError):
            db.session.commit()

    def test_the_reason_of_a_withdrawal_stays_on_it(self, clock, desk_of, editor, chief, client):
        item = posted(desk_of, editor, chief)
        desk, address = desk_of(chief), f"{DESK}{item.id}"
        desk.post(f"{address}/go-xuong", address, because="Sai số hộ")
        db.session.refresh(item)
        desk.post(f"{address}/dang", address, version=str(item.version))
        assert "Sai số hộ" in seen(client, item.certificate_url)

    def test_pages_with_names_are_kept_by_nobody(self, clock, client):
        item = made("Hộ bà Sen", heading="7", has_names=True, posted_until="2026-12-31")
        for place in ("/cong-khai/", "/cong-khai/ho-tro-an-sinh", item.certificate_url):
            assert client.get(place).headers["Cache-Control"] == "private, no-store", place
        assert client.get(f"/cong-khai/{item.id}").headers["Cache-Control"] == "no-store"
        for words in ("bà sen", "hỗ trợ an sinh"):
            assert item.title not in seen(client, f"/tim-kiem?q={words}")

    def test_search_knows_what_ended_by_its_time(self, clock, client):
        item = made("Quỹ zuzubanana", posted_until="2026-12-31")
        assert item.url in seen(client, "/tim-kiem?q=zuzubanana")
        clock.move_to(datetime(2027, 1, 1, tzinfo=UTC))
        page = seen(client, "/tim-kiem?q=zuzubanana")
        assert page.replace("zuzubanana", "x") == seen(client, "/tim-kiem?q=wowowowowo").replace(
            "wowowowowo", "x"
        )

    def test_lists_begin_with_what_was_posted_last(self, clock, client):
        first = made("Đăng trước")
        for number in range(35):
            made(f"Có tên {number}", heading="7", has_names=True, posted_until="2026-12-31")
        clock.shift(60)
        first.withdraw("sửa")
        first.post()
        db.session.commit()
        assert "Đăng trước" in seen(client, "/cong-khai/")
        assert "Đăng trước" in seen(client, "/cong-khai/rss.xml")

    def test_a_longer_list_asks_no_more(self, clock, desk, queries):
        def asked() -> int:
            queries.clear()
            assert desk.get(DESK).status_code == 200
            return len(queries)

        made("Một", decided_on="2026-10-01")
        few = asked()
        for number in range(8):
            made(f"Thêm {number}", decided_on="2026-10-01")
        assert asked() <= few + 1


class TestBadInput:
    def test_a_file_stays_with_a_form_that_is_refused(self, clock, desk):
        answer = desk.post(f"{DESK}moi", **sent(responsible=""))
        assert answer.status_code == 422
        id = re.search(r'name="files-0-file_id"[^>]*value="(\d+)"', answer.get_data(as_text=True))[
            1
        ]
        for responsible, status in (("", 422), ("An", 302)):
            kept = FORM | {"files-0-file_id": id, "responsible": responsible}
            assert desk.post(f"{DESK}moi", **kept).status_code == status
        assert len(db.session.scalar(db.select(Disclosure)).files) == 1

    @pytest.mark.parametrize(
        ("fields", "said"),
        [({"heading": ""}, "Hãy chọn mục."), ({"title": ""}, "Hãy gõ tên nội dung."),
         ({"responsible": ""}, "Hãy gõ người phụ trách."),
         ({"decided_on": "1944-12-31"}, "Hãy ghi một năm từ 1945 đến 2100."),
         ({"posted_until": "2101-01-01"}, "Hãy ghi một năm từ 1945 đến 2100."),
         ({"posted_until": "2026-11-01"}, "Ngày này đã qua."),
         ({"posted_until": "2026-12-01"}, "ít nhất 30 ngày: đến 02/12/2026"),
         ({"posted_until": "", "has_names": "y"}, "phải có ngày hết đăng"),
         ({"heading": "4"}, "Mục này đăng thường xuyên"),
         ({"office_until": "2026-11-20"}, "Hãy ghi ngày bắt đầu niêm yết"),
         ({"office_from": "2026-11-20", "office_until": "2026-11-19"}, "không thể trước"),
         ({"broadcasts-0-day": "1900-01-01"}, "Hãy ghi một năm từ 1945 đến 2100."),
         ({"year": "26"}, "Hãy gõ một năm"), ({"heading": "99"}, "không có trong danh sách")],
    )  # fmt: skip
    def test_it_is_said_and_what_was_typed_stays(self, clock, desk, fields, said):
        answer = desk.post(f"{DESK}moi", **(FORM | fields))
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert said in page
        assert "Đã thu 12 triệu" in page
        assert db.session.scalar(db.select(Disclosure)) is None

    def test_a_shorter_time_may_have_a_reason(self, clock, desk):
        shorter = {"posted_until": "2026-11-10", "shorter_because": "Theo Nghị quyết của HĐND"}
        assert desk.post(f"{DESK}moi", **(FORM | shorter)).status_code == 302

    def test_another_row_keeps_what_was_typed(self, clock, desk):
        first = {"broadcasts-0-day": "2026-11-20"}
        answer = desk.post(f"{DESK}moi", add_row="broadcasts", **(FORM | first))
        page = answer.get_data(as_text=True)
        assert "broadcasts-1-day" in page
        assert "Thu chi quỹ vì người nghèo" in page

    @pytest.mark.parametrize(
        "address",
        ["/cong-khai/khong-co", "/cong-khai/99", "/cong-khai/99/chung-nhan",
         "/cong-khai/danh-muc?nam=1999", "/cong-khai/danh-muc?nam=9999",
         "/cong-khai/theo-quy?quy=2026-5", "/cong-khai/theo-quy?quy=2099-1",
         "/cong-khai/theo-quy?quy=x", "/cong-khai/theo-quy?quy=202612",
         "/cong-khai/theo-quy.csv?quy=20261-", "/cong-khai/ke-hoach?nam=1999"],
    )  # fmt: skip
    def test_an_address_of_nothing_is_not_there(self, client, address):
        assert client.get(address).status_code == 404

    @pytest.mark.parametrize("path", ["", "moi", "1", "muc", "ke-hoach", "danh-muc"])
    def test_it_is_not_for_writers(self, desk_of, writer, path):
        made()
        assert desk_of(writer).get(f"{DESK}{path}").status_code == 403


class TestTerms:
    def test_a_heading_is_edited_and_taken_back(self, clock, desk_of, chief, editor, client):
        desk = desk_of(chief)
        fields = {"name": "Các quỹ", "citation": "Luật mới, Điều 1", "least_days": "45",
                  "due_days": "3", "due_from": "ngày ký", "due_is_working": "y"}  # fmt: skip
        assert desk.post(f"{DESK}muc/5", **fields).status_code == 302
        page = seen(client, "/cong-khai/quy-dong-gop")
        assert "Luật mới, Điều 1: đăng liên tục ít nhất 45 ngày, trong 3 ngày làm việc" in page
        assert desk_of(editor).get(f"{DESK}muc/5").status_code == 403
        desk.post(f"{DESK}muc/5/theo-phan-mem")
        assert "ít nhất 30 ngày" in seen(client, "/cong-khai/quy-dong-gop")

    def test_a_term_in_working_days_leaves_days_off_out(self, app):
        site = identity.current()
        site.days_off = "02/09 Quốc khánh\n05/11/2026 Nghỉ bù"
        db.session.commit()
        friday = date(2026, 10, 30)
        assert Heading.by(number="5").due_on(friday) == date(2026, 11, 9)
        assert Heading.by(number="2.2").due_on(friday) == date(2026, 11, 29)
        assert Heading.by(number="2.4").due_on(None, 2026) == date(2026, 7, 10)

    def test_every_heading_of_the_law_is_there(self, client):
        numbers = [heading.number for heading in Heading.in_order()]
        assert [n for n in numbers if "." not in n] == [str(n) for n in range(1, 15)]
        page = seen(client, "/cong-khai/")
        for heading in Heading.in_order():
            assert "." in heading.number or heading.url in page
            assert client.get(heading.url).status_code == 200

    def test_the_board_says_what_is_late(self, clock, desk):
        made("Quá hạn rồi", is_public=False, decided_on="2026-10-01")
        made("Còn hạn", is_public=False, decided_on="2026-11-01")
        made("Bình xét hộ nghèo", heading="7", broadcasts=[{"day": "2026-11-01"}])
        factories.add(Plan(year=2026, content="Quyết toán quỹ", due_on=date(2026, 10, 31)))
        board = seen(desk, "/bien-tap/")
        assert "“Quá hạn rồi” quá hạn công khai 25 ngày (hạn 08/10/2026)" in board
        assert "Còn hạn" not in board
        assert "mới ghi 1 ngày phát loa" in board
        assert "“Quyết toán quỹ” đến hạn 31/10/2026" in board

    def test_the_budget_of_a_year_by_stage(self, clock, client):
        item = made("Dự toán năm 2026", heading="2.2", year=2026)
        page = seen(client, "/cong-khai/ngan-sach")
        assert f'<a href="{item.url}">Dự toán năm 2026</a>' in page
        stage = page[page.index("Thực hiện dự toán 9 tháng") :]
        assert ">10/10/2026</time>, <strong>đã quá hạn" in stage[: stage.index("</tr>")]


class TestLists:
    def test_a_plan_and_what_was_done_of_it(self, clock, desk_of, editor, chief, client):
        desk = desk_of(editor)
        row = {"rows-0-content": "Dự toán năm 2027", "rows-0-form": "niêm yết, loa",
               "rows-0-due_on": "2026-12-20", "rows-0-responsible": "Kế toán"}  # fmt: skip
        address = f"{DESK}ke-hoach?nam=2026"
        assert desk.post(address, **row, **opened(desk, address)).status_code == 302
        planned = db.session.scalar(db.select(Plan))
        assert "Chưa đăng" in seen(client, "/cong-khai/ke-hoach?nam=2026")
        posted(desk_of, editor, chief, planned=str(planned.id))
        page = seen(client, "/cong-khai/ke-hoach?nam=2026")
        assert ">02/11/2026</time></a>" in page
        assert "Đã làm 1 trên 1 việc" in page
        # A row that is emptied goes; the item stays.
        gone = {"rows-0-id": str(planned.id)}
        assert desk.post(address, **gone, **opened(desk, address)).status_code == 302
        assert db.session.scalar(db.select(Plan)) is None
        assert db.session.scalar(db.select(Disclosure)).planned_id is None

    def test_a_row_without_content_is_refused(self, desk):
        answer = desk.post(f"{DESK}ke-hoach", **{"rows-0-form": "loa"})
        assert answer.status_code == 422
        assert "Hãy gõ nội dung của dòng này." in answer.get_data(as_text=True)

    def test_the_list_of_information_takes_rows_by_hand(self, clock, desk, client):
        row = {"rows-0-name": "Sổ địa chính", "rows-0-address": "Phòng tiếp dân",
               "rows-0-duration": "thường xuyên", "rows-0-dated_on": "2026-11-05"}  # fmt: skip
        address = f"{DESK}danh-muc"
        before = opened(desk, address)
        assert desk.post(address, **row, **before).status_code == 302
        again = desk.post(address, **{"rows-0-name": "Bản đồ"}, **before)
        assert again.status_code == 409
        assert "Bản đồ" in again.get_data(as_text=True)
        for place in ("/cong-khai/danh-muc", "/cong-khai/danh-muc.csv"):
            assert "Sổ địa chính" in seen(client, place)
        # The day of the text is not told as the day since when it is public.
        line = "Sổ địa chính,,05/11/2026,,,thường xuyên,Phòng tiếp dân"
        assert line in seen(client, "/cong-khai/danh-muc.csv")
        wrong = desk.post(f"{DESK}danh-muc", **{"rows-0-address": "đâu đó"})
        assert wrong.status_code == 422

    def test_downloads_hold_no_formula(self, clock, client):
        made("=1+1")
        table = seen(client, "/cong-khai/danh-muc.csv?nam=2026")
        assert "'=1+1" in table

    def test_a_quarter_has_what_began_in_it(self, clock, client):
        made("Của quý bốn")
        clock.move_to(datetime(2027, 1, 4, tzinfo=UTC))
        made("Của quý một")
        assert "Của quý một" in seen(client, "/cong-khai/theo-quy")
        page = seen(client, "/cong-khai/theo-quy?quy=2026-4")
        assert "Của quý bốn" in page
        assert "Của quý một" not in page

    def test_how_to_ask_for_information(self, chief_desk, client):
        page = seen(client, "/tiep-can-thong-tin")
        assert "xã Bình An, tỉnh Thí Dụ" in page
        fields = {"information_contact": "Bà Trần Thị Sen", "complaint_address": "Chủ tịch UBND",
                  "request_form": (io.BytesIO(pdf(1)), "phieu.pdf")}  # fmt: skip
        assert chief_desk.post(f"{DESK}tiep-can-thong-tin", **fields).status_code == 302
        page = seen(client, "/tiep-can-thong-tin")
        assert "Bà Trần Thị Sen" in page
        assert client.get(re.search(r'href="(/tep/[^"]*)"', page)[1]).status_code == 200


class TestProof:
    def test_an_outage_within_a_posting_is_told(self, clock, client):
        item = made()
        seen(client, item.certificate_url)
        began = NOW + timedelta(days=1)
        factories.add(Outage(began_at=began, ended_at=began + timedelta(hours=2)))
        factories.add(Outage(began_at=NOW - timedelta(days=2), ended_at=NOW - timedelta(days=1)))
        page = seen(client, item.certificate_url)
        assert "03/11/2026 09:00:00" in page
        assert "03/11/2026 11:00:00" in page
        assert "01/11/2026" not in page

    def test_the_same_words_have_the_same_digest(self, app):
        first, second, other = made("Một"), made("Một"), made("Hai")
        assert first.digest == second.digest != other.digest

    def test_a_digest_is_the_same_in_every_release(self, app):
        """It is printed on certificates."""
        assert (
            made("Một").digest == "6cebfb76235e7f625b1fc0a9b741a3133a847b67518df1a66aa6bc0eeb5dfa6d"
        )
