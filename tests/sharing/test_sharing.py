import io
import json
import re

import pytest
from PIL import Image

from tanky.base.db import db
from tanky.site.hours import EXAMPLE
from tanky.site.models import SiteIdentity

from .. import factories

pytestmark = pytest.mark.on_sqlite


def meta(html: str, name: str) -> str:
    return re.search(rf'<meta (?:property|name)="{name}" content="([^"]*)"', html)[1]


def card_of(html: str) -> str:
    return meta(html, "og:image").removeprefix("http://localhost").replace("&amp;", "&")


def graph(html: str) -> dict[str, dict]:
    told = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', html)[1])
    return {thing["@type"]: thing for thing in told["@graph"]}


def get(client, path: str) -> str:
    return client.get(path, follow_redirects=True).get_data(as_text=True)


class TestPictures:
    @pytest.mark.parametrize(
        "path", ["/", "/thu-tuc/", "/tin-tuc/", "/thu-tuc/ket-qua", "/lien-he"]
    )
    def test_a_page_without_a_photo_has_one_drawn_of_its_title(self, client, path):
        html = get(client, path)
        answer = client.get(card_of(html))
        picture = Image.open(io.BytesIO(answer.data))
        size = (int(meta(html, "og:image:width")), int(meta(html, "og:image:height")))
        assert (picture.format, picture.size) == ("PNG", size)
        assert len(answer.data) <= 60_000
        assert "immutable" in answer.headers["Cache-Control"]

    def test_it_is_drawn_once(self, app, client, monkeypatch):
        path = card_of(get(client, "/lien-he"))
        first = client.get(path)
        monkeypatch.setattr("subprocess.run", None)
        assert client.get(path).data == first.data

    def test_a_very_long_title_stays_light(self, app, client):
        article = factories.article("Hội nghị ượễẫ " * 14 + "x" * 100)
        html = get(client, article.url)
        assert len(client.get(card_of(html)).data) <= 60_000

    def test_a_title_that_is_not_ours_is_not_drawn(self, client):
        good = card_of(get(client, "/lien-he"))
        token = good.split("/")[2].split(".png")[0]
        title, _, signature = token.partition(".")
        for forged in (
            "x" + token,
            # Its first letter: of the last one not every bit counts.
            f"{title}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}",
            "IkxpIg",
            "a.b",
        ):
            assert client.get(good.replace(token, forged)).status_code == 404

    def test_another_name_of_the_site_is_another_picture(self, app, client):
        before = card_of(get(client, "/lien-he"))
        factories.identity_named("Xã Mới")
        assert card_of(get(client, "/lien-he")) != before

    def test_an_article_with_a_photo_shows_it_with_its_size(self, chief, client):
        article = factories.article(cover=factories.shared_photo(chief), cover_alt="Ruộng lúa")
        html = get(client, article.url)
        assert meta(html, "og:image").endswith(article.cover.url)
        assert int(meta(html, "og:image:width")) == article.cover.widths[-1]


class TestWords:
    def test_pages_have_descriptions_of_their_own(self, client):
        factories.procedure()
        paths = ("/", "/tin-tuc/", "/thu-tuc/", "/thu-tuc/ket-qua", "/viec-can-lam/", "/lien-he",
                 "/thu-tuc/khong-lam-o-xa/", "/gioi-thieu/", "/nhung/", "/cach-dem")  # fmt: skip
        told = [meta(get(client, path), "description") for path in paths]
        assert len(set(told)) == len(told)

    def test_a_page_that_is_of_use_to_one_person_alone_is_not_listed(self, client):
        for path in ("/dang-nhap", "/ngoai-tuyen", "/hien-thi", "/tim-kiem?q=abc"):
            html = get(client, path)
            assert meta(html, "robots") == "noindex"
            assert "og:image" not in html

    def test_the_office_says_its_hours_and_how_to_reach_it(self, app, client):
        SiteIdentity.current().working_hours = EXAMPLE
        db.session.commit()
        office = graph(get(client, "/lien-he"))["GovernmentOffice"]
        assert office["telephone"] == "0123 456 789"
        first, second = office["openingHoursSpecification"]
        assert (first["opens"], first["closes"], len(first["dayOfWeek"])) == ("07:30", "11:30", 5)
        assert second["closes"] == "17:00"

    def test_a_procedure_is_a_service_of_the_office(self, client):
        procedure = factories.procedure()
        things = graph(get(client, procedure.url))
        service = things["GovernmentService"]
        assert service["identifier"] == procedure.code
        assert service["provider"]["@type"] == "GovernmentOffice"
        trail = [step["name"] for step in things["BreadcrumbList"]["itemListElement"]]
        assert trail == ["Trang chủ", "Thủ tục hành chính", procedure.title]

    def test_an_article_without_an_author_is_the_offices(self, client):
        article = factories.article(author="")
        told = graph(get(client, article.url))["NewsArticle"]
        assert told["author"]["@type"] == "GovernmentOffice"
