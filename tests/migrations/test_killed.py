"""A setup that is killed, or that meets another, leaves nothing that the next one cannot finish."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event, text

from tanky import create_app
from tanky.base.db import db
from tanky.config import ConfigError
from tanky.upkeep import upgrading
from tanky.upkeep.upgrading import know_migrations

VERSIONS = Path(upgrading.__file__).parent.parent / "migrations/versions"

SETUP = [sys.executable, "-m", "flask", "--app", "wsgi", "tanky", "setup", "--no-demo"]


@pytest.fixture
def portal(tmp_path):
    app = create_app(tmp_path, {"TESTING": True})
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def die_at(statement: int, start: str | None) -> None:
    """Migrate in a process of its own, killed before its n-th statement; from ``start`` on."""
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    sent = iter(range(statement))
    event.listen(
        db.engine,
        "before_cursor_execute",
        lambda *_: next(sent, None) is None and os.kill(os.getpid(), signal.SIGKILL),
    )
    try:
        upgrading.migrate_database()
    finally:
        os._exit(0)


def tables() -> set[str]:
    with db.engine.connect() as connection:
        return set(connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")))


@pytest.mark.parametrize("statement", [3, 20, 60, 120, 180])
@pytest.mark.parametrize("start", [None, "0003"])
def test_killed_at_any_statement_it_is_simply_run_again(portal, statement, start):
    if start:
        from flask_migrate import upgrade

        know_migrations(portal)
        upgrade(revision=start)
    before = tables()
    db.engine.dispose()
    die_at(statement, start)
    assert tables() in (before, before | {"alembic_version"}) or upgrading.present_revision()
    upgrading.migrate_database()
    assert upgrading.present_revision() == upgrading.newest_revision()
    with db.engine.connect() as connection:
        assert connection.scalar(text("PRAGMA integrity_check")) == "ok"


@pytest.mark.parametrize("where", ["sqlite", "postgres"])
def test_setups_at_once_wait_for_each_other(tmp_path, where, request):
    environment = os.environ | {"TANKY_INSTANCE": str(tmp_path)}
    if where == "postgres":
        environment["TANKY_DATABASE_URL"] = request.getfixturevalue("postgres_url")
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(
            lambda _: subprocess.run(SETUP, env=environment, capture_output=True, text=True),
            range(3),
        ))  # fmt: skip
    assert [(run.returncode, run.stderr) for run in done] == [(0, "")] * 3


def test_a_copy_is_made_before_and_progress_is_said(portal, tmp_path):
    from flask_migrate import upgrade

    know_migrations(portal)
    upgrade(revision="0005")
    said = []
    upgrading.migrate_database(said.append)
    assert "0005" in said[0]
    after = sorted(path.stem.split("_")[1] for path in VERSIONS.glob("*.py"))[5:]
    steps = [f"xong bước 00{number}" for number in after]
    assert [line.strip() for line in said[2:]] == steps
    (copy,) = tmp_path.glob("copies/*.sqlite3")
    assert copy.stat().st_mode & 0o077 == 0
    assert str(copy) in said[1]


def test_nothing_is_served_from_another_release_s_database(portal):
    assert "Run make setup" in upgrading.problem_with_serving()
    upgrading.migrate_database()
    assert upgrading.problem_with_serving() == ""
    with db.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert "does not know" in upgrading.problem_with_serving()
    with pytest.raises(ConfigError, match="does not know"):
        upgrading.migrate_database()


@pytest.mark.parametrize("name", ["xã Tân Kỳ", "what?x=1", "50%20off", "a#b;c"])
def test_any_folder_may_hold_a_site(tmp_path, name):
    done = subprocess.run(
        SETUP, env=os.environ | {"TANKY_INSTANCE": str(tmp_path / name)}, capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / name / "tanky.sqlite3").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_make_takes_such_a_folder_whole(tmp_path):
    told = subprocess.run(
        ["make", "-s", "-f", "Makefile", "-f", "-", "told", f"INSTANCE={tmp_path}/xã Tân Kỳ"],
        input="told:\n\t@echo $$TANKY_INSTANCE\n", capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout.strip() == f"{tmp_path}/xã Tân Kỳ"
