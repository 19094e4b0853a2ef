import time_machine

from tanky.accounts.models import Person
from tanky.extensions import db
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
            ({"present": factories.PASSWORD, "new": "mot-cau-de-nho", "again": "khac-di-roi"},
             "Hai lần gõ không giống nhau."),
        ):  # fmt: skip
            answer = desk.post("/bien-tap/mat-khau", **fields)
            assert answer.status_code == 422
            assert sentence in answer.get_data(as_text=True)
        assert Person.signing_in("sep", factories.PASSWORD)
