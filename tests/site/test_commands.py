"""The operator's commands."""

import pytest

from tanky import create_app
from tanky.accounts.models import Person, Role
from tanky.extensions import db


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
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []
