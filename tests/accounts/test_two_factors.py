import re
import time
from concurrent.futures import ThreadPoolExecutor

import pyotp
import pytest
import time_machine

from tanky.accounts import two_factors
from tanky.accounts.models import Person, Role, RoleRule
from tanky.base.db import db

from .. import factories
from ..conftest import Desk

pytestmark = pytest.mark.on_sqlite

START = 1_790_000_010  # within a step of thirty seconds, not at its edge


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(START, tick=False) as moving:
        yield moving


def code(secret: str) -> str:
    return pyotp.TOTP(secret).at(int(time.time()))


@pytest.fixture
def enrolled(app, writer):
    """A writer with a second factor; the secret and the recovery codes."""
    secret = two_factors.new_secret()
    codes = two_factors.turn_on(writer, secret, code(secret))
    db.session.commit()
    return secret, codes


def first_step(client):
    token = Desk(client).token("/dang-nhap")
    answer = client.post("/dang-nhap", data={"csrf_token": token, "username": "cong",
                                             "password": factories.PASSWORD})  # fmt: skip
    assert answer.location.startswith("/dang-nhap/ma")
    return token


def second_step(client, token, given):
    return client.post("/dang-nhap/ma", data={"csrf_token": token, "code": given})


def test_the_password_alone_lets_nobody_in(client, enrolled):
    token = first_step(client)
    assert client.get("/bien-tap/").status_code == 302
    assert second_step(client, token, "000000").status_code == 422
    assert client.get("/bien-tap/").status_code == 302


def test_the_code_of_the_app_does_and_only_once(app, client, enrolled, clock):
    secret, _ = enrolled
    clock.shift(60)
    shown = code(secret)
    token = first_step(client)
    assert second_step(client, token, shown).status_code == 302
    assert client.get("/bien-tap/").status_code == 200
    other = app.test_client()
    assert second_step(other, first_step(other), shown).status_code == 422


@pytest.mark.parametrize(("late", "taken"), [(29, True), (30, False), (-1, False)])
def test_a_code_holds_as_long_as_it_is_shown(client, enrolled, clock, late, taken):
    secret, _ = enrolled
    clock.shift(300)
    shown = code(secret)
    clock.shift(late)
    token = first_step(client)
    assert (second_step(client, token, shown).status_code == 302) is taken


def test_a_recovery_code_works_once(app, client, enrolled):
    _, codes = enrolled
    token = first_step(client)
    assert second_step(client, token, f" {codes[3].upper()} ").status_code == 302
    other = app.test_client()
    assert second_step(other, first_step(other), codes[3]).status_code == 422
    assert len(Person.by_username("cong").recovery_digests) == 9


@pytest.mark.parametrize("typed", [str.upper, lambda code: code.replace("-", ""),
                                   lambda code: f" {code.replace('-', ' - ')} "])  # fmt: skip
def test_a_code_from_paper_may_be_typed_in_any_way(client, enrolled, typed):
    _, codes = enrolled
    assert second_step(client, first_step(client), typed(codes[0])).status_code == 302


def test_one_code_at_once_lets_one_in(app, enrolled, clock):
    def try_in(*given):
        with app.app_context():
            return second_step(*given)

    secret, codes = enrolled
    clock.shift(60)
    for given in (code(secret), codes[0]):
        clients = [app.test_client() for _ in range(4)]
        tokens = [first_step(client) for client in clients]
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(try_in, clients, tokens, [given] * 4))
        assert sorted(answer.status_code for answer in answers) == [302, 422, 422, 422]
        clock.shift(16 * 60)  # the tries of the first round count no longer


def test_a_second_step_begun_with_an_old_password_leads_back(client, enrolled, writer):
    token = first_step(client)
    writer.set_password("mot-mat-khau-khac")
    db.session.commit()
    answer = second_step(client, token, code(enrolled[0]))
    assert answer.location.startswith("/dang-nhap")
    assert client.get("/bien-tap/").status_code == 302


def test_guessing_from_many_lines_is_held_up_but_not_from_one_s_own(app, client, enrolled, clock):
    secret, _ = enrolled
    clock.shift(60)
    second_step(client, first_step(client), code(secret))
    refused = 0
    for line in range(12):
        stranger = app.test_client()
        stranger.environ_base["REMOTE_ADDR"] = f"2001:db8:{line}::1"
        token = first_step(stranger)
        for n in range(4):
            refused += second_step(stranger, token, f"{n:06}").status_code == 429
    assert refused >= 12
    clock.shift(30)
    own = app.test_client()
    assert second_step(own, first_step(own), code(secret)).status_code == 302


def test_guessing_is_held_up(client, enrolled):
    token = first_step(client)
    answers = [second_step(client, token, f"{n:06}").status_code for n in range(7)]
    assert answers == [422] * 5 + [429] * 2


def test_the_second_step_waits_ten_minutes(client, enrolled, clock):
    secret, _ = enrolled
    token = first_step(client)
    clock.shift(601)
    answer = second_step(client, token, code(secret))
    assert answer.location.startswith("/dang-nhap")
    assert client.get("/bien-tap/").status_code == 302


def test_the_second_step_without_the_first_leads_back(client):
    assert client.get("/dang-nhap/ma").location.startswith("/dang-nhap")


class TestTurningItOn:
    def secret_on(self, desk) -> str:
        page = desk.get("/bien-tap/tai-khoan/hai-lop").get_data(as_text=True)
        return re.search(r"[A-Z2-7]{32}", page).group()

    def test_scan_type_a_code_write_the_recovery_codes_down(self, desk_of, writer):
        desk = desk_of(writer)
        secret = self.secret_on(desk)
        assert b"<svg" in desk.get("/bien-tap/tai-khoan/ma-qr.svg").data
        page = desk.post("/bien-tap/tai-khoan/hai-lop", code=code(secret),
                         present=factories.PASSWORD).get_data(as_text=True)  # fmt: skip
        codes = re.findall(r"<code>([a-z2-9-]{11})</code>", page)
        assert len(set(codes)) == 10
        assert Person.by_username("cong").has_two_factors

    @pytest.mark.parametrize("present", ["", "sai-mat-khau"])
    def test_without_the_password_nothing_is_turned_on(self, desk_of, writer, present):
        desk = desk_of(writer)
        given = {"code": code(self.secret_on(desk)), "present": present}
        assert desk.post("/bien-tap/tai-khoan/hai-lop", **given).status_code == 422
        assert not Person.by_username("cong").has_two_factors

    def test_the_secret_is_sealed_in_the_database(self, desk_of, writer):
        desk = desk_of(writer)
        secret = self.secret_on(desk)
        desk.post("/bien-tap/tai-khoan/hai-lop", code=code(secret), present=factories.PASSWORD)
        kept = Person.by_username("cong").totp_secret
        assert secret not in kept
        assert two_factors.unseal(kept) == secret

    def test_a_wrong_code_turns_nothing_on_and_keeps_the_secret(self, desk_of, writer):
        desk = desk_of(writer)
        secret = self.secret_on(desk)
        answer = desk.post("/bien-tap/tai-khoan/hai-lop", code="12345")
        assert answer.status_code == 422
        assert secret in answer.get_data(as_text=True)
        assert not Person.by_username("cong").has_two_factors

    def test_turning_it_off_asks_for_the_password(self, desk_of, writer):
        desk = desk_of(writer)
        desk.post("/bien-tap/tai-khoan/hai-lop", code=code(self.secret_on(desk)),
                  present=factories.PASSWORD)  # fmt: skip
        off = "/bien-tap/tai-khoan/hai-lop/tat"
        assert desk.post(off, present="sai-roi-day").status_code == 422
        assert Person.by_username("cong").has_two_factors
        assert desk.post(off, present=factories.PASSWORD).status_code == 302
        assert not Person.by_username("cong").has_two_factors

    def test_new_recovery_codes_end_the_old(self, desk_of, writer):
        desk = desk_of(writer)
        desk.post("/bien-tap/tai-khoan/hai-lop", code=code(self.secret_on(desk)),
                  present=factories.PASSWORD)  # fmt: skip
        before = Person.by_username("cong").recovery_digests
        desk.post("/bien-tap/tai-khoan/hai-lop/ma-moi", present=factories.PASSWORD)
        after = Person.by_username("cong").recovery_digests
        assert len(after) == 10
        assert not set(before) & set(after)


class TestDemanded:
    def test_whoever_s_role_demands_it_sets_it_up_before_anything_else(
        self, desk_of, chief, writer
    ):
        theirs = desk_of(writer)
        desk_of(chief).post("/bien-tap/nguoi/quy-dinh", roles=["writer", "editor"])
        assert RoleRule.demanding_two_factors() == {Role.WRITER, Role.EDITOR}
        assert theirs.get("/bien-tap/").location == "/bien-tap/tai-khoan/hai-lop"
        assert theirs.post("/bien-tap/tin-tuc/moi").location == "/bien-tap/tai-khoan/hai-lop"
        secret = TestTurningItOn().secret_on(theirs)
        theirs.post("/bien-tap/tai-khoan/hai-lop", code=code(secret), present=factories.PASSWORD)
        assert theirs.get("/bien-tap/").status_code == 200
        off = theirs.post("/bien-tap/tai-khoan/hai-lop/tat", present=factories.PASSWORD)
        assert off.status_code == 302
        assert Person.by_username("cong").has_two_factors

    def test_other_roles_go_on_as_before(self, desk_of, chief):
        desk = desk_of(chief)
        desk.post("/bien-tap/nguoi/quy-dinh", roles=["writer"])
        assert desk.get("/bien-tap/").status_code == 200

    def test_a_role_that_is_none_is_refused(self, desk_of, chief):
        answer = desk_of(chief).post("/bien-tap/nguoi/quy-dinh", roles=["boss"])
        assert answer.status_code == 400

    def test_who_lost_everything_is_let_in_by_the_chief(self, desk_of, chief, writer, enrolled):
        desk_of(chief).post(f"/bien-tap/nguoi/{writer.id}/tat-hai-lop")
        assert desk_of(writer).get("/bien-tap/").status_code == 200
