"""Passkeys without a device; with one, in Chromium: tests/browser/test_passkeys.py."""

import json

import pytest
from sqlalchemy import func, select

from tanky.accounts import passkeys
from tanky.accounts.models import Passkey
from tanky.base.db import db

from .. import factories
from ..conftest import Desk

pytestmark = pytest.mark.on_sqlite
ANSWER = {
    "id": "a2V5", "rawId": "a2V5", "type": "public-key",
    "response": {"clientDataJSON": "e30", "authenticatorData": "AA", "signature": "AA"},
}  # fmt: skip


def give_key(person, number=0):
    key = b"key" + str(number).encode() * bool(number)
    return factories.add(
        Passkey(person_id=person.id, credential=key, public_key=b"-", name=f"Máy {number}")
    )


def keys() -> int:
    return db.session.scalar(select(func.count()).select_from(Passkey))


@pytest.mark.parametrize(
    "answer", ["", "{", "[]", "null", '"x"', "{}", json.dumps(ANSWER), json.dumps({"id": 1}),
               json.dumps(ANSWER | {"rawId": "khác"}), "[" * 5000]
)  # fmt: skip
@pytest.mark.parametrize("is_asked", [True, False])
def test_what_no_device_made_lets_nobody_in(client, chief, answer, is_asked):
    give_key(chief)
    token = Desk(client).token("/dang-nhap")
    if is_asked:
        asked = client.post("/dang-nhap/khoa", data={"csrf_token": token})
        assert asked.json["options"]["userVerification"] == "required"
    sent = {"csrf_token": token, "answer": answer}
    told = client.post("/dang-nhap/khoa/xong", data=sent)
    assert told.status_code == 422
    assert "không mở được" in told.json["problem"]
    assert client.get("/bien-tap/").status_code == 302


def test_a_form_without_its_token_is_refused(client, chief):
    assert client.post("/dang-nhap/khoa").status_code == 400


def test_ten_are_enough(desk_of, writer):
    desk = desk_of(writer)
    for number in range(1, 11):
        give_key(writer, number)
    told = desk.post("/bien-tap/tai-khoan/khoa", "/bien-tap/tai-khoan/", name="Nữa",
                     present=factories.PASSWORD)  # fmt: skip
    assert told.status_code == 422
    assert "nhiều nhất 10 khoá" in told.json["problem"]


def test_another_s_key_is_not_one_s_own(desk_of, writer, chief):
    key = give_key(chief)
    gone = desk_of(writer).post(f"/bien-tap/tai-khoan/khoa/{key.id}/xoa", "/bien-tap/tai-khoan/")
    assert gone.status_code == 404
    assert keys() == 1


def test_a_new_password_by_link_and_a_chief_take_all_away(client, chief_desk, writer):
    give_key(writer)
    address = f"/bien-tap/nguoi/{writer.id}"
    assert "1 khoá truy cập" in chief_desk.get(address).get_data(as_text=True)
    chief_desk.post(f"{address}/tat-hai-lop", address)
    assert keys() == 0
    give_key(writer)
    secret = writer.make_link()
    db.session.commit()
    token = Desk(client).token(f"/loi-moi/{secret}")
    new = {"new": "rừng tre xanh ngát 9", "again": "rừng tre xanh ngát 9", "csrf_token": token}
    assert client.post(f"/loi-moi/{secret}", data=new).status_code == 302
    assert keys() == 0


@pytest.mark.parametrize(
    "way", [lambda person: person.set_password("rừng tre xanh ngát 9"),
            lambda person: person.force_new_password()]
)  # fmt: skip
def test_a_changed_password_takes_all_away(app, writer, way):
    give_key(writer)
    way(writer)
    db.session.commit()
    assert keys() == 0


def test_the_operator_takes_all_away(app, writer):
    give_key(writer)
    command = ["tanky", "user", "two-factors-off", writer.username]
    assert app.test_cli_runner().invoke(args=command).exit_code == 0
    assert keys() == 0


@pytest.mark.parametrize("url", ["https://Xa.Example.vn", "https://xa.example.vn:443"])
def test_the_site_s_address_is_as_a_browser_writes_it(app, monkeypatch, url):
    monkeypatch.setitem(app.config["TANKY"], "public_url", url)
    assert passkeys._origin() == "https://xa.example.vn"
