"""What residents type finds what they mean, on both databases alike."""

import csv
import html
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanky.base.db import db
from tanky.demo import loader
from tanky.procedures.models import Procedure
from tanky.records.ranking import Entry, Place, Ranking
from tanky.records.vain import VainSearch, write
from tanky.signposts.models import RECORD as SIGNPOST
from tanky.signposts.models import Signpost

from .. import factories

pytestmark = pytest.mark.each_example

QUERIES = (Path(__file__).parent / "queries.csv").read_text(encoding="utf-8")
TYPED = list(csv.DictReader(QUERIES.splitlines()))
WITHIN = 3  # how far down the right answer may stand


def titles(page: str) -> list[str]:
    found = re.findall(r'class="tk-procedures__title" href="[^"]*">([^<]*)<', page)
    return [html.unescape(title) for title in found]


@pytest.fixture
def samples(app):
    """The procedures and signposts of a new site."""
    content = loader.samples()
    loader.procedures(content, {})
    loader.add(Signpost, SIGNPOST, content["signposts"])
    db.session.commit()


@pytest.mark.usefixtures("samples")
def test_what_people_type_finds_what_they_mean(visit):
    missed = [
        (address, typed["typed"], titles(page)[:WITHIN])
        for typed in TYPED
        for address in ("/thu-tuc/?q=", "/tim-kiem?q=")
        if typed["found"] not in titles(page := visit(address + quote(typed["typed"])))[:WITHIN]
    ]
    assert len(TYPED) == 60
    assert not missed


@pytest.mark.usefixtures("samples")
class TestNothingFound:
    def test_the_nearest_are_shown_and_the_ways_on(self, visit):
        page = visit("/thu-tuc/?q=" + quote("khai trương bể bơi có mái che"))
        assert "Gần nhất:" in page
        assert titles(page)

    @pytest.mark.parametrize("address", ["/thu-tuc/?q=qwrtz", "/tim-kiem?q=qwrtz"])
    def test_fields_and_the_phone_are_at_hand(self, visit, address):
        main = visit(address).partition("<main")[2].partition("</main>")[0]
        assert titles(main) == []
        assert 'href="/thu-tuc/?linh-vuc=ho-tich"' in main
        assert 'href="/thu-tuc/khong-lam-o-xa/"' in main
        assert 'href="tel:0123456789"' in main

    def test_the_same_words_are_looked_for_in_the_news(self, visit):
        factories.article("Lịch phun thuốc muỗi")
        assert 'href="/tim-kiem?q=phun' in visit("/thu-tuc/?q=" + quote("phun thuốc muỗi"))
        page = visit("/tim-kiem?q=" + quote("lịch phun thuốc trừ bọ xít"))
        assert "Tin có một phần các chữ này" in page
        assert "Lịch phun thuốc muỗi</a>" in page


class TestVain:
    """Words searched in vain, for the desk: words and counts alone."""

    @pytest.fixture
    def searched(self, app, client, monkeypatch):
        app.extensions["vain_searches"].__init__()  # the portal is shared by tests

        def search(*texts: str, agent: str | None = None, pause: float = 0.0):
            for text in texts:
                headers = {"User-Agent": agent} if agent else {}
                client.get("/thu-tuc/?q=" + quote(text), headers=headers)
            monkeypatch.setattr("tanky.records.vain.TYPING", pause)
            write()
            return {row.words: row.count for row in db.session.scalars(db.select(VainSearch))}

        return search

    def test_they_are_counted(self, searched):
        factories.procedure()
        assert searched("giấy phép karaoke", "Giấy  phép KARAOKE", "khai sinh") == {
            "giấy phép karaoke": 2
        }

    def test_what_was_still_being_typed_is_not(self, searched):
        assert searched("gi", "giấy phé", "giấy phép karaoke") == {"giấy phép karaoke": 1}

    def test_nor_what_may_be_of_a_person_or_from_a_machine(self, searched):
        assert searched("0912 345 678", "034088001234", "an@vidu.vn", "x" * 70) == {}
        assert searched("giấy phép karaoke", agent="curl/8") == {}

    def test_they_wait_while_someone_may_be_typing(self, searched):
        assert searched("giấy phép karaoke", pause=10.0) == {}

    def test_the_desk_shows_them_and_they_are_few(self, searched, desk_of, editor, monkeypatch):
        monkeypatch.setattr("tanky.records.vain.MOST", 2)
        searched("giấy phép karaoke", "giấy phép karaoke")
        searched("bể bơi", "giấy phép karaoke")
        kept = searched("xe buýt")
        assert len(kept) == 2
        assert kept["giấy phép karaoke"] == 3
        page = desk_of(editor).get("/bien-tap/tim-khong-thay").get_data(as_text=True)
        assert "giấy phép karaoke" in page


class TestFresh:
    """The index in memory follows what is saved, by whatever way."""

    def test_a_change_is_found_at_once(self, visit):
        made = factories.procedure()
        assert titles(visit("/thu-tuc/?q=khai+sinh")) == [made.title]
        made.title = "Đăng ký nuôi ong"
        db.session.commit()
        assert "Không có thủ tục nào đúng là" in visit("/thu-tuc/?q=khai+sinh")
        assert titles(visit("/thu-tuc/?q=nuoi+ong")) == [made.title]
        made.is_retired = True
        db.session.commit()
        assert titles(visit("/thu-tuc/?q=nuoi+ong")) == []

    def test_so_are_many_at_once(self, app, visit):
        for number in range(150):
            db.session.add(
                Procedure(code=f"3.{number:06}", title=f"Việc {number}", field=factories.field(),
                          also_called=[f"tên{number}"])
            )  # fmt: skip
        db.session.commit()
        assert titles(visit("/thu-tuc/?q=tên77")) == ["Việc 77"]
        for procedure in db.session.scalars(db.select(Procedure)):
            procedure.title += " mới"
        db.session.commit()
        assert titles(visit("/thu-tuc/?q=tên77")) == ["Việc 77 mới"]

    def test_a_signpost_in_the_trash_is_not_found(self, visit, chief):
        signpost = Signpost()
        signpost.restore(SIGNPOST.empty() | {"title": "Sổ đỏ", "place": "Văn phòng đất đai"})
        factories.add(signpost)
        assert titles(visit("/tim-kiem?q=so+do")) == ["Sổ đỏ"]
        assert "Không làm ở xã" in visit("/tim-kiem?q=so+do")
        signpost.trash(chief)
        db.session.commit()
        assert titles(visit("/tim-kiem?q=so+do")) == []


# The ranking alone, which knows no database.
WORDS = ("khai sinh", "tử", "kết", "hôn", "sổ", "đỏ", "số", "do", "giấy", "ký", "kí", "cấp đổi")
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join)
PROCEDURES = frozenset({"procedure"})
ENTRIES = st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=12)


def ranking_of(entries) -> Ranking:
    ranking = Ranking()
    for id, (title, steps) in enumerate(entries):
        ranking.put(Entry("procedure", id, (title,), ((Place.STEPS, steps),)))
    return ranking


@settings(max_examples=150, deadline=None)
@given(ENTRIES, st.data())
def test_who_types_a_whole_title_gets_it_first(entries, data):
    title, _ = data.draw(st.sampled_from(entries))
    [ranked] = ranking_of(entries).rank(title, PROCEDURES)
    first = entries[ranked.hits[0].id][0]
    assert first.split() == title.split() or first.replace("kí", "ký") == title.replace("kí", "ký")
    assert ranked.is_found


def test_a_title_that_is_what_was_typed_goes_before_one_with_accents():
    [ranked] = ranking_of([("sổ đỏ", ""), ("so do", "")]).rank("so do", PROCEDURES)
    assert [hit.id for hit in ranked.hits] == [1, 0]


@settings(max_examples=60, deadline=None)
@given(ENTRIES, st.lists(st.integers(0, 11)), NAMES)
def test_it_forgets_what_is_taken_out(entries, removed, asked):
    """Built by changes, an index ranks like one made anew."""
    changed = ranking_of(entries)
    for id in removed:
        changed.remove("procedure", id)
    anew = Ranking()
    for id, (title, steps) in enumerate(entries):
        if id not in removed:
            anew.put(Entry("procedure", id, (title,), ((Place.STEPS, steps),)))
    assert changed.rank(asked, PROCEDURES) == anew.rank(asked, PROCEDURES)
    assert len(changed) == len(anew)


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_anything_may_be_typed(text):
    ranking_of([("Đăng ký khai sinh", "nộp hồ sơ")]).rank(text, PROCEDURES)
