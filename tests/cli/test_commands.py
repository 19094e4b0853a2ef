"""The operator's commands."""

import pytest
import time_machine

from tanky import create_app
from tanky.accounts.models import Person, Role
from tanky.base.db import db
from tanky.site.models import SiteIdentity


@pytest.fixture
def runner(app):
    return app.test_cli_runner()


class TestUserCreate:
    def test_a_person_is_made_who_can_sign_in(self, runner):
        result = runner.invoke(
            args=["tanky", "user", "create", "Lan", "--role", "chief", "--password-stdin"],
            input="mot-hai-ba-bon\n",
        )
        assert result.exit_code == 0, result.output
        assert Person.signing_in("lan", "mot-hai-ba-bon").role == Role.CHIEF

    def test_the_password_is_asked_for_and_not_shown(self, runner):
        result = runner.invoke(
            args=["tanky", "user", "create", "lan", "--role", "writer"],
            input="mot-hai-ba-bon\nmot-hai-ba-bon\n",
        )
        assert result.exit_code == 0, result.output
        assert "mot-hai" not in result.output

    @pytest.mark.parametrize(
        ("name", "password", "sentence"),
        [("hai từ", "mot-hai-ba-bon", "không có dấu cách"), ("lan", "ngan", "ít nhất 10 ký tự")],
    )
    def test_bad_input_is_refused_in_words(self, runner, name, password, sentence):
        result = runner.invoke(
            args=["tanky", "user", "create", name, "--role", "editor", "--password-stdin"],
            input=password,
        )
        assert result.exit_code != 0
        assert sentence in result.output
        assert not Person.any()

    def test_a_name_that_is_taken_is_refused(self, runner, chief):
        result = runner.invoke(
            args=["tanky", "user", "create", "SEP", "--role", "editor", "--password-stdin"],
            input="mot-hai-ba-bon",
        )
        assert "Đã có người dùng sep" in result.output


class TestUsers:
    """What the page of people does, from the server."""

    @pytest.fixture
    def run(self, runner):
        def invoke(*words, **options):
            result = runner.invoke(args=["tanky", "user", *words], **options)
            assert result.exit_code == 0, result.output
            return result.output

        return invoke

    def test_an_invitation_is_a_link_that_sets_a_password(self, run, client):
        told = run("create", "lan", "--role", "writer", "--invite")
        link = told.split()[-1]
        assert client.get(link).status_code == 200
        assert client.get(run("invite", "lan").split()[-1]).status_code == 200
        assert client.get(link).status_code == 404

    def test_the_list_says_how_everyone_stands(self, run, chief, writer):
        run("suspend", "cong")
        run("password", "sep", "--force-change")
        listed = run("list")
        stands = {line.split()[0]: line for line in listed.splitlines()}
        assert "tạm khoá" in stands["cong"]
        assert "phải đổi mật khẩu" in stands["sep"]

    def test_a_role_is_changed(self, run, writer):
        run("role", "cong", "editor")
        assert Person.by_username("cong").role == Role.EDITOR

    def test_whoever_is_suspended_is_out_until_let_in_again(self, run, writer, desk_of):
        desk = desk_of(writer)
        run("suspend", "cong")
        assert desk.get("/bien-tap/").status_code == 302
        run("resume", "cong")
        assert desk_of(writer).get("/bien-tap/").status_code == 200

    def test_a_password_is_given_or_forced(self, run, writer, desk_of):
        desk = desk_of(writer)
        run("password", "cong", "--password-stdin", input="mot-cau-moi-day\n")
        assert desk.get("/bien-tap/").status_code == 302
        assert Person.signing_in("cong", "mot-cau-moi-day")
        run("password", "cong", "--force-change")
        assert Person.by_username("cong").must_change_password

    def test_sessions_end_and_a_lost_phone_is_forgotten(self, run, writer, desk_of):
        desk = desk_of(writer)
        run("sign-out", "cong")
        assert desk.get("/bien-tap/").status_code == 302
        writer.totp_secret = "A" * 32
        db.session.commit()
        run("two-factors-off", "cong")
        db.session.refresh(writer)
        assert not writer.has_two_factors

    @pytest.mark.parametrize(
        "words", [("invite",), ("role", "editor"), ("suspend",), ("resume",), ("password",),
                  ("sign-out",), ("two-factors-off",)],
    )  # fmt: skip
    def test_nobody_by_that_name_is_said(self, runner, words):
        result = runner.invoke(args=["tanky", "user", words[0], "ai-do", *words[1:]])
        assert result.exit_code == 1
        assert "Không có người dùng ai-do." in result.output


def test_setup_makes_and_fills_a_site_once(tmp_path):
    app = create_app(tmp_path, {"TESTING": True})
    runner = app.test_cli_runner()
    first = runner.invoke(args=["tanky", "setup"])
    assert first.exit_code == 0, first.output
    assert "truongban" in first.output
    assert "/dang-nhap" in first.output
    assert runner.invoke(args=["tanky", "setup"]).output == ""
    password = next(line for line in first.output.splitlines() if "truongban" in line).split()[-1]
    with app.app_context():
        assert Person.signing_in("truongban", password).is_chief
        db.session.remove()
        db.engine.dispose()


def test_the_models_and_the_migrations_agree(app):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with db.engine.connect() as connection:
        # The indexes of words are kept by the database alone; no model maps them.
        known = {"compare_type": True, "include_name": lambda name, kind, _: not (
            kind == "table" and "_words" in name)}  # fmt: skip
        context = MigrationContext.configure(connection, opts=known)
        assert compare_metadata(context, db.metadata) == []


class TestDaysOff:
    def test_they_are_added_once_and_what_is_there_stays(self, runner, app):
        site = SiteIdentity.current()
        site.days_off = "02/09 Quốc khánh\n20/11/2026 Hội làng"
        db.session.commit()
        with time_machine.travel("2026-11-27T08:00:00+07:00", tick=False):
            for said in ("Đã thêm", "Không thiếu"):
                result = runner.invoke(args=["tanky", "days-off"])
                assert said in result.output
        off = SiteIdentity.current().days_off
        assert off.startswith("02/09 Quốc khánh\n20/11/2026 Hội làng\n")
        assert off.count("04/02/2027 – 10/02/2027 Tết Nguyên đán") == 1
