import xml.etree.ElementTree as ElementTree
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select

from tanky.base.db import db
from tanky.bulletins.models import Bulletin
from tanky.media.models import MediaFile

from .. import forms

FILES = Path(__file__).parents[1] / "media" / "recordings"
FORM = {
    "title": "Bản tin sáng", "broadcast_on": "2026-11-20", "summary": "Lịch tiêm phòng",
    "transcript": "Thưa bà con,\n\nsáng mai tiêm phòng.", "sound_id": "", "version": "",
}  # fmt: skip
DESK = "/bien-tap/truyen-thanh/"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"


def sound(name: str = "tin.mp3"):
    return BytesIO((FILES / name).read_bytes()), name


@pytest.fixture
def desk(desk_of, editor):
    return desk_of(editor)


@pytest.fixture
def bulletin(desk):
    assert desk.post(f"{DESK}moi", **FORM, upload=sound()).status_code == 302
    return db.session.scalar(select(Bulletin))


class TestResidents:
    def test_they_hear_it_and_read_its_words(self, bulletin, visit, client):
        assert bulletin.url in visit("/truyen-thanh/")
        assert "<audio" not in visit("/truyen-thanh/")
        page = visit(bulletin.url)
        assert f'<audio controls preload="none" src="{bulletin.sound.url}" ' in page
        assert "sáng mai tiêm phòng" in page
        assert "MP3, 4 kB, 2 giây" in page
        policy = client.get(bulletin.url).headers["Content-Security-Policy"]
        assert "media-src 'self'" in policy
        assert "media-src" not in client.get("/").headers["Content-Security-Policy"]

    def test_the_sound_comes_in_parts_and_is_no_download(self, bulletin, client):
        answer = client.get(bulletin.sound.url, headers={"Range": "bytes=0-99"})
        assert (answer.status_code, len(answer.data)) == (206, 100)
        assert answer.headers["Content-Type"] == "audio/mpeg"
        assert "attachment" not in answer.headers["Content-Disposition"]
        assert answer.headers["Content-Security-Policy"] == "media-src 'self'; default-src 'none'"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"  # podcast players

    def test_a_wrong_end_of_the_address_leads_to_the_right_one(self, bulletin, client):
        for address in ("/truyen-thanh/1", "/truyen-thanh/1-khac"):
            answer = client.get(address)
            assert (answer.status_code, answer.location) == (301, bulletin.url)

    def test_it_is_found_by_its_name_and_on_the_maps(self, bulletin, visit):
        assert bulletin.url in visit("/tim-kiem?q=ban+tin+sang")
        assert bulletin.url in visit("/sitemap.xml")
        assert "/truyen-thanh/" in visit("/so-do-trang")

    def test_an_app_for_podcasts_reads_the_feed(self, bulletin, client):
        answer = client.get("/truyen-thanh/podcast.xml")
        assert answer.mimetype == "application/rss+xml"
        channel = ElementTree.fromstring(answer.data)[0]
        item = channel.find("item")
        enclosure = item.find("enclosure").attrib
        assert enclosure["type"] == "audio/mpeg"
        assert int(enclosure["length"]) == len(client.get(enclosure["url"]).data)
        assert item.find(f"{ITUNES}duration").text == "2"
        assert item.find("pubDate").text == "Fri, 20 Nov 2026 05:00:00 +0000"
        assert channel.find(f"{ITUNES}category").attrib["text"] == "Government"

    def test_thrown_away_its_page_and_sound_are_gone(self, bulletin, desk, client):
        url, file = bulletin.url, bulletin.sound.url
        desk.post(f"{DESK}1/bo")
        assert client.get(url).status_code == 410
        assert client.get(file).status_code == 404


class TestDesk:
    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [({"title": ""}, "Hãy gõ tên bản tin"), ({"transcript": ""}, "người không nghe được"),
         ({"broadcast_on": ""}, "Hãy gõ ngày phát"), ({"broadcast_on": "1900-01-01"}, "1945"),
         ({"broadcast_on": "2099-01-01"}, "chưa tới")],
    )  # fmt: skip
    def test_bad_input_is_said_and_the_sound_need_not_be_chosen_again(self, desk, fields, sentence):
        answer = desk.post(f"{DESK}moi", **(FORM | fields), upload=sound())
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert sentence in page
        assert db.session.scalar(select(Bulletin)) is None
        again = desk.post(f"{DESK}moi", **FORM | {"sound_id": forms.filled_in(page)["sound_id"][0]})
        assert again.status_code == 302

    @pytest.mark.parametrize(
        ("upload", "sentence"),
        [(b"MZ", "không phải âm thanh"), (sound("phim.mp4")[0].read(), "Đây là video"),
         (None, "Hãy chọn tệp âm thanh")],
    )  # fmt: skip
    def test_what_is_no_sound_is_refused(self, desk, upload, sentence):
        files = {"upload": (BytesIO(upload), "a.mp3")} if upload else {}
        answer = desk.post(f"{DESK}moi", **FORM, **files)
        assert answer.status_code == 422
        assert sentence in answer.get_data(as_text=True)

    def test_another_file_s_number_is_no_sound(self, desk):
        file = MediaFile(digest="a" * 64, name="a.pdf", mimetype="application/pdf", size=1)
        db.session.add(file)
        db.session.commit()
        answer = desk.post(f"{DESK}moi", **FORM | {"sound_id": str(file.id)})
        assert answer.status_code == 422

    def test_a_save_of_the_page_as_it_opens_changes_nothing(self, bulletin, desk):
        before = bulletin.snapshot()
        page = desk.get(f"{DESK}1").get_data(as_text=True)
        assert desk.post(f"{DESK}1", **forms.filled_in(page)).status_code == 302
        assert bulletin.snapshot() == before

    def test_a_save_between_is_not_overwritten(self, bulletin, desk):
        answer = desk.post(f"{DESK}1", **FORM | {"version": "0", "sound_id": "1"})
        assert answer.status_code == 409

    def test_an_earlier_version_comes_back(self, bulletin, desk):
        fields = FORM | {"version": "1", "sound_id": "1", "title": "Khác"}
        assert desk.post(f"{DESK}1", **fields).status_code == 302
        desk.post(f"{DESK}1/phien-ban/1/khoi-phuc", f"{DESK}1")
        assert bulletin.title == "Bản tin sáng"

    def test_a_sound_that_an_earlier_version_has_is_not_deleted(self, bulletin, desk, chief_desk):
        fields = FORM | {"version": "1", "sound_id": "1"}
        assert desk.post(f"{DESK}1", **fields, upload=sound("tin.ogg")).status_code == 302
        chief_desk.post("/bien-tap/tep/1/bo")
        chief_desk.post("/bien-tap/thung-rac/tep/1/xoa-han")
        assert db.session.get(MediaFile, 1) is not None

    def test_a_writer_has_no_business_here(self, desk_of, writer, bulletin):
        theirs = desk_of(writer)
        for path in ("", "moi", "1"):
            assert theirs.get(DESK + path).status_code == 403
