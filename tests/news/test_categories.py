"""Categories on the desk."""

import pytest
from sqlalchemy import select

from tanky.base.db import db
from tanky.news.models import Category

from .. import factories


class TestCategories:
    def test_one_is_added_renamed_and_deleted(self, desk, client):
        desk.post("/bien-tap/chuyen-muc/", name="Văn hoá", position="3")
        made = db.session.scalar(select(Category))
        assert (made.slug, made.position) == ("van-hoa", 3)
        desk.post(f"/bien-tap/chuyen-muc/{made.id}", name="Văn hoá mới", position="1")
        assert (made.name, made.slug) == ("Văn hoá mới", "van-hoa")
        desk.post(f"/bien-tap/chuyen-muc/{made.id}/xoa")
        assert db.session.scalar(select(Category)) is None

    def test_one_in_use_is_not_deleted(self, desk):
        made = factories.category()
        factories.article(category=made)
        desk.post(f"/bien-tap/chuyen-muc/{made.id}/xoa")
        assert "còn 1 bài" in desk.get("/bien-tap/chuyen-muc/").get_data(as_text=True)
        assert db.session.scalar(select(Category)) is not None

    @pytest.mark.on_sqlite
    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [({"name": "  "}, "Hãy gõ tên chuyên mục."), ({"name": "TIN TRONG XÃ"}, "Đã có chuyên mục"),
         ({"name": "x" * 101}, "Dài quá 100"), ({"name": "A", "position": "x"}, "số nguyên"),
         ({"name": "A", "position": "-1"}, "số nguyên từ 0")],
    )  # fmt: skip
    def test_bad_input_is_said_on_its_field_and_kept(self, desk, fields, sentence):
        factories.category("Tin trong xã")
        answer = desk.post("/bien-tap/chuyen-muc/", **fields)
        assert answer.status_code == 422
        assert sentence in answer.get_data(as_text=True)
        assert len(Category.in_order()) == 1
