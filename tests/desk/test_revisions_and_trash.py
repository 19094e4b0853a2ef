import pytest
from sqlalchemy import select

from tanky.base.db import db
from tanky.news.models import Article, State
from tanky.procedures.models import Procedure
from tanky.records.journal import JournalEntry

from .. import factories, forms


def current(made) -> Article:
    return db.session.scalar(select(Article).where(Article.id == made.id))


@pytest.fixture
def draft(writer):
    return factories.article("Bản đầu", state=State.DRAFT, published_at=None, writer_id=writer.id)


@pytest.fixture
def save(draft):
    """A person saves the draft: ``save(desk, title=…)``."""

    def send(desk, **fields):
        given = forms.ARTICLE | {"action": "save", "version": str(current(draft).version)} | fields
        return desk.post(f"/bien-tap/tin-tuc/{draft.id}", **given)

    return send


class TestRevisions:
    def test_every_save_is_one_with_who_when_and_what_changed(
        self, save, draft, desk_of, writer, editor
    ):
        save(desk_of(writer), title="Bản hai", body="Một đoạn cũ")
        save(desk_of(editor), title="Bản ba", body="Một đoạn mới")
        page = desk_of(writer).get(f"/bien-tap/tin-tuc/{draft.id}/phien-ban").get_data(as_text=True)
        for text in ("Bản 1", "Bản 2", "Bản 3", "Chị bien", "Chị cong", "Bản có từ trước"):
            assert text in page
        assert "<del>hai</del><ins>ba</ins>" in page
        assert "Một đoạn <del>cũ</del><ins>mới</ins>" in page
        older = desk_of(writer).get(f"/bien-tap/tin-tuc/{draft.id}/phien-ban?ban=3&so=1")
        assert "<del>đầu</del><ins>ba</ins>" in older.get_data(as_text=True)

    def test_a_save_that_changes_nothing_is_none(self, save, draft, desk_of, writer):
        desk = desk_of(writer)
        save(desk, title="Bản hai")
        save(desk, title="Bản hai")
        page = desk.get(f"/bien-tap/tin-tuc/{draft.id}/phien-ban").get_data(as_text=True)
        assert "Bản 3" not in page

    def test_any_of_them_is_restored_and_none_is_lost(self, save, draft, desk_of, writer):
        desk = desk_of(writer)
        save(desk, title="Bản hai")
        desk.post(f"/bien-tap/tin-tuc/{draft.id}/phien-ban/1/khoi-phuc")
        assert current(draft).title == "Bản đầu"
        desk.post(f"/bien-tap/tin-tuc/{draft.id}/phien-ban/2/khoi-phuc")
        assert current(draft).title == "Bản hai"
        page = desk.get(f"/bien-tap/tin-tuc/{draft.id}/phien-ban").get_data(as_text=True)
        assert "Khôi phục bản 1" in page
        assert "Bản 4" in page

    @pytest.mark.parametrize("query", ["ban=9", "ban=1&so=2", "ban=0", "so=7"])
    def test_what_never_was_is_not_found(self, save, draft, desk_of, writer, query):
        desk = desk_of(writer)
        save(desk, title="Bản hai")
        address = f"/bien-tap/tin-tuc/{draft.id}/phien-ban?{query}"
        assert desk.get(address).status_code == 404

    def test_a_public_article_is_not_restored_to_less_than_one(self, desk_of, chief):
        category = factories.category()
        made = factories.article("Đủ", state=State.DRAFT, category=category)
        desk = desk_of(chief)
        address = f"/bien-tap/tin-tuc/{made.id}"
        given = forms.ARTICLE | {"category": str(category.id)}
        desk.post(address, **(given | {"body": ""}), action="save")
        desk.post(address, **(given | {"version": str(current(made).version)}), action="publish")
        desk.post(f"{address}/phien-ban/2/khoi-phuc")
        assert "Bài chưa có nội dung" in desk.get(address).get_data(as_text=True)
        assert current(made).body == "<p>Đoạn một</p>\n<p>Đoạn hai</p>"

    def test_nobody_restores_what_they_may_not_edit(self, desk_of, draft, chief):
        stranger = factories.person("khac", chief.role.__class__.WRITER)
        desk = desk_of(stranger)
        address = f"/bien-tap/tin-tuc/{draft.id}/phien-ban"
        assert desk.get(address).status_code == 403
        assert desk.post(f"{address}/1/khoi-phuc").status_code == 403

    def test_a_procedure_has_them_as_well(self, desk_of, editor):
        desk = desk_of(editor)
        desk.post("/bien-tap/thu-tuc/moi", **forms.PROCEDURE)
        desk.post("/bien-tap/thu-tuc/1.001193", **(forms.PROCEDURE | {"agency": "UBND phường"}))
        page = desk.get("/bien-tap/thu-tuc/1.001193/phien-ban").get_data(as_text=True)
        assert "<ins>UBND phường</ins>" in page or "<ins>phường</ins>" in page
        desk.post("/bien-tap/thu-tuc/1.001193/phien-ban/1/khoi-phuc")
        restored = Procedure.by_code("1.001193")
        assert restored.agency == forms.PROCEDURE["agency"]
        assert [paper.name for paper in restored.papers] == [forms.PROCEDURE["papers-0-name"]]


class TestTrash:
    def test_a_draft_is_thrown_away_and_taken_back(self, draft, desk_of, writer):
        desk = desk_of(writer)
        address = f"/bien-tap/tin-tuc/{draft.id}"
        assert desk.post(address, action="trash").location == "/bien-tap/tin-tuc/"
        assert "Bản đầu" not in desk.get("/bien-tap/tin-tuc/").get_data(as_text=True)
        assert "Bản đầu" in desk.get("/bien-tap/thung-rac/").get_data(as_text=True)
        assert desk.post(address, **forms.ARTICLE, action="save").status_code == 403
        desk.post(f"/bien-tap/thung-rac/tin-tuc/{draft.id}/lay-lai")
        assert "Bản đầu" in desk.get("/bien-tap/tin-tuc/").get_data(as_text=True)

    def test_what_is_public_is_withdrawn_first(self, desk_of, chief):
        made = factories.article()
        desk = desk_of(chief)
        assert desk.post(f"/bien-tap/tin-tuc/{made.id}", action="trash").status_code == 409
        desk.post(f"/bien-tap/tin-tuc/{made.id}", action="withdraw")
        assert desk.post(f"/bien-tap/tin-tuc/{made.id}", action="trash").status_code == 302
        assert current(made).is_trashed

    def test_a_writer_throws_away_only_their_own_drafts(self, desk_of, writer):
        other = factories.article(state=State.DRAFT, published_at=None)
        submitted = factories.article(state=State.IN_REVIEW, writer_id=writer.id)
        desk = desk_of(writer)
        for article in (other, submitted):
            answer = desk.post(f"/bien-tap/tin-tuc/{article.id}", action="trash")
            assert answer.status_code == 403
            assert not current(article).is_trashed

    def test_only_the_chief_deletes_for_good_and_only_from_the_trash(
        self, draft, desk_of, writer, editor, chief
    ):
        id = draft.id
        address = f"/bien-tap/thung-rac/tin-tuc/{id}/xoa-han"
        assert desk_of(chief).post(address).status_code == 404
        desk_of(writer).post(f"/bien-tap/tin-tuc/{draft.id}", action="trash")
        for person in (writer, editor):
            assert desk_of(person).post(address).status_code == 403
        assert desk_of(chief).post(address).status_code == 302
        assert db.session.scalar(select(Article).where(Article.id == id)) is None
        assert factories.article("Bài sau").id > id
        entries = db.session.scalars(select(JournalEntry.action).order_by(JournalEntry.id)).all()
        assert entries[-1] == "deleted"

    def test_a_procedure_goes_from_every_page_and_comes_back(self, desk_of, chief, client):
        factories.procedure()
        desk = desk_of(chief)
        desk.post("/bien-tap/thu-tuc/1.001193/xoa")
        assert client.get("/thu-tuc/1.001193").status_code == 410
        assert desk.get("/bien-tap/thu-tuc/1.001193").status_code == 404
        for address in ("/", "/thu-tuc/", "/tim-kiem?q=khai", "/sitemap.xml"):
            assert "1.001193" not in client.get(address).get_data(as_text=True)
        again = desk.post("/bien-tap/thu-tuc/moi", **forms.PROCEDURE).get_data(as_text=True)
        assert "trong thùng rác" in again
        found = db.session.scalar(select(Procedure))
        desk.post(f"/bien-tap/thung-rac/thu-tuc/{found.id}/lay-lai")
        assert client.get("/thu-tuc/1.001193").status_code == 200
        desk.post("/bien-tap/thu-tuc/1.001193/xoa")
        desk.post(f"/bien-tap/thung-rac/thu-tuc/{found.id}/xoa-han")
        assert db.session.scalar(select(Procedure)) is None


def test_who_comes_by_the_address_of_what_was_thrown_away_is_told_why(desk_of, chief, client):
    procedure = factories.procedure()
    desk = desk_of(chief)
    page = desk.get("/bien-tap/thu-tuc/1.001193").get_data(as_text=True)
    assert 'name="because"' in page
    desk.post("/bien-tap/thu-tuc/1.001193/xoa", because="Đã bỏ theo <b>Quyết định</b> 12")
    answer = client.get(procedure.url)
    assert answer.status_code == 410
    assert "Lý do: Đã bỏ theo &lt;b&gt;Quyết định&lt;/b&gt; 12" in answer.get_data(as_text=True)
    desk.post(f"/bien-tap/thung-rac/thu-tuc/{procedure.id}/lay-lai")
    assert client.get(procedure.url).status_code == 200
    assert procedure.trashed_because == ""
