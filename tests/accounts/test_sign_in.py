import hmac
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from argon2 import extract_parameters

from tanky.accounts import models
from tanky.accounts.models import Person, RateWindow, Role
from tanky.accounts.passwords import problem_with
from tanky.base.db import db
from tanky.records.journal import JournalEntry
from tanky.text import formats

from .. import factories
from ..conftest import Desk


def try_in(client, username="sep", password=factories.PASSWORD, address="/dang-nhap"):
    token = Desk(client).token("/dang-nhap")
    return client.post(
        address, data={"csrf_token": token, "username": username, "password": password}
    )


def test_a_person_signs_in_and_out(client, chief):
    answer = try_in(client)
    assert answer.location == "/bien-tap/"
    assert client.get("/bien-tap/").status_code == 200
    client.post("/dang-xuat", data={"csrf_token": Desk(client).token("/bien-tap/")})
    assert client.get("/bien-tap/").status_code == 302


def test_the_name_s_case_does_not_matter(client, chief):
    assert try_in(client, " SEP ").status_code == 302


def test_wrong_name_and_wrong_password_are_answered_alike(client, chief):
    wrong_password = try_in(client, password="khong-phai-no")
    wrong_name = try_in(client, username="ai-do")
    for answer in (wrong_password, wrong_name):
        assert answer.status_code == 422
        assert "Tên đăng nhập hoặc mật khẩu không đúng." in answer.get_data(as_text=True)


def test_an_unknown_name_costs_as_much_as_a_known_one():
    """By the work that its hash asks for, since a clock would tell of the machine."""
    assert extract_parameters(models._NOBODY) == models.COST


def test_a_name_that_no_database_holds_is_wrong_like_another(client, chief):
    assert try_in(client, username="a\0b").status_code == 422


def test_the_name_typed_is_kept_and_the_password_is_not(client, chief):
    page = try_in(client, password="bi-mat-sai").get_data(as_text=True)
    assert 'value="sep"' in page
    assert "bi-mat-sai" not in page


def test_an_empty_form_says_what_is_missing(client, chief):
    page = try_in(client, "", "").get_data(as_text=True)
    assert "Hãy gõ tên đăng nhập." in page
    assert "Hãy gõ mật khẩu." in page


def test_after_five_tries_one_waits(client, chief):
    for _ in range(5):
        try_in(client, password="sai-mat-roi")
    answer = try_in(client)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) <= 15 * 60
    assert "Bạn đã thử quá nhiều lần" in answer.get_data(as_text=True)
    with time_machine.travel(formats.now().timestamp() + 16 * 60):
        assert try_in(client).status_code == 302


def test_a_stranger_s_tries_do_not_lock_the_person_out(app, client, chief):
    for _ in range(6):
        client.post("/dang-nhap", environ_base={"REMOTE_ADDR": "203.0.113.9"}, data={
            "csrf_token": Desk(client).token("/dang-nhap"), "username": "sep", "password": "x" * 10,
        })  # fmt: skip
    assert try_in(client).status_code == 302


def test_trying_many_names_from_one_address_is_stopped(client, chief):
    answers = [try_in(client, username=f"ten{n}", password="x" * 10).status_code for n in range(21)]
    assert answers == [422] * 20 + [429]


def test_no_address_is_stored_for_it(client, chief):
    try_in(client, password="sai-mat-roi")
    rows = db.session.execute(db.text("SELECT key FROM rate_windows")).scalars().all()
    assert rows
    assert not any("127.0.0.1" in key or "sep" in key for key in rows)


def test_one_is_led_on_to_where_one_was_going_within_the_desk_only(client, chief):
    answer = client.get("/bien-tap/tin-tuc/?q=x")
    assert answer.location == "/dang-nhap?next=/bien-tap/tin-tuc/?q%3Dx"
    onward = try_in(client, address="/dang-nhap?next=/bien-tap/tin-tuc/?q%3Dx")
    assert onward.location == "/bien-tap/tin-tuc/?q=x"


def test_one_is_never_led_to_another_site(app, client, chief):
    for bad in ("https://evil.example", "//evil.example", "/\\evil.example", "/bien-tap\\@evil"):
        browser = app.test_client()
        answer = try_in(browser, address=f"/dang-nhap?next={bad}")
        assert answer.location == "/bien-tap/"


def test_a_form_without_its_token_is_refused(client, chief):
    answer = client.post("/dang-nhap", data={"username": "sep", "password": factories.PASSWORD})
    assert answer.status_code == 400
    assert "Phiên làm việc đã hết hạn" in answer.get_data(as_text=True)


class TestOwnPassword:
    def test_it_is_changed_and_other_sessions_end(self, desk_of, chief):
        here, elsewhere = desk_of(chief), desk_of(chief)
        answer = here.post("/bien-tap/mat-khau", present=factories.PASSWORD,
                           new="mot-cau-de-nho", again="mot-cau-de-nho")  # fmt: skip
        assert answer.status_code == 302
        assert here.get("/bien-tap/").status_code == 200
        assert elsewhere.get("/bien-tap/").status_code == 302
        assert Person.signing_in("sep", "mot-cau-de-nho")

    def test_wrong_input_is_said_on_its_field_and_changes_nothing(self, desk_of, chief):
        desk = desk_of(chief)
        for fields, sentence in (
            ({"present": "sai-roi-day", "new": "mot-cau-de-nho", "again": "mot-cau-de-nho"},
             "Mật khẩu hiện tại không đúng."),
            ({"present": factories.PASSWORD, "new": "ngan", "again": "ngan"}, "từ 10 đến 500"),
            ({"new": "BìnhAn@2026"}, "quá giống tên"),
            ({"new": "UBND@binhan26"}, "quá giống tên"),
            ({"new": "sepvuive26"}, "quá giống tên"),
            ({"present": factories.PASSWORD, "new": "mot-cau-de-nho", "again": "khac-di-roi"},
             "Hai lần gõ không giống nhau."),
        ):  # fmt: skip
            answer = desk.post("/bien-tap/mat-khau", **fields)
            assert answer.status_code == 422
            assert sentence in answer.get_data(as_text=True)
        assert Person.signing_in("sep", factories.PASSWORD)


class TestThrottling:
    def tries(self, client, count, address="2001:db8:1:2::{:x}", name="cong", password="sai"):
        statuses = []
        token = Desk(client).token("/dang-nhap")
        for n in range(count):
            data = {"csrf_token": token, "username": name, "password": password}
            answer = client.post(
                "/dang-nhap", data=data, environ_base={"REMOTE_ADDR": address.format(n)}
            )
            statuses.append(answer.status_code)
        return statuses

    def test_the_addresses_of_one_ipv6_line_are_one(self, client, writer):
        assert self.tries(client, 12)[5:] == [429] * 7

    @pytest.mark.parametrize("name", ["cong\0", " cong", "CONG", "co\0ng", "co ng"])
    def test_a_name_typed_otherwise_is_the_same_account(self, client, writer, name):
        self.tries(client, 5, "10.0.0.1")
        assert self.tries(client, 1, "10.0.0.1", name) == [429]

    def test_one_who_goes_on_trying_shuts_out_nobody_else_of_the_office(
        self, client, writer, chief
    ):
        assert self.tries(client, 30, "10.0.0.1")[5:] == [429] * 25
        assert self.tries(client, 1, "10.0.0.1", "sep", factories.PASSWORD) == [302]

    def test_a_stranger_behind_one_s_own_line_shuts_one_out_of_no_account(self, app, chief):
        office = app.test_client()
        assert self.tries(office, 1, "10.0.0.1", "sep", factories.PASSWORD) == [302]
        stranger = app.test_client()
        for n in range(25):
            self.tries(stranger, 1, "10.0.0.1", f"ai-do-{n}")
        assert self.tries(stranger, 1, "10.0.0.1", "ai-do-khac") == [429]
        again = app.test_client()
        assert self.tries(again, 1, "10.0.0.1", "sep", factories.PASSWORD) == [302]

    def test_an_office_that_signs_in_is_not_shut_out(self, app, client):
        for n in range(30):
            person = factories.person(f"can-bo-{n}", Role.WRITER)
            office = app.test_client()
            assert self.tries(office, 1, "10.0.0.1", person.username, factories.PASSWORD) == [302]

    def test_the_keys_tell_nobody_s_address(self, app, client, writer):
        self.tries(client, 1, "203.0.113.7")
        kept = [row.key for row in db.session.scalars(db.select(RateWindow))]
        for known in (app.secret_key, b""):
            guess = hmac.new(known, b"address 203.0.113.7", "sha256").hexdigest()[:32]
            assert not any(guess in key for key in kept)

    def test_failed_sign_ins_do_not_fill_the_journal(self, client, writer):
        self.tries(client, 20, "10.0.0.1", "ai do {}")
        failed = db.select(JournalEntry).filter_by(action="sign_in_failed")
        assert len(db.session.scalars(failed).all()) == 1


def test_a_clock_set_back_signs_nobody_out_and_a_session_ends_after_a_week(app, desk_of, writer):
    with time_machine.travel("2026-11-24T10:00Z", tick=False) as clock:
        desk = desk_of(writer)
        clock.move_to("2026-11-24T07:00Z")
        assert desk.get("/bien-tap/").status_code == 200
        for hours in range(8, 24 * 7, 8):
            clock.move_to(datetime(2026, 11, 24, 10, tzinfo=UTC) + timedelta(hours=hours))
            assert desk.get("/bien-tap/").status_code == 200
        clock.shift(8 * 3600 + 1)
        assert desk.get("/bien-tap/").status_code == 302


@pytest.mark.parametrize(
    "password",
    ["1234567890", "qwertyuiop", "matkhau2026", "MatKhau@123", "Anhyeuem123", "Vi3tN@m2026!",
     "aaaaaaaaaaaa", "abcabcabcabc", "098765432123", "cong-2026!!", "Password123", "ngan"],
)  # fmt: skip
def test_passwords_that_are_tried_first_are_refused(password):
    assert problem_with(password, "cong")


@pytest.mark.parametrize(
    "password", ["mot-hai-ba-bon", "con cò bay lả", "Tr3nDinhNui*97", "xxxyz71k9-q"]
)
def test_others_are_taken(password):
    assert not problem_with(password, "cong", "Chị Sen")
