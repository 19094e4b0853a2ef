from datetime import timedelta

import pytest
import time_machine

from tanky.news.models import State
from tanky.text import formats

from .. import factories, forms


def test_who_else_has_it_open_is_said(desk_of, editor, chief):
    made = factories.article(state=State.DRAFT)
    address = f"/bien-tap/tin-tuc/{made.id}"
    desk_of(editor).get(address)
    desk = desk_of(chief)
    assert "Chị bien</strong> cũng đang mở bài này" in desk.get(address).get_data(as_text=True)
    poll = f"{address}/co-mat?version=1"
    assert "Chị bien" in desk.get(poll).get_data(as_text=True)
    with time_machine.travel(formats.now() + timedelta(minutes=2)):
        assert "Chị bien" not in desk.get(poll).get_data(as_text=True)


def test_the_poll_says_that_the_other_has_saved(desk_of, editor, chief):
    made = factories.article(state=State.DRAFT)
    address = f"/bien-tap/tin-tuc/{made.id}"
    desk = desk_of(chief)
    assert desk.get(f"{address}/co-mat?version=1").get_data(as_text=True).strip() == ""
    desk_of(editor).post(address, **forms.ARTICLE, action="save")
    page = desk.get(f"{address}/co-mat?version=1").get_data(as_text=True)
    assert "vừa được lưu từ nơi khác" in page
    autosaved = desk.post(f"{address}/tu-luu", **forms.ARTICLE).get_data(as_text=True)
    assert "bạn sẽ thấy cả hai bản" in autosaved


def test_both_versions_stand_side_by_side_with_what_differs(desk_of, editor, chief):
    made = factories.article(state=State.DRAFT, category=factories.category())
    address = f"/bien-tap/tin-tuc/{made.id}"
    given = forms.ARTICLE | {"category": str(made.category_id), "action": "save"}
    desk_of(editor).post(address, **(given | {"body": "Giá rau tăng nhẹ"}))
    answer = desk_of(chief).post(address, **(given | {"body": "Giá rau giảm mạnh"}))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Chị bien vừa lưu bài này" in page
    assert "Giá rau <del>tăng</del><ins>giảm</ins> <del>nhẹ</del><ins>mạnh</ins>" in page
    server, mine = page.split("Bản trên máy chủ</h2>")[1].split("Bản của bạn</h2>")
    assert "Giá rau tăng nhẹ" in server
    assert "Giá rau giảm mạnh" in mine


def test_of_two_procedures_forms_the_later_is_told(desk_of, editor):

    desk = desk_of(editor)
    desk.post("/bien-tap/thu-tuc/moi", **forms.PROCEDURE)
    page = desk.get("/bien-tap/thu-tuc/1.001193").get_data(as_text=True)
    version = page.split('name="version"')[1].split('value="')[1].split('"')[0]
    assert (
        desk.post("/bien-tap/thu-tuc/1.001193", **forms.PROCEDURE, version=version).status_code
        == 302
    )
    answer = desk.post("/bien-tap/thu-tuc/1.001193",
                       **(forms.PROCEDURE | {"title": "Tên khác"}), version=version)  # fmt: skip
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert 'value="Tên khác"' in page
    version = page.split('name="version"')[1].split('value="')[1].split('"')[0]
    answer = desk.post("/bien-tap/thu-tuc/1.001193",
                       **(forms.PROCEDURE | {"title": "Tên khác"}), version=version)  # fmt: skip
    assert answer.status_code == 302


@pytest.mark.parametrize("action", ["publish", "send_back", "submit", "save"])
def test_who_is_overtaken_by_another_s_decision_keeps_what_was_typed(desk_of, chief, action):
    category = factories.category()
    made = factories.article("Chờ", state=State.IN_REVIEW, published_at=None, category=category)
    address = f"/bien-tap/tin-tuc/{made.id}"
    desk = desk_of(chief)
    fields = {"category": str(made.category_id), "version": str(made.version)}
    typed = forms.ARTICLE | fields
    assert desk.post(address, action="publish", **typed).status_code == 302
    answer = desk.post(address, action=action, **(typed | {"body": "Gõ rất lâu", "remark": "x"}))
    assert answer.status_code == 409
    assert "Gõ rất lâu" in answer.get_data(as_text=True)


def test_a_page_from_before_the_upgrade_still_does_what_its_button_says(desk_of, chief):
    made = factories.article()
    desk = desk_of(chief)
    token = desk.token("/bien-tap/mat-khau")
    given = {"csrf_token": token, "action": "withdraw"}
    answer = desk.client.post(f"/bien-tap/tin-tuc/{made.id}", data=given)
    assert (answer.status_code, answer.location) == (307, f"/bien-tap/tin-tuc/{made.id}/go-xuong")
