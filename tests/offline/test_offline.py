"""What a browser is given for when there is no connection; what it does with it is in
tests/browser/test_offline.py."""

import gzip
import io
import re

import pytest
from werkzeug.datastructures import FileStorage

from tanky.base.db import db
from tanky.media import library
from tanky.news.models import State

from .. import factories

pytestmark = pytest.mark.on_sqlite


@pytest.fixture
def switched_off(app):
    app.config["TANKY"]["offline"] = 0
    return app.test_client()


def test_a_page_names_its_worker_whose_address_changes_with_what_it_keeps(client, visit):
    def address() -> str:
        return re.search(r'data-worker="([^"]+)"', visit("/"))[1]

    before = address()
    answer = client.get(before)
    assert answer.mimetype == "text/javascript"
    assert "immutable" in answer.headers["Cache-Control"]
    assert "immutable" not in client.get("/sw.js?v=old").headers["Cache-Control"]
    factories.identity_named("Xã Mới")
    assert address() != before


def test_it_weighs_no_more_than_its_budget(client):
    assert len(gzip.compress(client.get("/sw.js").data, 9)) <= 3000 - 700  # its headers


class TestGone:
    """What a phone is told of the pages that it has saved."""

    def gone(self, client, *paths: str) -> list[str]:
        return client.get("/partials/gone", query_string={"trang": ",".join(paths)}).json

    def test_what_residents_no_longer_see_is_gone(self, client):
        here, away = factories.article("Còn"), factories.article("Gỡ", state=State.WITHDRAWN)
        factories.procedure()
        asked = (f"/tin-tuc/{here.id}-x", f"/tin-tuc/{away.id}-x", "/thu-tuc/1.001193",
                 "/thu-tuc/1.999999", "/viec-can-lam/khong-co", "/gioi-thieu/khong-co",
                 "/thu-tuc/khong-lam-o-xa/khong-co", f"/tep/{'a' * 24}/mau.docx")  # fmt: skip
        assert set(self.gone(client, *asked)) == {asked[1], *asked[3:]}

    def test_lists_and_what_is_no_address_are_left_alone(self, client):
        assert self.gone(client, "/tin-tuc/", "/cach-dem", "", "x", "/tin-tuc/1", "//a.vn/b") == []

    def test_a_file_that_a_public_page_shows_is_there(self, client, chief):
        file = library.take_document(FileStorage(io.BytesIO(b"%PDF-1"), "mau.pdf"), chief)
        db.session.commit()
        assert self.gone(client, file.url) == [file.url]
        factories.shown(file)
        assert self.gone(client, file.url) == []

    def test_one_question_is_a_query_for_each_noun(self, client, queries):
        ids = [factories.article(f"Bài {number}").id for number in range(30)]
        queries.clear()
        assert self.gone(client, *(f"/tin-tuc/{id}-x" for id in ids)) == []
        assert len(queries) == 1


def test_nothing_of_a_request_comes_into_the_script(client):
    assert b'"+x+"' not in client.get('/sw.js?v="%2Bx%2B"').data


def test_what_it_fetches_ahead_is_there_and_not_counted(app, client):
    kept = re.search(r"KEPT=(\[.*?\])", client.get("/sw.js").get_data(as_text=True))[1]
    for address in re.findall(r'"([^"]+)"', kept):
        assert client.get(address, headers={"Purpose": "prefetch"}).status_code == 200
    assert app.extensions["tally"].figures().today == 0


def test_switched_off_pages_name_none_and_the_old_one_removes_itself(switched_off):
    assert 'data-worker=""' in switched_off.get("/").get_data(as_text=True)
    answer = switched_off.get("/sw.js?v=12345678")
    script = answer.get_data(as_text=True)
    assert "unregister" in script
    assert "fetch" not in script
    assert "immutable" not in answer.headers["Cache-Control"]


def test_the_site_can_be_installed_under_its_own_name(client, visit):
    factories.identity_named("Trang thông tin xã Mới")
    assert '<link rel="manifest" href="/manifest.webmanifest">' in visit("/")
    manifest = client.get("/manifest.webmanifest").json
    assert manifest["name"] == "Trang thông tin xã Mới"
    for icon in manifest["icons"]:
        picture = client.get(icon["src"])
        assert picture.data[:8] == b"\x89PNG\r\n\x1a\n"
        width = int.from_bytes(picture.data[16:20], "big")
        assert icon["sizes"] == f"{width}x{width}"
