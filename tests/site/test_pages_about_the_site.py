import re

import pytest

from tanky.records import vain
from tanky.site.models import MenuItem

from .. import factories


def get(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


class TestTheSiteMap:
    def test_it_leads_to_each_part_that_there_is(self, client):
        factories.category("Thông báo")
        procedure = factories.procedure()
        html = get(client, "/so-do-trang")
        assert 'href="/tin-tuc/chuyen-muc/thong-bao"' in html
        assert f"linh-vuc={procedure.field.slug}" in html
        for path in ("/tin-tuc/", "/thu-tuc/", "/thu-tuc/ket-qua", "/lien-he", "/rieng-tu",
                     "/cach-dem", "/hien-thi", "/ngoai-tuyen", "/nhung/"):  # fmt: skip
            assert f'href="{path}"' in html

    def test_all_of_its_links_work(self, client):
        factories.category("Thông báo")
        factories.procedure()
        main = get(client, "/so-do-trang").partition("<main")[2].partition("</main>")[0]
        for path in re.findall(r'href="(/[^"]*)"', main):
            assert client.get(path.replace("&amp;", "&")).status_code == 200, path

    def test_a_new_category_stands_in_it_at_once(self, client):
        get(client, "/so-do-trang")
        factories.category("Khuyến nông")
        assert "Khuyến nông" in get(client, "/so-do-trang")


class TestPrivacy:
    @pytest.mark.on_sqlite
    def test_it_says_the_limits_that_the_code_has(self, app, client):
        html = get(client, "/rieng-tu")
        assert f"{vain.MOST:,} dòng" in html
        assert f"{app.config['TANKY']['session_hours']} giờ không dùng" in html

    @pytest.mark.parametrize("path", ["/", "/hien-thi", "/cach-dem"])
    @pytest.mark.on_sqlite
    def test_it_is_linked_where_the_question_arises(self, client, path):
        assert 'href="/rieng-tu"' in get(client, path).partition("<main")[2]


@pytest.mark.parametrize(
    ("words", "address"),
    [("giờ làm việc", "/lien-he"), ("so dien thoai uy ban", "/lien-he"),
     ("hồ sơ trễ hạn", "/thu-tuc/ket-qua"), ("dữ liệu cá nhân", "/rieng-tu")],
)  # fmt: skip
def test_the_site_s_own_pages_are_found(visit, words, address):
    found = visit(f"/tim-kiem?q={words}").partition('id="noi-dung"')[2]
    assert f'<a class="tk-procedures__title" href="{address}">' in found


@pytest.mark.parametrize(
    "words", ["ngày nghị quyết", "thay đổi địa chỉ", "bổ sung số điện thoại",
              "đăng ký khai sinh quá hạn"],
)  # fmt: skip
def test_they_do_not_answer_what_was_not_asked(visit, words):
    found = visit(f"/tim-kiem?q={words}").partition('id="noi-dung"')[2]
    assert 'title" href="/lien-he"' not in found
    assert 'title" href="/thu-tuc/ket-qua"' not in found


def test_the_menu_says_which_part_one_is_in(visit):
    for url in ("/thu-tuc/", "/thu-tuc/ket-qua", "/"):
        factories.add(MenuItem(label=url, url=url))
    made = factories.procedure()
    assert re.findall(r'href="([^"]*)" aria-current="true"', visit(made.url)) == ["/thu-tuc/"] * 2
    factories.add(MenuItem(label="Hẹp", url=made.url[:-1]))  # the beginning of its address
    assert re.findall(r'href="([^"]*)" aria-current="true"', visit(made.url)) == ["/thu-tuc/"] * 2
    page = visit("/thu-tuc/ket-qua")
    assert re.findall(r'href="([^"]*)" aria-current="(\w+)"', page)[0] == (
        "/thu-tuc/ket-qua",
        "page",
    )
