"""No form answers with a fault of ours, whatever is sent: every field, on both databases."""

import io
from urllib.parse import quote

import pytest
from sqlalchemy import delete, select
from werkzeug.datastructures import FileStorage

from tanky.base.db import db
from tanky.media import library
from tanky.news.models import Article, State
from tanky.procedures.models import Procedure
from tanky.results.models import MonthlyResult

from .. import factories, forms

NASTY = [
    "", " ", "\0", "a\0b", "0", "-1", "99999999999999999999", "1e9", "NaN", "²", "\ud7ff\uffff",
    "x" * 5000, "<script>alert(1)</script>", "'; DROP TABLE articles; --", "%s%n{0}{{7*7}}",
    "\u202etxt.exe", "🌾" * 400, "0001-01-01", "9999-12-31T23:59:59", "../../etc/passwd", "\r\n\t",
]  # fmt: skip

# Of each sort one, for every field by itself.
NASTIEST = [
    "", "a\0b", "99999999999999999999", "²", "\ud7ff\uffff", "x" * 5000, "9999-12-31T23:59:59",
    "🌾" * 400,
]  # fmt: skip


@pytest.fixture
def filled(desk_of, chief):
    """Address → its form, filled in rightly; on the desk of the editor-in-chief."""
    category = factories.category()
    article = factories.article(state=State.DRAFT, category=category)
    file = library.take_picture(
        FileStorage(io.BytesIO(factories.photo(40, 30)), filename="a.jpg"), chief
    )
    db.session.commit()
    return desk_of(chief), {
        f"/bien-tap/tin-tuc/{article.id}": {
            **forms.ARTICLE, "category": str(category.id), "cover_id": "", "remove_cover": ""
        },
        f"/bien-tap/tin-tuc/{article.id}/tu-luu": forms.ARTICLE,
        "/bien-tap/chuyen-muc/": {"name": "Mới", "position": "1", "is_notice": ""},
        "/bien-tap/thu-tuc/moi": forms.PROCEDURE | {"papers-0-form_id": "", "papers-0-copies": "1",
                                             "replaced_by_code": "", "source_url": "",
                                             "add_row": "", "online_url": "", "conditions": "",
                                             "outcome": ""},
        "/bien-tap/gioi-thieu/moi": {"title": "a", "parent": "0", "position": "1",
                                     "body": "b", "review_on": ""},
        "/bien-tap/khong-lam-o-xa/moi": {"title": "a", "also_called": "b", "place": "c",
                                         "address": "", "phone": "", "online_url": "",
                                         "advice": "d"},
        "/bien-tap/viec-can-lam/moi": {"title": "a", "also_called": "b", "icon": "em bé",
                                       "position": "1", "lede": "", "advice": "", "news_words": "",
                                       "steps-0-label": "a", "steps-0-target": "/",
                                       "steps-0-remark": ""},
        "/bien-tap/ket-qua/moi": forms.RESULT,
        "/bien-tap/trang/": forms.IDENTITY | {"address": "", "licence": "", "short_name": "",
                                              "working_hours": "", "days_off": "",
                                              "palette": "lúa", "remove_face": ""},
        "/bien-tap/thong-bao/moi": {"title": "a", "grade": "tin", "category": "việc khác",
                                    "place": "", "advice": "", "body": "b", "late_because": ""},
        "/bien-tap/cong-khai/moi": {"heading": "5", "title": "a", "number": "", "body": "b",
                                    "responsible": "c", "office_place": "", "planned": "0",
                                    "shorter_because": ""},
        "/bien-tap/trang/viec-trang-chu": {"tasks-0-label": "a", "tasks-0-url": "/",
                                           "tasks-0-icon": "em bé"},
        "/bien-tap/trang/menu": {"items-0-label": "Tin", "items-0-url": "/tin-tuc/"},
        "/bien-tap/mat-khau": {"present": "x", "new": "y", "again": "z"},
        "/bien-tap/nguoi/": {"name": "An", "username": "an", "role": "writer"},
        "/bien-tap/nguoi/1": {"name": "An", "role": "chief"},
        "/bien-tap/nguoi/quy-dinh": {"roles": "writer"},
        "/bien-tap/tai-khoan/hai-lop": {"code": "123456"},
        "/bien-tap/tai-khoan/hai-lop/tat": {"present": "x"},
        "/bien-tap/dan": {"html": "<p>a</p>"},
        "/bien-tap/tin-tuc/nhap-word/chon": {"title": "a", "lede": "b", "body": "<p>c</p>",
                                             "name": "d.docx"},
        "/bien-tap/tin-tuc/nhap-word": {"file": "x"},
        f"/bien-tap/tin-tuc/{article.id}/lien-ket": {"days": "1"},
        f"/bien-tap/tin-tuc/{article.id}/chuyen-ma": {"ma": "vni"},
        f"/bien-tap/tin-tuc/{article.id}/phien-ban/1/khoi-phuc": {"x": "1"},
        "/bien-tap/tep/": {"files": "x"},
        "/bien-tap/trang/nhung": {"allowed": "listed", "sites": "a.vn"},
        f"/bien-tap/tep/{file.id}": {"title": "a", "focus_x": "1", "focus_y": "2"},
        "/bien-tap/thu-tuc/nhap": {"file": "x", "retire_missing": "y"},
        "/bien-tap/thu-tuc/nhap/1": {"digest": "x"},
        "/bien-tap/ket-qua/nhap/1": {"digest": "x"},
    }  # fmt: skip


@pytest.mark.one_database
@pytest.mark.parametrize("number", range(29))
def test_every_field_takes_anything_or_says_why_not(app, filled, number):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    desk, known = filled
    address, fields = list(known.items())[number]
    token = desk.token("/bien-tap/mat-khau")
    tries = [({name: value}, name) for name in fields for value in NASTIEST]
    tries += [(dict.fromkeys(fields, value), "all") for value in NASTY]
    for changed, name in tries:
        sent = {"csrf_token": token, **fields, **changed}
        if "version" not in changed and "version" in fields:
            sent["version"] = str(db.session.scalar(select(Article.version)))
        status = desk.client.post(address, data=sent).status_code
        assert status < 500, (address, name, changed)
        if status == 302:
            # What was taken must not stand in the way of the next.
            for model in (Procedure, MonthlyResult):
                db.session.execute(delete(model))
            db.session.commit()


ADDRESSES = [
    "tin-tuc/{}/phien-ban?ban={}", "tin-tuc/{}/phien-ban?so={}", "tin-tuc/{}/co-mat?version={}",
    "tin-tuc/{}/chuyen-ma?ma={}", "tin-tuc/{}/xem-thu?man={}", "tep/?loai={1}", "tep/?q={1}",
    "tep/?chon={1}", "tep/?trang={1}", "nhat-ky/?q={1}", "nhat-ky/?tu={1}", "nhat-ky/?nguoi={1}",
    "ket-qua/lich-su?nam={1}", "thu-tuc/?q={1}", "ket-qua/?nam={1}",
]  # fmt: skip


@pytest.mark.one_database
def test_every_address_takes_anything_or_says_why_not(app, desk_of, chief):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    article = factories.article(state=State.DRAFT)
    desk = desk_of(chief)
    for address in ADDRESSES:
        for value in NASTY:
            path = f"/bien-tap/{address.format(article.id, quote(value, errors='replace'))}"
            assert desk.get(path).status_code < 500, path[:120]
