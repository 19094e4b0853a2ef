"""The search of everything: kinds and years with counts, exact numbers first, texts of files."""

import re
from datetime import UTC, datetime

import pytest

from tanky.base.db import db
from tanky.disclosures.models import Disclosure
from tanky.disclosures.record import RECORD as DISCLOSURE
from tanky.documents.models import Document
from tanky.documents.record import RECORD as DOCUMENT
from tanky.media.models import FileText, MediaFile

from .. import factories

pytestmark = pytest.mark.each_example


def file_with(words: str) -> MediaFile:
    file = factories.add(
        MediaFile(digest=f"{abs(hash(words)):064x}"[:64], name="a.pdf", mimetype="application/pdf",
                  size=9)
    )  # fmt: skip
    factories.add(FileText(file_id=file.id, text=words))
    return file


def document(number: str, title: str, issued_on: str, words: str = "") -> Document:
    made = Document()
    files = [{"file_id": file_with(words).id, "typed": ""}] if words else []
    given = {"number": number, "title": title, "issued_on": issued_on, "kind": "Quyết định"}
    made.restore(DOCUMENT.empty() | given | {"issuer": "UBND xã", "files": files})
    return factories.add(made)


def disclosure(title: str, words: str, has_names: bool = False) -> Disclosure:
    made = Disclosure()
    given = {"heading": "7", "title": title, "has_names": has_names, "decided_on": "2026-03-01"}
    made.restore(DISCLOSURE.empty() | given | {"files": [{"file_id": file_with(words).id}]})
    made.post()
    return factories.add(made)


def chips(page: str) -> list[str]:
    return re.findall(r'class="tk-chips__link"[^>]*>([^<]+)</a>', page)


@pytest.fixture
def everything(app):
    factories.procedure("1.001193", "Hỗ trợ giống lúa")
    document("12/2026/QĐ-UBND", "Về hỗ trợ giống lúa", "2026-02-01")
    document("3/2024/QĐ-UBND", "Về hỗ trợ giống lúa năm cũ", "2024-02-01")
    for year in (2024, 2026, 2026):
        moment = datetime(year, 12, 31, 17, 30, tzinfo=UTC)  # already New Year's Day here
        factories.article(f"Cấp giống lúa {year}", published_at=moment.replace(year=year - 1))


@pytest.mark.usefixtures("everything")
class TestNarrowing:
    def test_kinds_and_years_stand_with_their_counts(self, visit):
        assert chips(visit("/tim-kiem?q=giong+lua")) == [
            "Tất cả", "Tin tức (3)", "Văn bản (2)", "Thủ tục (1)",
            "Mọi năm", "2026 (3)", "2024 (2)",
        ]  # fmt: skip

    def test_a_kind_is_one_list_and_its_years_are_counted(self, visit):
        page = visit("/tim-kiem?q=giong+lua&loai=van-ban")
        assert "2 kết quả" in page
        assert "Cấp giống lúa" not in page
        assert chips(page)[-3:] == ["Mọi năm", "2026 (1)", "2024 (1)"]

    def test_a_kind_of_a_year(self, visit):
        page = visit("/tim-kiem?q=giong+lua&loai=tin-tuc&nam=2024")
        assert "1 kết quả" in page
        assert "Cấp giống lúa 2024" in page
        assert "Cấp giống lúa 2026" not in page

    def test_what_is_of_no_year_is_in_none(self, visit):
        assert "Thủ tục" not in "".join(chips(visit("/tim-kiem?q=giong+lua&nam=2026")))

    def test_nothing_of_a_kind_leads_back(self, visit):
        page = visit("/tim-kiem?q=giong+lua&loai=thu-tuc&nam=1999")
        assert "Không có gì như vậy" in page
        assert 'href="/tim-kiem?q=giong+lua"' in page

    def test_a_long_list_comes_in_pages(self, visit, client):
        for number in range(20):
            document(f"{number}/2025/QĐ-UBND", f"Giống lúa mới {number}", "2025-01-01")
        page = visit("/tim-kiem?q=giong+lua&loai=van-ban")
        assert "22 kết quả" in page
        assert "/tim-kiem?trang=2&amp;q=giong+lua&amp;loai=van-ban" in page
        second = visit("/tim-kiem?q=giong+lua&loai=van-ban&trang=2")
        assert second.count('class="tk-procedures__item"') == 7
        assert client.get("/tim-kiem?q=giong+lua&loai=van-ban&trang=9").status_code == 404

    @pytest.mark.parametrize("narrowed", ["loai=x", "nam=x", "nam=26", "loai=van-ban&nam=0"])
    def test_what_there_is_not_is_not_found(self, client, narrowed):
        assert client.get(f"/tim-kiem?q=lua&{narrowed}").status_code == 404


class TestMoreThanIsCounted:
    @pytest.fixture
    def many(self, app, monkeypatch):
        monkeypatch.setattr("tanky.home.search.MOST_HELD", 5)
        for number in range(9):
            moment = datetime(2019 if number < 3 else 2026, 5, 1, number, tzinfo=UTC)
            factories.article(f"Giống lúa {number}", published_at=moment)

    @pytest.mark.usefixtures("many")
    def test_it_is_said_and_a_year_is_whole(self, visit):
        page = visit("/tim-kiem?q=giong+lua&loai=tin-tuc")
        assert "Tin tức (hơn 5)" in chips(page)
        assert "Hơn 5 kết quả" in page
        assert "3 kết quả" in visit("/tim-kiem?q=giong+lua&nam=2019")


class TestExact:
    def test_a_number_typed_whole_comes_first_and_once(self, visit, app):
        factories.procedure(title="Ban hành quyết định")
        document("12/2026/QĐ-UBND", "Về hỗ trợ giống lúa", "2026-02-01")
        page = visit("/tim-kiem?q=12%2F2026%2FQ%C4%90-UBND").partition("<main")[2]
        assert page.count("Về hỗ trợ giống lúa") == 1
        assert "Gần nhất" not in page

    def test_a_code_typed_whole_comes_first(self, visit, app):
        factories.procedure()
        factories.procedure("1.000894", "Đăng ký kết hôn")
        titles = re.findall(r'tk-procedures__title" href="([^"]*)', visit("/tim-kiem?q=1.000894"))
        assert titles[0] == "/thu-tuc/1.000894"
        assert titles.count("/thu-tuc/1.000894") == 1


class TestTexts:
    def test_the_words_of_files_are_found(self, visit, app):
        document("1/2026/QĐ-UBND", "Về việc khác", "2026-02-01", "nạo vét kênh mương nội đồng")
        disclosure("Danh sách hỗ trợ", "nạo vét kênh Bà Chủ")
        page = visit("/tim-kiem?q=nao+vet+kenh")
        assert "Có các chữ này bên trong" in page
        assert "Về việc khác" in page
        assert "Danh sách hỗ trợ" in page
        assert "Về việc khác" not in visit("/tim-kiem?q=Ba+Chu")

    def test_nobody_is_found_by_name(self, visit, app, client):
        made = disclosure("Hộ nghèo năm 2026", "Nguyễn Thị Mỡ, thôn Đông", has_names=True)
        for words in ("Nguyen+Thi+Mo", "ho+ngheo", "thon+dong"):
            assert made.url not in visit(f"/tim-kiem?q={words}")
            assert made.url not in visit(f"/tim-kiem?q={words}&loai=cong-khai")
        made.has_names = False
        db.session.commit()
        assert made.url in visit("/tim-kiem?q=Nguyen+Thi+Mo")

    def test_what_is_over_is_found_no_more(self, visit, app):
        made = disclosure("Danh sách", "nạo vét kênh")
        made.postings[0].ended_at = made.postings[0].began_at
        db.session.commit()
        assert made.url not in visit("/tim-kiem?q=nao+vet+kenh")

    def test_a_bulletin_is_found_by_its_words(self, visit, app):
        from tanky.bulletins.models import Bulletin

        sound = factories.add(
            MediaFile(digest="b" * 64, name="a.mp3", mimetype="audio/mpeg", size=9, seconds=5)
        )
        made = Bulletin()
        made.restore({"title": "Bản tin", "summary": "", "transcript": "<p>chuột phá lúa</p>",
                      "broadcast_on": "2026-11-20", "sound_id": sound.id})  # fmt: skip
        factories.add(made)
        assert made.url in visit("/tim-kiem?q=chuot+pha")
        made.trashed_at = datetime(2026, 11, 21, tzinfo=UTC)
        db.session.commit()
        assert made.url not in visit("/tim-kiem?q=chuot+pha")


class TestSuggestions:
    def test_they_are_links_of_each_kind_with_their_own_style(self, client, app):
        factories.procedure()
        page = client.get("/tim-kiem/goi-y?q=khai+sin").get_data(as_text=True)
        assert '<a href="/thu-tuc/1.001193">Đăng ký khai sinh<small>Thủ tục</small></a>' in page
        assert "suggest.css" in page
        assert "<html" not in page

    @pytest.mark.parametrize("words", ["", "qwrtz", "%25", "a" * 500])
    def test_for_nothing_there_is_nothing(self, client, words):
        factories.procedure()
        answer = client.get(f"/tim-kiem/goi-y?q={words}")
        assert (answer.status_code, answer.data.strip()) == (200, b"")

    def test_they_are_no_view(self, client):
        client.get("/tim-kiem/goi-y?q=khai")
        assert client.get("/api/v1/counters").json["total"] == 0
