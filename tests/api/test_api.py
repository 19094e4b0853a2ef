"""What ``/api/v1`` promises: its description, its figures, its errors."""

import csv
import shutil
import subprocess
import sys

import pytest

from tanky.api.lists import LISTS
from tanky.base.db import db
from tanky.demo import loader
from tanky.news.models import State
from tanky.site.models import SiteIdentity

from .. import factories
from ..finding.test_search import disclosure


class TestFigures:
    def test_results(self, client):
        factories.result(on_time=907, late=2)
        answer = client.get("/api/v1/tthc")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.json | {"updated_at": None} == {
            "year": 2023, "month": 6, "settled": 909, "early_or_on_time": 907, "late": 2,
            "on_time_rate": 99.8, "late_rate": 0.2, "is_sample": False, "updated_at": None,
            "received": None, "received_online": None, "online_rate": None,
            "url": "http://localhost/thu-tuc/ket-qua?nam=2023",
        }  # fmt: skip
        assert answer.json["updated_at"].endswith("+07:00")

    def test_none_online_is_nought_and_not_unknown(self, client):
        factories.result(on_time=9, received=9, received_online=0, received_in_person=9)
        assert client.get("/api/v1/tthc").json["online_rate"] == 0.0
        factories.result(month=5, on_time=9)
        assert client.get("/api/v1/tthc").json["online_rate"] is None

    def test_results_of_a_year(self, client):
        factories.result(year=2022, on_time=5)
        factories.result(year=2023)
        assert client.get("/api/v1/tthc?year=2022").json["settled"] == 5
        assert client.get("/api/v1/tthc?year=2021").status_code == 404

    def test_without_results_nothing_is_on_time(self, client):
        answer = client.get("/api/v1/tthc").json
        assert (answer["year"], answer["settled"], answer["on_time_rate"]) == (None, 0, None)
        factories.result(on_time=0)
        answer = client.get("/api/v1/tthc").json
        assert (answer["year"], answer["settled"], answer["on_time_rate"]) == (2023, 0, None)

    def test_counters(self, client):
        client.get("/")
        counted = {"online": 1, "today": 1, "month": 1, "total": 1}
        assert client.get("/api/v1/counters").json == counted
        assert client.get("/api/v1/counters").json == counted

    def test_news(self, client):
        category = factories.category("Thông báo")
        factories.article("Được mùa", category=category)
        [item] = client.get("/api/v1/news").json["items"]
        assert item.pop("published_at").endswith("+07:00")
        assert item == {
            "id": 1, "title": "Được mùa", "lede": "Một câu mở đầu.", "category": "Thông báo",
            "category_slug": "thong-bao", "picture": None,
            "url": "http://localhost/tin-tuc/1-duoc-mua",
        }  # fmt: skip

    def test_news_by_page_and_category(self, client):
        category = factories.category("Thông báo")
        for number in range(5):
            factories.article(f"Số {number}", category=category)
        factories.article("Khác")
        seen, address = [], "/api/v1/news?category=thong-bao&limit=2"
        while address:
            page = client.get(address).json
            seen += [item["id"] for item in page["items"]]
            address = page["next"]
        assert seen == [5, 4, 3, 2, 1]
        assert client.get("/api/v1/news?category=la").status_code == 404
        assert client.get("/api/v1/news?page=2").status_code == 404

    def test_it_is_read_as_vietnamese(self, client):
        factories.article("Được mùa")
        assert "Được mùa" in client.get("/api/v1/news").get_data(as_text=True)


@pytest.mark.on_sqlite
class TestErrors:
    @pytest.mark.parametrize(
        ("address", "parameter"),
        [("tthc?year=hai", "year"), ("tthc?year=0", "year"), ("tthc?year=1&year=2", "year"),
         ("news?limit=101", "limit"), ("news?limit=-1", "limit"), ("news?page=0", "page"),
         ("news?category=", "category"), ("news?limit=٣", "limit"), ("news?limit=1e9", "limit")],
    )  # fmt: skip
    def test_a_bad_parameter_is_named(self, client, address, parameter):
        answer = client.get(f"/api/v1/{address}")
        assert answer.status_code == 400
        assert answer.mimetype == "application/problem+json"
        assert [error["parameter"] for error in answer.json["errors"]] == [parameter]
        assert answer.headers["Access-Control-Allow-Origin"] == "*"

    def test_a_parameter_of_someone_else_s_is_let_by(self, client):
        assert client.get("/api/v1/tthc?_=1700000000").status_code == 200

    @pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
    def test_nothing_can_be_written(self, client, method):
        answer = getattr(client, method)("/api/v1/tthc")
        assert (answer.status_code, answer.json["status"]) == (405, 405)
        assert "GET" in answer.headers["Allow"]


class TestLists:
    @pytest.fixture
    def samples(self, app):
        db.session.delete(SiteIdentity.current())
        db.session.commit()
        loader.load()

    @pytest.mark.usefixtures("samples")
    def test_everything_can_be_pulled_as_json_and_as_a_sheet(self, client):
        for name in LISTS:
            items = client.get(f"/api/v1/{name}?limit=100").json["items"]
            assert items, name
            answer = client.get(f"/api/v1/{name}.csv")
            assert answer.mimetype == "text/csv"
            rows = list(
                csv.DictReader(answer.get_data(as_text=True).lstrip("\ufeff").splitlines(True))
            )
            assert [row["url"] for row in rows] == [item["url"] for item in items], name
            assert set(rows[0]) == set(items[0])
        assert client.get("/api/v1/news.csv").status_code == 200

    @pytest.mark.usefixtures("samples")
    def test_a_procedure_tells_its_whole_record(self, client):
        items = client.get("/api/v1/procedures?limit=100").json["items"]
        [birth] = [item for item in items if item["code"] == "1.001193"]
        assert birth["levels"] == ["Xã"]
        assert birth["channels"][0]["charge"][0]["name"].startswith("Miễn lệ phí")
        assert birth["papers"][0]["forms"][0]["name"]
        assert client.get(birth["papers"][0]["forms"][0]["url"]).status_code == 200

    def test_what_residents_do_not_see_is_in_no_sheet(self, client):
        disclosure("Hộ nghèo", "chữ", has_names=True)
        factories.article("Nháp", state=State.DRAFT, published_at=None)
        for name in ("disclosures", "news"):
            text = client.get(f"/api/v1/{name}.csv").get_data(as_text=True)
            assert text.startswith("\ufeffid,")
            assert text.count("\r\n") == 1
        assert client.get("/api/v1/people.csv").status_code == 404

    def test_many_rows_cost_no_more_queries(self, client, queries):
        def asked() -> int:
            queries.clear()
            client.get("/api/v1/procedures")
            return len(queries)

        factories.procedure()
        one = asked()
        for number in range(9):
            factories.procedure(f"2.{number:06}", f"Thủ tục {number}")
        assert asked() <= one + 1

    def test_a_year_of_bulletins(self, client):
        assert client.get("/api/v1/bulletins?year=2026").json["items"] == []
        assert client.get("/api/v1/albums?year=1").json["items"] == []


@pytest.mark.on_sqlite
class TestForScripts:
    @pytest.mark.parametrize(
        "name",
        [
            "tthc",
            "counters",
            "news",
            "news.csv",
            "openapi.json",
            *LISTS,
            *(f"{n}.csv" for n in LISTS),
        ],
    )
    def test_what_is_unchanged_is_not_sent_again(self, client, name):
        answer = client.get(f"/api/v1/{name}")
        assert answer.headers["Access-Control-Expose-Headers"] == "ETag"
        held = {"If-None-Match": answer.headers["ETag"], "Origin": "https://truong.edu.vn"}
        again = client.get(f"/api/v1/{name}", headers=held)
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["Access-Control-Allow-Origin"] == "*"

    def test_a_script_may_send_its_validator(self, client):
        asked = {"Origin": "https://truong.edu.vn", "Access-Control-Request-Method": "GET",
                 "Access-Control-Request-Headers": "if-none-match"}  # fmt: skip
        headers = client.options("/api/v1/tthc", headers=asked).headers
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert "If-None-Match" in headers["Access-Control-Allow-Headers"]

    def test_no_cookie_is_set(self, client):
        assert "Set-Cookie" not in client.get("/api/v1/news").headers


def test_it_keeps_to_its_description_whatever_it_is_asked(server, tmp_path, sample_site):
    """schemathesis makes up good and bad requests from the description that the server gives."""
    shutil.copytree(sample_site, tmp_path, dirs_exist_ok=True)
    _, port = server()
    # What is wrong and too long as well is refused for its length.
    (tmp_path / "schemathesis.toml").write_text(
        "[checks]\nnegative_data_rejection.expected-statuses = [400, 404, 414]\n"
    )
    run = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", "--max-examples=10", "--no-color",
         "--seed=105790109113634558818364034944486199648", f"http://127.0.0.1:{port}/api/v1/openapi.json"],
        cwd=tmp_path, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout
    assert "15 selected / 15 total" in run.stdout
