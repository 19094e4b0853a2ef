"""Texts are stored as they were written: widths, sizes and file facts are added when drawn.

The words of those articles no longer hold a file's size. The logo of the site is a reference like
any other.
"""

import json
import re

import sqlalchemy as sa
from alembic import op
from tanky.text import sanitise
from tanky.text.folding import words_of

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

AT_ONCE = 200
PICTURE = re.compile(
    r"(?:<picture>\s*(?:<source\b[^>]*>\s*)*)?<img\b([^>]*)>(?:\s*</picture>)?", re.I
)
KEY = re.compile(r'\bsrc="/anh/([0-9a-f]{24})-\d+\.\w+"')
ALT = re.compile(r'\balt="([^"]*)"')
LINK = re.compile(
    r'(<a\b[^>]*\bhref="/tep/)([0-9a-f]{24})/[^"]*("[^>]*>.*?</a>)'
    r"(?:\s*<small>\([^<]*\)</small>)?",
    re.I | re.S,
)
OWN = re.compile(r'(<a\b[^>]*\bhref="/tin-tuc/\d{1,9})-[\w-]*(?=")')
HOLDS = "LIKE '%/anh/%' OR {0} LIKE '%/tep/%' OR {0} LIKE '%/tin-tuc/%'"


def canonical(html, keys):
    """:param keys: of the files that there are."""

    def picture(found):
        key, alt = KEY.search(found.group(1)), ALT.search(found.group(1))
        if key is None:
            return found.group()
        return f'<img src="/anh/{key.group(1)}" alt="{alt.group(1) if alt else ""}">'

    def link(found):
        start, key, end = found.groups()
        return f"{start}{key}{end}" if key in keys else found.group()

    return OWN.sub(r"\1", LINK.sub(link, PICTURE.sub(picture, html)))


def upgrade():
    connection = op.get_bind()
    keys = {
        digest[:24] for digest in connection.scalars(sa.text("SELECT digest FROM media_files"))
    }
    _articles(connection, keys)
    _revisions(connection, keys)
    connection.execute(
        sa.text(
            "INSERT INTO file_references (subject, subject_id, key) "
            "SELECT 'site', site_identity.id, substr(media_files.digest, 1, 24) "
            "FROM site_identity JOIN media_files ON media_files.id = site_identity.logo_id"
        )
    )


def _articles(connection, keys):
    update = sa.text("UPDATE articles SET body = :body, search_text = :words WHERE id = :id")
    columns = "id, title, lede, body, author"
    for rows in _batches(connection, columns, "articles", HOLDS.format("body"), "body"):
        changed = []
        for id, title, lede, body, author in rows:
            text = canonical(body, keys)
            if text != body:
                words = words_of(" ".join((title, lede, sanitise.plain(text), author)))
                changed.append({"id": id, "body": text, "words": " ".join(words)})
        if changed:
            connection.execute(update, changed)


def _revisions(connection, keys):
    is_sqlite = connection.dialect.name == "sqlite"
    cast = "" if is_sqlite else "::text"
    value = ":content" if is_sqlite else "CAST(:content AS json)"
    update = sa.text(f"UPDATE revisions SET content = {value} WHERE id = :id")
    where = HOLDS.format(f"content{cast}")
    for rows in _batches(
        connection, f"id, content{cast}", "revisions", where, f"content{cast}", "subject = 'article'"
    ):
        changed = []
        for id, text in rows:
            content = json.loads(text)
            body = canonical(content["body"], keys)
            if body != content["body"]:
                content["body"] = body
                changed.append({"id": id, "content": json.dumps(content)})
        if changed:
            connection.execute(update, changed)


def _batches(connection, columns, table, holds, column, and_where="TRUE"):
    """The rows that hold a file or a link, a few at a time: a body may be a megabyte."""
    query = sa.text(
        f"SELECT {columns} FROM {table} WHERE id > :last AND {and_where} "
        f"AND ({column} {holds}) ORDER BY id LIMIT {AT_ONCE}"
    )
    last = 0
    while rows := connection.execute(query, {"last": last}).all():
        yield rows
        last = rows[-1][0]


def downgrade():
    """There is no way back: restore a copy instead."""
    raise NotImplementedError
