"""What a browser is given for when there is no connection; what it does with it is in
tests/browser/test_offline.py."""

import gzip
import re

import pytest

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
