"""The fixed cast and its stage: a portal on each database, people, a resident's phone."""

import contextvars
import http.client
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from flask import Flask, session
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from sqlalchemy import create_engine, event, text

from tanky import create_app
from tanky.accounts.models import Person, Role
from tanky.accounts.views import open_session
from tanky.base.db import db
from tanky.base.sqlite import sqlite3
from tanky.demo import loader
from tanky.upkeep.upgrading import migrate_database

from . import factories

POSTGRES = os.environ.get(
    "TANKY_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres"
)
REQUIRED = set(filter(None, os.environ.get("TANKY_REQUIRE", "").split(",")))
# First the engine without windows: the tests take half the time.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
PHONE = (
    "Mozilla/5.0 (Linux; Android 12; SM-A135F) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36"
)


def _listens(url: str) -> bool:
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname, parts.port or 5432), 2).close()
    except OSError:
        return False
    return True


MISSING = {
    "browser": None if CHROMIUM else "Chromium is not installed: browser tests are skipped",
    "postgres": None
    if _listens(POSTGRES)
    else "PostgreSQL does not answer: its tests are skipped (TANKY_TEST_POSTGRES_URL)",
    "nginx": None
    if shutil.which("nginx")
    else "nginx is not installed: tests behind it are skipped",
    "caddy": None
    if shutil.which("caddy")
    else "Caddy is not installed: tests behind it are skipped",
}


def pytest_configure(config):
    # A worker's code reads these; a developer's own settings must not reach the tests.
    for name in list(os.environ):
        if name.startswith("TANKY_") and name not in (
            "TANKY_REQUIRE", "TANKY_TEST_POSTGRES_URL",
        ):  # fmt: skip
            del os.environ[name]
    # Each server and command of the tests is a process of its own, and none need compile us anew.
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
        os.environ["PYTHONPYCACHEPREFIX"] = str(config.cache.mkdir("bytecode"))
    unknown = REQUIRED - MISSING.keys()
    if unknown:
        raise pytest.UsageError(f"TANKY_REQUIRE knows {sorted(MISSING)}, not {sorted(unknown)}")
    lacking = [MISSING[name] for name in sorted(REQUIRED) if MISSING[name]]
    if lacking:
        raise pytest.UsageError("; ".join(lacking))


def pytest_report_header(config):
    return [reason for reason in MISSING.values() if reason]


def pytest_collection_modifyitems(config, items):
    seen: set[str] = set()
    spared = [item for item in items if _is_spared(item, seen)]
    config.hook.pytest_deselected(items=spared)
    items[:] = [item for item in items if item not in spared]
    for item in items:
        if item.path.parent.name == "browser":
            item.add_marker("browser")
            if MISSING["browser"]:
                item.add_marker(pytest.mark.skip(MISSING["browser"]))


def _is_spared(item, seen: set[str]) -> bool:
    """Whether a test need not run on this database as well (setup.cfg says what the marks mean).

    Examples differ in what is asked, not in the database: PostgreSQL gets the first of each test,
    and all where it is the stricter one.

    :param seen: the tests that PostgreSQL has an example of.
    """
    database = getattr(item, "callspec", None) and item.callspec.params.get("database_url")
    if item.get_closest_marker("one_database"):
        return database == ("postgres" if MISSING["postgres"] else "sqlite")
    if database != "postgres" or item.get_closest_marker("each_example"):
        return False
    test = item.nodeid.partition("[")[0]
    was_seen = test in seen
    seen.add(test)
    return was_seen or item.get_closest_marker("on_sqlite") is not None


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory) -> Path:
    """A migrated, empty database that each test gets a copy of."""
    folder = tmp_path_factory.mktemp("template")
    app = create_app(folder, {"TESTING": True})
    with app.app_context():
        migrate_database()
        db.session.remove()
        db.engine.dispose()
    return folder / "tanky.sqlite3"


@pytest.fixture(scope="session")
def sample_site(tmp_path_factory, sqlite_template) -> Path:
    """The folder of a site with the samples, to be copied: its photos take seconds to make."""
    folder = tmp_path_factory.mktemp("samples")
    shutil.copy(sqlite_template, folder)
    app = create_app(folder, {"TESTING": True})
    with app.app_context():
        loader.load()
        db.session.remove()
        db.engine.dispose()
    return folder


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory):
    """A migrated scratch database, dropped at the end."""
    if MISSING["postgres"]:
        pytest.skip(MISSING["postgres"])
    name = f"tanky_test_{os.getpid()}"
    parts = urlsplit(POSTGRES)
    admin = create_engine(
        urlunsplit(parts._replace(scheme="postgresql+psycopg")), isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"))
        # What a test commits need not outlive a power cut.
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit TO off"))
    url = urlunsplit(parts._replace(scheme="postgresql+psycopg", path=f"/{name}"))
    app = create_app(tmp_path_factory.mktemp("pg"), {"TESTING": True, "database_url": url})
    with app.app_context():
        migrate_database()
        db.session.remove()
        db.engine.dispose()
    yield url
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(scope="session")
def sqlite_url(tmp_path_factory, sqlite_template) -> str:
    path = tmp_path_factory.mktemp("sqlite") / "tanky.sqlite3"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request, sqlite_template) -> str:
    """An empty, migrated database: each test runs on both."""
    url = request.getfixturevalue(f"{request.param}_url")
    if request.param == "sqlite":
        _empty_sqlite(Path(url.removeprefix("sqlite:///")), sqlite_template)
    else:
        _empty_postgres(url)
    return url


# Pages that the shared portal keeps are of an earlier number, so that no test is shown another's.
WORDS = r"SELECT tablename FROM pg_tables WHERE tablename LIKE '%\_words'"
RAISE_CONTENT_NUMBER = "UPDATE content_version SET number = {} + 1"


def _empty_sqlite(path: Path, template: Path) -> None:
    with closing(sqlite3.connect(path)) as database, closing(sqlite3.connect(template)) as empty:
        database.execute("PRAGMA synchronous=OFF")
        number = database.execute("SELECT max(number) FROM content_version").fetchone()[0] or 0
        empty.backup(database)
        database.execute("INSERT OR IGNORE INTO content_version (id, number) VALUES (1, 0)")
        database.execute(RAISE_CONTENT_NUMBER.format(number))
        database.commit()


def _empty_postgres(url: str) -> None:
    engine = create_engine(url)
    tables = [table for table in db.metadata.sorted_tables if table.name != "content_version"]
    # Or was, and its numbers have gone on.
    filled = ", ".join(
        f"EXISTS (SELECT 1 FROM {table.name})"
        + (f" OR (SELECT is_called FROM {table.name}_id_seq)" if _is_numbered(table) else "")
        for table in tables
    )
    with engine.begin() as connection:
        found = connection.execute(text(f"SELECT {filled}")).one()
        # By deleting the few rows there are: to truncate a table costs more than a test. Without
        # triggers, of which the journal's would not let go of it.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for index in connection.scalars(text(WORDS)).all():
            connection.execute(text(f"DELETE FROM {index}"))
        for table, is_filled in zip(tables, found, strict=True):
            if is_filled:
                connection.execute(text(f"DELETE FROM {table.name}"))
            if is_filled and _is_numbered(table):
                sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
                connection.execute(text(f"SELECT setval({sequence}, 1, false)"))
        connection.execute(text(RAISE_CONTENT_NUMBER.format("number")))
    engine.dispose()


def _is_numbered(table) -> bool:
    return table.autoincrement_column is not None


@pytest.fixture(scope="session")
def portals(tmp_path_factory):
    """``portals(url)``: the one portal of this run on a database. To make a portal, to draw each
    template and to send each query for the first time takes longer than a test."""
    made: dict[str, Flask] = {}

    def portal(url: str) -> Flask:
        if url not in made:
            folder = tmp_path_factory.mktemp("portal")
            made[url] = create_app(folder, {"TESTING": True, "database_url": url})
            made[url].test_client_class = Phone
        return made[url]

    yield portal
    for app in made.values():
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def app(database_url, portals):
    """A portal with an identity and nothing else."""
    app = portals(database_url)
    settings, own = dict(app.config), dict(app.config["TANKY"])
    _forget(app)
    with app.test_request_context():
        factories.identity()
        yield app
        db.session.remove()
        # What SQLite remembers of the tables does not outlast their being copied over.
        db.engine.dispose()
    app.extensions["tally"].store.close()
    app.config.clear()
    app.config.update(settings, TANKY=own)


def _forget(app: Flask) -> None:
    """What a restart would let go of, and the files of the test before."""
    tally, heartbeat = app.extensions["tally"], app.extensions["heartbeat"]
    folder = Path(app.instance_path)
    for file in folder.glob("counters.*"):
        file.unlink()
    shutil.rmtree(folder / "uploads", ignore_errors=True)
    tally.__init__(tally.store, tally._zone, beating=tally._beating)
    heartbeat._last = float("-inf")
    app.extensions.pop("site_zone", None)
    # Rows of two tests have the same ids and versions, as those of one site never have.
    app.extensions["finder"].__init__()


@pytest.fixture
def client(app):
    """A resident's phone."""
    return _phone(app)


@pytest.fixture
def visit(client):
    """Open a page as a resident; the page must be there."""

    def open_page(address: str) -> str:
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status)
        return answer.get_data(as_text=True)

    return open_page


@pytest.fixture
def queries(app):
    """The statements sent to either database, the content's and the counters'."""
    sent = []
    listener = lambda *args: sent.append(args[2])  # noqa: E731
    event.listen(db.engine, "before_cursor_execute", listener)
    counters = app.extensions["tally"].store._connection()
    counters.set_trace_callback(sent.append)
    yield sent
    counters.set_trace_callback(None)
    event.remove(db.engine, "before_cursor_execute", listener)


@pytest.fixture
def chief(app):
    return factories.person("sep", Role.CHIEF)


@pytest.fixture
def editor(app):
    return factories.person("bien", Role.EDITOR)


@pytest.fixture
def writer(app):
    return factories.person("cong", Role.WRITER)


@pytest.fixture
def desk_of(app):
    """A signed-in browser of a person. Not by the form, which takes longer than most tests: that is
    for the tests of signing in."""

    def session_of(id: int, environ: dict) -> tuple[str, str]:
        with app.test_request_context(environ_base=environ):
            open_session(db.session.get(Person, id))
            token = generate_csrf()
            response = app.response_class()
            app.session_interface.save_session(app, session, response)
        return response.headers["Set-Cookie"].partition(";")[0], token

    def sign_in(person):
        client = _phone(app)
        apart = contextvars.Context()
        cookie, token = apart.run(session_of, person.id, client.environ_base)
        client.set_cookie(*cookie.split("=", 1))
        db.session.rollback()
        return Desk(client, token)

    return sign_in


@pytest.fixture
def desk(desk_of, editor):
    return desk_of(editor)


@pytest.fixture
def chief_desk(desk_of, chief):
    return desk_of(chief)


ACTIONS = {
    "save": "",
    "preview": "/luu-va-xem",
    "submit": "/gui-duyet",
    "publish": "/dang",
    "send_back": "/tra-lai",
    "withdraw": "/go-xuong",
    "trash": "/bo",
}


class Desk:
    """A browser of the desk: forms are sent with their token."""

    def __init__(self, client, token: str = ""):
        """:param token: of the session's forms, where it is known."""
        self.client = client
        self._token = token

    def token(self, address: str) -> str:
        page = self.client.get(address).get_data(as_text=True)
        return page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]

    def get(self, address: str):
        return self.client.get(address)

    def post(self, address: str, form_at: str | None = None, /, action="save", **fields):
        """Send a form's fields, with the session's token.

        :param form_at: the page that shows the form, whose own token is sent.
        :param action: of an article's page, by the name of its endpoint.
        """
        if form_at or not self._token:
            token = self.token(form_at or "/bien-tap/mat-khau")
        else:
            token = self._token
        data = {"csrf_token": token, **fields}
        return self.client.post(address + ACTIONS[action], data=data)


class Phone(FlaskClient):
    """Its requests share no context and no database session with the test, as in life."""

    def open(self, *args, **kwargs):
        kwargs.setdefault("buffered", True)
        apart = contextvars.Context()
        answer = apart.run(lambda: FlaskClient.open(self, *args, **kwargs))
        # What the test holds is read anew when it looks again.
        db.session.rollback()
        return answer


def _phone(app):
    client = app.test_client()
    client.environ_base["HTTP_USER_AGENT"] = PHONE
    return client


@pytest.fixture
def server(serve):
    """A portal on four workers: ``start()`` gives its process and port."""
    return serve


@pytest.fixture
def serve(tmp_path, sqlite_template):
    """``serve(app, workers)``: an app of the portal's or of the test's folder, as it is served."""
    with serving(tmp_path, sqlite_template) as start:
        yield start


@contextmanager
def serving(folder: Path, sqlite_template: Path):
    (folder / "tanky.sqlite3").write_bytes(sqlite_template.read_bytes())
    # This night has been watched: the watch takes a second of processor beside what is tested.
    (folder / "watch.json").write_text('{"day": "9999-12-31"}')
    running = []

    def start(app: str = "wsgi:app", workers: int = 4, arguments=(), most_written: int = 0):
        """:param most_written: bytes to which a file may grow, as on a disk that is full."""

        def bound() -> None:
            if most_written:
                resource.setrlimit(resource.RLIMIT_FSIZE, (most_written, most_written))

        port = free_port()
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py",
             "--bind", f"127.0.0.1:{port}", "--workers", str(workers), *arguments, app],
            preexec_fn=bound,
            cwd=Path(__file__).parent.parent, start_new_session=True,
            env=os.environ | {"TANKY_INSTANCE": str(folder), "PYTHONPATH": str(folder)},
        )  # fmt: skip
        running.append(process)
        assert once_it_answers(process, lambda: get(port, "/healthz", PHONE))[0] == 200
        return process, port

    try:
        yield start
    finally:
        for process in running:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def once_it_answers(process: subprocess.Popen, ask):
    """What a server answers as soon as it listens. One that ends instead fails the test; while it
    starts, the processor is its own and not spent on asking."""
    while True:
        with suppress(ConnectionError, http.client.HTTPException):
            return ask()
        with suppress(subprocess.TimeoutExpired):
            pytest.fail(f"ended with {process.wait(0.02)}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(port, address, agent):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", address, headers={"User-Agent": agent})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return answer.status, body
