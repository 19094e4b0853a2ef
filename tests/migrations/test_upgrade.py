"""A site that ran before keeps everything when it is upgraded."""

import json

import pytest
from flask_migrate import upgrade
from sqlalchemy import create_engine, text

from tanky import create_app
from tanky.base.db import db
from tanky.notices.models import Notice
from tanky.procedures.models import Procedure
from tanky.records import revisions
from tanky.records.journal import JournalEntry
from tanky.upkeep.upgrading import know_migrations, migrate_database

ROWS = [
    "INSERT INTO people (id, username, name, role, password_hash, session_token, created_at) "
    "VALUES (1, 'an', 'An', 'chief', 'x', 't', '2026-01-01')",
    "INSERT INTO categories VALUES (1, 'Tin', 'tin', 0, false)",
    "INSERT INTO media_files (id, digest, name, mimetype, size, width, height, widths, uploaded_at)"
    " VALUES (1, 'd', 'a.webp', 'image/webp', 9, 400, 300, '[360]', '2026-01-01')",
    "INSERT INTO articles (id, category_id, title, slug, lede, body, cover_id, cover_alt, "
    "cover_caption, author, source, state, created_at, updated_at, writer_id, version, "
    "search_text, is_sample) VALUES (7, 1, 'Bài', 'bai', '', '<p>x</p>', 1, 'a', '', '', '', "
    "'draft', '2026-01-01', '2026-01-01', 1, 3, 'bai', false)",
    "INSERT INTO autosaved_drafts VALUES (7, 1, '{}', 3, '2026-01-02')",
    "INSERT INTO article_events (article_id, person_id, action, remark, happened_at) "
    "VALUES (7, 1, 'sent_back', 'Thiếu ảnh', '2026-01-03')",
    "INSERT INTO fields VALUES (1, 'Hộ tịch', 'ho-tich', 0)",
    "INSERT INTO procedures (id, code, title, decision, level, kind, field_id, online_service, "
    "online_url, steps, applicants, agency, authority, receiving_place, partners, outcome, "
    "conditions, source_url, updated_at, is_retired, search_text, is_sample) VALUES (1, "
    "'1.001193', 'Khai sinh', '', 'Xã', '', 1, 'một phần', '', '', '[]', '', '', '', '', '[]', "
    "'', '', '2026-01-01', false, '', false)",
    'INSERT INTO procedure_papers (id, procedure_id, position, "case", name, originals, copies) '
    "VALUES (1, 1, 0, '', 'Tờ khai', 1, 0)",
]


@pytest.fixture(params=["sqlite", "postgres"])
def old_site(request, tmp_path):
    """A portal whose database stands where the first release left it."""
    if request.param == "sqlite":
        url = ""
    else:
        base = request.getfixturevalue("postgres_url")
        name = base.rsplit("/", 1)[1] + "_old"
        admin = create_engine(base, isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        url = f"{base}_old"
    app = create_app(tmp_path, {"TESTING": True, "database_url": url})
    with app.app_context():
        know_migrations(app)
        upgrade(revision="0001")
        with db.engine.begin() as connection:
            for row in ROWS:
                connection.execute(text(row))
        yield app
        db.session.remove()
        db.engine.dispose()
    if url:
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def test_nothing_is_lost_on_the_way_to_the_newest_tables(old_site):
    migrate_database()
    with db.engine.connect() as connection:

        def count(table: str) -> int:
            return connection.execute(text(f"SELECT count(*) FROM {table}")).scalar()

        for table in ("people", "articles", "autosaved_drafts", "procedures", "procedure_papers",
                      "media_files", "categories"):  # fmt: skip
            assert count(table) == 1, table
        entry = connection.execute(text(
            "SELECT subject_id, person_name, action, label, remark FROM journal"))  # fmt: skip
        assert entry.one() == (7, "An", "sent_back", "Bài", "Thiếu ảnh")
        formats = connection.execute(text("SELECT formats FROM media_files")).scalar()
        assert formats in (["webp"], '["webp"]')
    migrate_database()


def test_the_urgent_line_of_before_is_a_notice(old_site):
    upgrade(revision="0019")
    with db.engine.begin() as connection:
        connection.execute(text(
            "INSERT INTO site_identity (id, name, short_name, superior, editor_in_chief_label, "
            "editor_in_chief, address, phone, email, licence, working_hours, days_off, description,"
            " timezone, framed_by, palette, urgent, urgent_url, urgent_until, updated_at) VALUES "
            "(1, 'Xã', '', '', '', '', '', '', '', '', '', '', '', 'Asia/Ho_Chi_Minh', '[]', '', "
            "'Bão số 9', '/tin-tuc/', '2100-01-01', '2026-01-01')"
        ))  # fmt: skip
    migrate_database()
    notice = db.session.scalar(db.select(Notice))
    assert (notice.title, notice.state, notice.is_urgent) == ("Bão số 9", "Đang hiện", True)
    assert 'href="/tin-tuc/"' in notice.body
    entry = db.session.scalar(db.select(JournalEntry).where(JournalEntry.subject == "notice"))
    assert (entry.subject_id, entry.label) == (notice.id, "Bão số 9")


def test_a_procedure_of_before_says_the_same_in_the_wider_record(old_site):
    upgrade(revision="0025")
    old = {
        "code": "1.001193", "title": "Khai sinh", "level": "Xã", "field": "Hộ tịch",
        "steps": "<ol><li>Nộp</li><li>Nhận</li></ol>", "outcome": ["Giấy khai sinh"],
        "channels": [{"kind": "Trực tiếp", "time_limit": "03 ngày", "fee": "8.000 đồng",
                      "charge": "", "remark": ""}],
        "papers": [{"name": "Tờ khai", "case": "", "originals": 1, "copies": 0, "form_id": 1}],
        "legal_basis": [], "also_called": [], "replaced_by": "",
    }  # fmt: skip
    add_revision = text(
        "INSERT INTO revisions (subject, subject_id, number, saved_at, note, content) "
        "VALUES ('procedure', 1, 1, '2026-01-01', '', :content)"
    )
    with db.engine.begin() as connection:
        connection.execute(text(
            "UPDATE procedures SET steps = '<p>Đến <b>xã</b></p>', outcome = '[\"Giấy\"]'"
        ))  # fmt: skip
        connection.execute(text("UPDATE procedure_papers SET form_id = 1"))
        connection.execute(text(
            "INSERT INTO procedure_channels (procedure_id, position, kind, time_limit, fee, "
            "charge, remark) VALUES (1, 0, 'Trực tiếp', '03 ngày làm việc; có khi 05 ngày', "
            "'Không', 'Bản đầu: 8.000 đồng/bản; miễn cho người nghèo', '')"
        ))  # fmt: skip
        connection.execute(add_revision, {"content": json.dumps(old)})
    migrate_database()
    made = Procedure.by_code("1.001193")
    channel = made.channels[0]
    assert channel.limit_told == "03 ngày làm việc; có khi 05 ngày"
    assert channel.time_limit["number"] == 3
    assert channel.cost_told == "Phí: Không; lệ phí: Bản đầu: 8.000 đồng/bản; miễn cho người nghèo"
    assert (made.levels, made.outcome) == (["Xã"], [{"name": "Giấy", "code": ""}])
    assert made.is_prose
    assert "<b>xã</b>" in made.steps[0]["text"]
    assert made.papers[0].form_ids == [1]
    with db.session.no_autoflush:
        before = db.session.scalar(revisions.of(made)).content
        assert "keywords" not in before  # what is younger stays as it is
        made.restore(made.snapshot() | before)
    assert [step["text"] for step in made.steps] == ["Nộp", "Nhận"]
    assert made.channels[0].cost_told == "8.000 đồng"
    assert made.papers[0].form_ids == [1]
    db.session.rollback()
