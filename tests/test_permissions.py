"""Every endpoint of the desk says who may use it."""

import ast
import inspect

import pytest

from tanky import create_app
from tanky.base.db import db
from tanky.media.models import MediaFile

from . import factories


def _loads_for_the_person(view) -> bool:
    """Whether a view loads what it works on by a function that asks who the person is."""
    tree = ast.parse(inspect.getsource(inspect.unwrap(view)))
    return any(
        isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", "")).endswith("_for")
        and any(getattr(argument, "id", "") == "current_user" for argument in node.args)
        for node in ast.walk(tree)
    )


def test_every_endpoint_of_the_desk_checks_access(tmp_path):
    views = create_app(tmp_path).view_functions
    desk = {name: view for name, view in views.items() if name.startswith("desk.")}
    assert len(desk) > 50
    assert not {
        name
        for name, view in desk.items()
        if not getattr(view, "says_who", False) and not _loads_for_the_person(view)
    }


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
