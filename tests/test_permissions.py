"""Every endpoint of the desk says who may use it."""

import ast
import inspect

import pytest

from tanky import create_app
from tanky.base.db import db
from tanky.media.models import MediaFile

from . import factories

# What belongs to whoever is signed in, and lists that hold only what is one's own.
OPEN = {
    "account", "password", "renew_token", "end_session", "end_other_sessions", "two_factors",
    "qr_code", "turn_off_two_factors", "renew_recovery_codes", "board", "new_article",
    "upload_files", "import_word", "choose_encoding", "paste",
}  # fmt: skip
CHECKS = ("demand_", "get_", "_for", "visible_files", "may_")


def _asks_access(view) -> bool:
    """Whether a view calls a loader or a check of access.py."""
    tree = ast.parse(inspect.getsource(view))
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "access"
        and any(part in node.attr for part in CHECKS)
        for node in ast.walk(tree)
    )


@pytest.fixture(scope="module")
def views(tmp_path_factory):
    app = create_app(tmp_path_factory.mktemp("guard"))
    return {
        name.partition(".")[2]: view
        for name, view in app.view_functions.items()
        if name.startswith("desk.")
    }


def test_every_endpoint_of_the_desk_checks_access(views):
    without = {name for name, view in views.items() if not _asks_access(view)} - OPEN
    assert not without


def test_what_is_open_is_there(views):
    assert views.keys() >= OPEN


@pytest.mark.parametrize("address", ["/bien-tap/tep/1", "/bien-tap/tep/1/mo-ta.json"])
def test_a_writer_sees_no_file_of_another_s_draft(desk_of, writer, editor, address):
    db.session.add(MediaFile(digest="a" * 64, name="kin.pdf", mimetype="application/pdf", size=9,
                             title="Kín", uploaded_by_id=editor.id))  # fmt: skip
    db.session.commit()
    desk = desk_of(writer)
    assert desk.get(address).status_code == 403
    assert "Kín" not in desk.get("/bien-tap/tep/").get_data(as_text=True)
    assert desk_of(editor).get(address).status_code == 200


def test_a_writer_changes_no_photo_of_somebody_else_s(desk_of, writer, editor):
    file = MediaFile(
        digest="b" * 64, name="a.webp", mimetype="image/webp", size=9, width=720, height=400,
        widths=[360, 720], title="Ảnh", uploaded_by_id=editor.id,
    )  # fmt: skip
    db.session.add(file)
    db.session.commit()
    factories.article(cover=file, cover_alt="Lúa")
    answer = desk_of(writer).post("/bien-tap/tep/1", title="Tên khác", focus_x="0", focus_y="0")
    assert answer.status_code == 403
    assert file.title == "Ảnh"
