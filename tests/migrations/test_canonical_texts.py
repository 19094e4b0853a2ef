"""Migration 0010: texts as the release before stored them are the same page afterwards."""

import importlib.util
from pathlib import Path

import pytest

from tanky.base.db import db
from tanky.media import library, rich_text
from tanky.text import sanitise
from tanky.upkeep import upgrading

from .. import factories
from ..media.test_files import pdf, upload

spec = importlib.util.spec_from_file_location(
    "canonical_texts",
    Path(upgrading.__file__).parent.parent / "migrations/versions/20261125_10_canonical_texts.py",
)
migration = importlib.util.module_from_spec(spec)
spec.loader.exec_module(migration)


@pytest.fixture
def files(app):
    photo = library.take_picture(upload(factories.photo(800, 600), "a.jpg"))
    paper = library.take_document(upload(pdf(2), "Kế hoạch.pdf"))
    db.session.commit()
    return photo, paper


@pytest.mark.one_database
@pytest.mark.parametrize(
    "written",
    [
        "<figure>{img}<figcaption>Chú <em>thích</em></figcaption></figure>",
        '<p><a href="{file}" title="t">Kế hoạch</a> và <a href="{file}">lần nữa</a>.</p>',
        "<table><tbody><tr><td>{img}</td><td>{img}{img}</td></tr></tbody></table>",
        '<p><a href="https://example.vn/?a=1&amp;b=2">{img}</a> <small>nhỏ</small></p>',
        '<p><a href="/tep/{lost}/x.pdf">mất</a> <a href="{photo}">ảnh lớn</a></p>',
        "<p>Không có gì (PDF, 3 MB) <b>cả</b></p><pre>a  b</pre>",
    ],
)
def test_the_drawn_page_is_the_same(files, written):
    photo, paper = files
    img = f'<img src="{photo.url}" alt="Lúa &quot;chín&quot; &amp; vàng">'
    text = written.format(img=img, file=paper.url, photo=photo.url, lost="b" * 24)
    # As the release before stored it, by what is added when a page is drawn today.
    stored = rich_text.expanded(rich_text.canonical(text))
    migrated = migration.canonical(stored, {photo.key, paper.key})
    assert migrated == rich_text.canonical(text)
    assert rich_text.expanded(migrated) == stored
    # Once more changes nothing.
    assert migration.canonical(migrated, {photo.key, paper.key}) == migrated
    assert paper.facts not in sanitise.plain(migrated)
