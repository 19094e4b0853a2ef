import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from tanky.accounts.models import Person, Role, SignIn
from tanky.base.db import db
from tanky.text import formats

from .. import factories
from ..conftest import Desk

# Whom to let in is asked of both databases by test_sign_in.py.
pytestmark = pytest.mark.on_sqlite
INVITED = {"name": "Lê Thị Mới", "username": "moi", "role": "writer"}
NEW = {"new": "mot-cau-de-nho", "again": "mot-cau-de-nho"}


@pytest.fixture
def desk(desk_of, chief):
    return desk_of(chief)


def person(username: str) -> Person:
    return db.session.scalar(select(Person).where(Person.username == username))


def link_on(answer) -> str:
    return re.search(r"/loi-moi/[\w-]+", answer.get_data(as_text=True)).group()


def accept(client, link: str, **fields):
    return Desk(client).post(link, link, **(NEW | fields))


class TestInvitations:
    def test_whoever_opens_the_link_sets_a_password_and_is_in(self, desk, client):
        link = link_on(desk.post("/bien-tap/nguoi/", **INVITED))
        assert "Lê Thị Mới" in client.get(link).get_data(as_text=True)
        assert accept(client, link).location == "/bien-tap/"
        assert client.get("/bien-tap/").status_code == 200
        assert Person.signing_in("moi", NEW["new"]).role == Role.WRITER

    def test_it_works_once_and_expires(self, app, desk, client):
        link = link_on(desk.post("/bien-tap/nguoi/", **INVITED))
        with time_machine.travel(formats.now() + timedelta(days=3, seconds=1)):
            assert client.get(link).status_code == 404
        accept(client, link)
        again = client.get(link)
        assert again.status_code == 404
        assert "không dùng được nữa" in again.get_data(as_text=True)

    def test_a_newer_link_ends_the_older(self, desk, client):
        old = link_on(desk.post("/bien-tap/nguoi/", **INVITED))
        id = person("moi").id
        new = link_on(desk.post(f"/bien-tap/nguoi/{id}/lien-ket"))
        assert client.get(old).status_code == 404
        assert client.get(new).status_code == 200

    def test_before_it_is_accepted_no_password_lets_in(self, desk):
        desk.post("/bien-tap/nguoi/", **INVITED)
        for password in ("", "x", factories.PASSWORD):
            assert Person.signing_in("moi", password) is None

    def test_a_weak_password_is_said_on_its_field(self, desk, client):
        link = link_on(desk.post("/bien-tap/nguoi/", **INVITED))
        answer = accept(client, link, new="ngan", again="ngan")
        assert answer.status_code == 422
        assert "từ 10 đến 500" in answer.get_data(as_text=True)
        assert person("moi").is_invited

    def test_the_address_is_kept_from_other_sites(self, desk, client):
        answer = client.get(link_on(desk.post("/bien-tap/nguoi/", **INVITED)))
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [({"username": "sep"}, "Đã có người dùng"), ({"username": "Hoà Bình"}, "chữ thường"),
         ({"name": ""}, "Hãy gõ họ tên"), ({"role": "boss"}, "Lựa chọn")],
    )  # fmt: skip
    def test_bad_input_is_said_on_its_field(self, desk, fields, sentence):
        answer = desk.post("/bien-tap/nguoi/", **(INVITED | fields))
        assert answer.status_code == 422
        assert sentence in answer.get_data(as_text=True)
        assert db.session.scalar(select(func.count()).select_from(Person)) == 1


class TestRolesAndDoors:
    def test_a_role_is_changed(self, desk, writer):
        desk.post(f"/bien-tap/nguoi/{writer.id}", name="Chị cong", role="editor")
        assert person("cong").role == Role.EDITOR

    def test_the_last_chief_stays_one(self, desk, chief):
        answer = desk.post(f"/bien-tap/nguoi/{chief.id}", name="Sếp", role="writer")
        assert answer.status_code == 422
        assert "ít nhất một Trưởng Ban" in answer.get_data(as_text=True)
        assert person("sep").role == Role.CHIEF
        assert desk.post(f"/bien-tap/nguoi/{chief.id}/tam-khoa").status_code == 409

    def test_whoever_is_suspended_is_out_at_once_and_cannot_come_in(self, desk, desk_of, writer):
        theirs = desk_of(writer)
        desk.post(f"/bien-tap/nguoi/{writer.id}/tam-khoa")
        assert theirs.get("/bien-tap/").status_code == 302
        assert Person.signing_in("cong", factories.PASSWORD) is None
        desk.post(f"/bien-tap/nguoi/{writer.id}/mo-khoa")
        assert Person.signing_in("cong", factories.PASSWORD)

    def test_a_suspended_person_s_link_is_dead(self, desk, client, writer):
        link = link_on(desk.post(f"/bien-tap/nguoi/{writer.id}/lien-ket"))
        desk.post(f"/bien-tap/nguoi/{writer.id}/tam-khoa")
        assert client.get(link).status_code == 404
        assert desk.post(f"/bien-tap/nguoi/{writer.id}/lien-ket").status_code == 409

    def test_a_new_password_is_forced(self, desk, desk_of, writer):
        before = desk_of(writer)
        desk.post(f"/bien-tap/nguoi/{writer.id}/buoc-doi-mat-khau")
        assert before.get("/bien-tap/").status_code == 302
        after = desk_of(writer)
        for address in ("/bien-tap/", "/bien-tap/tin-tuc/"):
            assert after.get(address).location == "/bien-tap/mat-khau"
        same = {"new": factories.PASSWORD, "again": factories.PASSWORD}
        answer = after.post("/bien-tap/mat-khau", present=factories.PASSWORD, **same)
        assert "phải khác" in answer.get_data(as_text=True)
        after.post("/bien-tap/mat-khau", present=factories.PASSWORD, **NEW)
        assert after.get("/bien-tap/").status_code == 200

    def test_a_forgotten_password_is_set_anew_by_a_link(self, desk, client, writer):
        accept(client, link_on(desk.post(f"/bien-tap/nguoi/{writer.id}/lien-ket")))
        assert Person.signing_in("cong", NEW["new"])

    @pytest.mark.parametrize(
        "path", ["", "quy-dinh", "{}", "{}/lien-ket", "{}/buoc-doi-mat-khau", "{}/tam-khoa",
                 "{}/mo-khoa", "{}/ket-thuc-phien", "{}/tat-hai-lop"],
    )  # fmt: skip
    def test_nobody_but_the_chief_has_a_say(self, desk_of, editor, writer, path):
        address = f"/bien-tap/nguoi/{path.format(writer.id)}"
        assert desk_of(editor).post(address, **INVITED).status_code == 403
        assert db.session.scalar(select(func.count()).select_from(Person)) == 2


class TestSessions:
    def test_one_sees_one_s_own_and_ends_another(self, desk_of, writer):
        here, there = desk_of(writer), desk_of(writer)
        page = here.get("/bien-tap/tai-khoan/").get_data(as_text=True)
        assert "Chrome trên Android" in page
        assert page.count("phiên này") == 1
        other = page.split("/bien-tap/tai-khoan/phien/")[1].split("/")[0]
        here.post(f"/bien-tap/tai-khoan/phien/{other}/ket-thuc")
        assert there.get("/bien-tap/").status_code == 302
        assert here.get("/bien-tap/").status_code == 200

    def test_all_others_end_at_once(self, desk_of, writer):
        here, *others = [desk_of(writer) for _ in range(3)]
        here.post("/bien-tap/tai-khoan/phien/ket-thuc-khac")
        assert [desk.get("/bien-tap/").status_code for desk in (here, *others)] == [200, 302, 302]

    def test_nobody_ends_another_person_s(self, desk_of, writer, chief):
        desk_of(chief)
        theirs = db.session.scalar(select(SignIn.id))
        address = f"/bien-tap/tai-khoan/phien/{theirs}/ket-thuc"
        assert desk_of(writer).post(address).status_code == 404

    def test_one_that_was_not_used_for_long_has_ended(self, desk_of, writer):
        desk = desk_of(writer)
        with time_machine.travel(formats.now() + timedelta(hours=11, minutes=59)):
            assert desk.get("/bien-tap/").status_code == 200
        with time_machine.travel(formats.now() + timedelta(hours=23)):
            assert desk.get("/bien-tap/").status_code == 200
        with time_machine.travel(formats.now() + timedelta(hours=36)):
            assert desk.get("/bien-tap/").status_code == 302

    def test_signing_out_ends_it_for_a_copied_cookie_as_well(self, desk_of, writer, app):
        desk = desk_of(writer)
        copied = desk.client.get_cookie("tanky").value
        desk.post("/dang-xuat")
        thief = app.test_client()
        thief.set_cookie("tanky", copied)
        assert thief.get("/bien-tap/").status_code == 302

    def test_the_cookie_is_not_stored_as_it_is(self, desk_of, writer):
        desk = desk_of(writer)
        with desk.client.session_transaction() as session:
            secret = session["_user_id"]
        assert secret not in str(db.session.execute(select(SignIn.__table__)).all())

    def test_a_save_long_after_the_last_page_goes_through(self, desk_of, writer):
        desk = desk_of(writer)
        token = desk.token("/bien-tap/mat-khau")
        with time_machine.travel(formats.now() + timedelta(hours=2)):
            answer = desk.client.post("/bien-tap/tin-tuc/moi", data={"csrf_token": token})
        assert answer.status_code == 302
        assert "/bien-tap/tin-tuc/" in answer.location
