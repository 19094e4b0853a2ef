"""Life events, from the desk to the resident."""

import pytest

from tanky.base.db import db
from tanky.life_events.models import RECORD, LifeEvent

from .. import factories
from ..signposts.test_signposts import made as signpost
from ..signposts.test_signposts import seen

DESK = "/bien-tap/viec-can-lam/"
FORM = {
    "title": "Sinh con", "also_called": "có em bé", "icon": "em bé", "position": "1",
    "lede": "Giấy tờ cho bé.", "advice": "Làm cùng lúc được.", "news_words": "trẻ em",
    "steps-0-label": "Giấy khai sinh", "steps-0-target": "1.001193",
    "steps-0-remark": "trong 60 ngày",
    "steps-1-label": "Thẻ bảo hiểm", "steps-1-target": "the-bao-hiem",
    "steps-2-label": "Hỏi xã", "steps-2-target": "/lien-he",
    "steps-3-label": "",
}  # fmt: skip


@pytest.fixture
def services(app):
    factories.procedure()
    signpost("Thẻ bảo hiểm", place="Bảo hiểm xã hội")


@pytest.mark.usefixtures("services")
class TestLifeEvent:
    def test_it_ties_procedures_places_and_news_together(self, desk_of, editor, client):
        factories.article("Tiêm chủng cho trẻ em")
        factories.article("Được mùa")
        desk_of(editor).post(f"{DESK}moi", **FORM)
        main = seen(client, "/viec-can-lam/sinh-con").partition("<main")[2].partition("</main>")[0]
        for part in ('href="/thu-tuc/1.001193"', 'href="/thu-tuc/khong-lam-o-xa/the-bao-hiem"',
                     'href="/lien-he"', "đến Bảo hiểm xã hội", "trong 60 ngày",
                     "<p>Làm cùng lúc được.</p>", "Tiêm chủng cho trẻ em</a>"):  # fmt: skip
            assert part in main
        assert "Được mùa" not in main
        for place in ("/viec-can-lam/", "/sitemap.xml", "/tim-kiem?q=co+em+be"):
            assert "/viec-can-lam/sinh-con" in seen(client, place)

    def test_a_step_leads_nowhere_once_its_procedure_is_gone(self, desk_of, editor, chief, client):
        desk_of(editor).post(f"{DESK}moi", **FORM)
        desk_of(chief).post("/bien-tap/thu-tuc/1.001193/xoa", "/bien-tap/thu-tuc/1.001193")
        page = seen(client, "/viec-can-lam/sinh-con")
        assert 'href="/thu-tuc/1.001193"' not in page
        assert "Giấy khai sinh" in page

    @pytest.mark.parametrize("target", ["9.999999", "khong-co", "//xau.vn", "javascript:1"])
    def test_a_step_to_nowhere_is_refused_on_its_field(self, desk_of, editor, target):
        answer = desk_of(editor).post(f"{DESK}moi", **FORM | {"steps-0-target": target})
        assert answer.status_code == 422
        assert "Không có thủ tục nào mang mã này" in answer.get_data(as_text=True)

    def test_more_steps_are_had_without_scripts(self, desk_of, editor):
        page = desk_of(editor).post(f"{DESK}moi", **FORM, add_row="steps").get_data(as_text=True)
        assert "steps-4-label" in page
        assert "Giấy khai sinh" in page
        assert db.session.scalar(db.select(LifeEvent)) is None

    def test_a_save_between_is_not_overwritten(self, desk_of, editor):
        desk = desk_of(editor)
        address = desk.post(f"{DESK}moi", **FORM).location
        assert desk.post(address, **FORM | {"lede": "Một"}, version="1").status_code == 302
        assert desk.post(address, **FORM | {"lede": "Hai"}, version="1").status_code == 409
        assert db.session.scalar(db.select(LifeEvent.lede)) == "Một"

    def test_an_earlier_version_and_the_trash(self, desk_of, editor, client):
        desk = desk_of(editor)
        address = desk.post(f"{DESK}moi", **FORM).location
        desk.post(address, **FORM | {"lede": "Sai"}, version="1")
        desk.post(f"{address}/phien-ban/1/khoi-phuc", f"{address}/phien-ban")
        assert "Giấy tờ cho bé." in seen(client, "/viec-can-lam/sinh-con")
        desk.post(f"{address}/bo")
        assert client.get("/viec-can-lam/sinh-con").status_code == 410


def test_they_stand_in_their_order(client):
    for title, position in (("Cưới", 2), ("Sinh con", 1)):
        event = LifeEvent()
        event.restore(RECORD.empty() | {"title": title, "position": position})
        factories.add(event)
    page = seen(client, "/viec-can-lam/")
    assert page.index("Sinh con") < page.index("Cưới</strong>")
