import pytest

from tanky.media.models import MediaFile
from tanky.procedures.models import Paper, PaperFile

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
        for text in ("1 loại giấy tờ", "tuỳ trường hợp", "Bộ phận Một cửa", "01 ngày", "8.000 đồng",
                     "https://dichvucong.gov.vn/x", "tel:0123456789"):  # fmt: skip
            assert text in facts, text

    def test_a_case_has_its_papers_alone_and_no_sum_is_made(self, visit, client):
        cases = ("Trẻ bị bỏ rơi", "Mang thai hộ")
        papers = [Paper(name="Tờ khai"), *(Paper(name=f"Giấy {case}", case=case) for case in cases)]
        made = factories.procedure(papers=papers)
        plain = visit(made.url)
        assert "1 loại giấy tờ" in plain
        assert plain.index("Ai cũng cần") < plain.index("Trường hợp: Trẻ bị bỏ rơi")
        none = visit(f"{made.url}?truong-hop=khong-thuoc-truong-hop-nao")
        assert "Tờ khai" in none
        assert "Giấy Trẻ" not in none
        chosen = visit(f"{made.url}?truong-hop=tre-bi-bo-roi")
        assert 'href="/thu-tuc/1.001193?truong-hop=tre-bi-bo-roi#giay-to"' in plain
        assert "2 loại giấy tờ" in chosen
        assert "Giấy Trẻ bị bỏ rơi" in chosen
        assert "Giấy Mang thai hộ" not in chosen
        assert client.get(f"{made.url}?truong-hop=khac").status_code == 404

    @pytest.mark.parametrize(
        ("fee", "charge", "price"),
        [("8.000 đồng/bản sao", "", "8.000 đồng"), ("", "", "Miễn phí"),
         ("", "Miễn lệ phí khi đúng hạn", "Miễn phí"), ("Không", "", "Miễn phí"),
         ("", "Theo nghị quyết của HĐND", "Tuỳ trường hợp"), ("25,000đ", "", "25.000 đồng"),
         ("Trang đầu: 2.000 đồng/trang; trang thứ ba: 1.000 đồng/trang", "", "Từ 1.000 đồng"),
         ("Không quá 200.000 đồng", "", "200.000 đồng"),
         ("5.000 đồng (bản chính)", "2.000 đồng", "Từ 2.000 đồng")],
    )  # fmt: skip
    def test_what_it_costs_is_a_figure(self, visit, fee, charge, price):
        channel = factories.channel(time_limit="03 ngày; có khi 05 ngày", fee=fee, charge=charge)
        page = visit(factories.procedure(channels=[channel]).url)
        assert f"<dd>{price}" in page
        assert "<dd>03 ngày</dd>" in page

    def test_one_sheet_has_what_to_bring_and_where(self, visit, client):
        made = factories.procedure()
        sheet = visit(f"{made.url}/phieu?truong-hop=tre-bi-bo-roi")
        for part in ("Tờ khai", "Biên bản", "Bộ phận Một cửa", "0123 456 789", "8.000 đồng",
                     "http://localhost/thu-tuc/1.001193?truong-hop=tre-bi-bo-roi",
                     "Mã QR"):  # fmt: skip
            assert part in sheet
        assert f'href="{made.url}/phieu' in visit(made.url)
        assert client.get("/thu-tuc/9.999999/phieu").status_code == 404

    def test_papers_stand_under_their_case_with_their_form(self, visit):
        form = factories.add(
            MediaFile(digest="a" * 64, name="to-khai.pdf", mimetype="application/pdf", size=54_000)
        )
        made = factories.procedure(
            papers=[Paper(name="Sổ", case="B"), Paper(name="Tờ khai", forms=[PaperFile(file=form)])]
        )
        page = visit(f"{made.url}?truong-hop=tat-ca")
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
