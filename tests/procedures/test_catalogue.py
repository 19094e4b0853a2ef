import pytest

from tanky.media.models import MediaFile
from tanky.procedures.models import Paper

from .. import factories


@pytest.fixture
def catalogue(app):
    factories.procedure()
    factories.procedure("1.000894", "Đăng ký kết hôn")
    factories.procedure(
        "2.000815", "Chứng thực bản sao từ bản chính", field=factories.field("Chứng thực")
    )


@pytest.mark.usefixtures("catalogue")
class TestSearch:
    @pytest.mark.parametrize(
        "words", ["khai sinh", "KHAI SINH", "khải sính", "sinh khai", "1.001193"]
    )
    def test_it_finds_with_or_without_diacritics(self, visit, words):
        page = visit(f"/thu-tuc/?q={words}")
        assert "Đăng ký khai sinh" in page
        assert "Đăng ký kết hôn" not in page.partition("<main")[2]

    def test_the_field_narrows(self, visit):
        page = visit("/thu-tuc/?linh-vuc=chung-thuc")
        assert "Chứng thực bản sao" in page
        assert "Đăng ký khai sinh" not in page

    def test_an_unknown_field_is_not_found(self, client):
        assert client.get("/thu-tuc/?linh-vuc=khong-co").status_code == 404

    def test_nothing_found_shows_a_way_on(self, visit):
        page = visit("/thu-tuc/?q=khongco")
        assert "Không có gì đúng là “khongco”" in page
        assert 'href="tel:0123456789"' in page

    def test_a_long_catalogue_comes_in_pages_that_keep_what_was_asked(self, visit):
        for number in range(60):
            factories.procedure(code=f"3.{number:06}", title=f"Việc đất đai {number:02}")
        first = visit("/thu-tuc/?q=dat+dai")
        assert "Tìm thấy 60 thủ tục" in first
        assert first.count('class="tk-procedures__item"') == 25
        assert 'rel="next" href="/thu-tuc/?trang=2&amp;q=dat+dai"' in first
        assert visit("/thu-tuc/?q=dat+dai&trang=3").count('class="tk-procedures__item"') == 10

    def test_wildcards_are_letters(self, visit):
        assert "Tìm thấy 0 thủ tục" in visit("/thu-tuc/?q=%25")
        assert "Tìm thấy 0 thủ tục" in visit("/thu-tuc/?q=_")

    def test_htmx_gets_the_list_alone_and_caches_keep_both_apart(self, client, visit):
        answer = client.get("/thu-tuc/?q=khai", headers={"HX-Request": "true"})
        fragment = answer.get_data(as_text=True)
        assert "<html" not in fragment
        assert fragment.strip() in visit("/thu-tuc/?q=khai")
        assert "HX-Request" in answer.headers["Vary"]
        assert "HX-Request" in client.get("/thu-tuc/").headers["Vary"]


class TestProcedurePage:
    def test_the_first_things_come_first(self, visit):
        page = visit(factories.procedure(online_url="https://dichvucong.gov.vn/x").url)
        main = page.partition("<main")[2]
        facts = main[: main.index("Thành phần hồ sơ")]
        for text in ("2 loại giấy tờ", "Bộ phận Một cửa", "01 ngày", "8.000 đồng",
                     "https://dichvucong.gov.vn/x", "tel:0123456789"):  # fmt: skip
            assert text in facts

    def test_papers_stand_under_their_case_with_their_form(self, visit):
        form = factories.add(
            MediaFile(digest="a" * 64, name="to-khai.pdf", mimetype="application/pdf", size=54_000)
        )
        made = factories.procedure(
            papers=[Paper(name="Tờ khai", form=form), Paper(name="Sổ", case="B")]
        )
        page = visit(made.url)
        assert f'href="/tep/{"a" * 24}/to-khai.pdf"' in page
        assert "PDF, 54 kB" in page
        assert page.index("Tờ khai</span>") < page.index("Trường hợp: B") < page.index("Sổ</span>")

    def test_a_retired_one_says_by_what_it_is_replaced(self, visit, client):
        new = factories.procedure("1.000001", "Thủ tục mới")
        old = factories.procedure("1.000002", "Thủ tục cũ", is_retired=True, replaced_by=new)
        page = visit(old.url)
        assert "đã hết hiệu lực" in page
        assert f'href="{new.url}"' in page
        assert "Thủ tục cũ" not in client.get("/thu-tuc/").get_data(as_text=True)

    def test_an_unknown_code_is_not_found(self, client):
        assert client.get("/thu-tuc/9.999999").status_code == 404
