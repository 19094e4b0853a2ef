import io
import json
import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanky.base.db import db
from tanky.reading.bounds import Refused
from tanky.site import hamlets
from tanky.site.models import SiteIdentity

from ..forms import IDENTITY


def square(name: str | None, west: float, south: float, side: float = 0.01) -> dict:
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return feature(name, {"type": "Polygon", "coordinates": [ring]})


def feature(name: str | None, geometry: dict) -> dict:
    return {"type": "Feature", "properties": {"name": name}, "geometry": geometry}


def geojson(*features) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


TWO = geojson(
    square("Xóm Tân Thái", 105.20, 19.05),
    square("Xóm Nghĩa Hành", 105.21, 19.05),
    feature("Xóm Đồi", {"type": "Point", "coordinates": [105.205, 19.07]}),
)


class TestDrawing:
    def test_north_is_up_and_east_to_the_right(self):
        west, east, hill = hamlets.draw(TWO)["places"]
        assert west["x"] < east["x"]
        assert hill["y"] < west["y"]
        assert hill["path"] == ""

    def test_a_degree_of_longitude_is_shorter_than_one_of_latitude(self):
        drawn = hamlets.draw(geojson(square("Xóm", 105, 60 - 41, side=1)))
        assert drawn["width"] / drawn["height"] == pytest.approx(0.943, abs=0.003)

    def test_neighbours_share_their_border(self):
        west, east, _ = hamlets.draw(TWO)["places"]
        assert max(x for x, _ in corners(west)) == min(x for x, _ in corners(east))

    def test_the_name_stands_in_the_middle(self):
        (place,) = hamlets.draw(geojson(square("Xóm", 105, 19)))["places"]
        xs, ys = zip(*corners(place), strict=True)
        assert place["x"] == pytest.approx(sum(xs) / 4, abs=1)
        assert place["y"] == pytest.approx(sum(ys) / 4, abs=1)

    def test_a_map_of_a_hundred_thousand_points_is_made_small(self):
        turns = [i * math.tau / 100_000 for i in range(100_000)]
        ring = [[105 + math.cos(turn) / 50, 19 + math.sin(turn) / 50] for turn in turns]
        round_one = feature("Xóm", {"type": "MultiPolygon", "coordinates": [[ring]]})
        (place,) = hamlets.draw(geojson(round_one))["places"]
        assert 1_000 < len(place["path"]) <= hamlets.MOST_DRAWN

    def test_a_border_of_nothing_but_corners_is_refused(self):
        ring = [[105 + i * 1e-6, 19 + (i % 7) * 1e-3] for i in range(50_000)]
        with pytest.raises(Refused, match="quá chi tiết"):
            hamlets.draw(geojson(feature("Xóm", {"type": "Polygon", "coordinates": [ring]})))

    @given(
        st.lists(
            st.tuples(st.floats(102, 110), st.floats(8, 23)), min_size=1, max_size=30, unique=True
        )
    )
    def test_nothing_is_drawn_outside(self, points):
        drawn = hamlets.draw(geojson(feature("X", {"type": "Polygon", "coordinates": [points]})))
        (place,) = drawn["places"]
        for x, y in corners(place):
            assert -20 <= x <= drawn["width"] + 20
            assert -20 <= y <= drawn["height"] + 20


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<svg onload='x'/>", "không phải GeoJSON"),
        (b"[1, 2]", "không phải GeoJSON"),
        (b"[" * 100_000, "không phải GeoJSON"),
        (geojson(), "không có xóm nào"),
        (geojson(feature("X", {"type": "Polygon", "coordinates": []})), "không phải GeoJSON"),
        (geojson(feature("X", {"type": "Point", "coordinates": [10**400, 1]})), "không phải"),
        (geojson(feature("X", {"type": "Polygon", "coordinates": [[["a", 1]]]})), "không phải"),
        (geojson(square("", 105, 19)), "không có tên"),
        (geojson(square("Xóm", 561234, 2105678)), "VN-2000"),
        (geojson(square("Xóm", 105, float("nan"))), "không ở Việt Nam"),
        (geojson(*[square(f"Xóm {i}", 105, 19) for i in range(121)]), "nhiều nhất là 120"),
        (b"x" * (5 * 2**20 + 1), "lớn quá 5 MB"),
    ],
)
def test_what_is_no_map_says_why(data, why):
    class Upload:
        stream = io.BytesIO(data)

    with pytest.raises(Refused, match=why):
        hamlets.read(Upload)


class TestTheMapOfASite:
    def test_it_is_the_face_of_the_home_page_and_a_page_of_its_own(self, chief_desk, visit):
        sent = IDENTITY | {"hamlets": (io.BytesIO(TWO), "xom.geojson")}
        assert chief_desk.post("/bien-tap/trang/", **sent).status_code == 302
        home = visit("/")
        assert 'href="/ban-do"' in home
        assert 'class="tk-face__drawing"' not in home
        assert visit("/ban-do.svg").count("<path") == 2
        page = visit("/ban-do")
        assert re.findall(r"<li>(Xóm [^<]+)</li>", page) == [
            "Xóm Tân Thái", "Xóm Nghĩa Hành", "Xóm Đồi",
        ]  # fmt: skip
        for address in ("/lien-he", "/so-do-trang", "/sitemap.xml"):
            assert "/ban-do" in visit(address)

    def test_a_refused_map_is_told_at_its_field_and_loses_nothing(self, chief_desk):
        sent = IDENTITY | {"name": "Xã Rất Mới", "hamlets": (io.BytesIO(b"PK"), "a.zip")}
        answer = chief_desk.post("/bien-tap/trang/", **sent)
        assert answer.status_code == 422
        page = answer.get_data(as_text=True)
        assert "không phải GeoJSON" in page
        assert 'value="Xã Rất Mới"' in page
        assert SiteIdentity.current().hamlets is None

    def test_it_can_be_taken_away(self, chief_desk, client):
        SiteIdentity.current().hamlets = hamlets.draw(TWO)
        db.session.commit()
        sent = IDENTITY | {"remove_hamlets": "1"}
        assert chief_desk.post("/bien-tap/trang/", **sent).status_code == 302
        assert client.get("/ban-do").status_code == 404
        assert client.get("/ban-do.svg").status_code == 404
        assert 'href="/ban-do"' not in client.get("/").get_data(as_text=True)

    def test_a_name_is_no_markup(self, visit):
        SiteIdentity.current().hamlets = hamlets.draw(geojson(square("<script>x", 105, 19)))
        db.session.commit()
        assert "<script>x" not in visit("/ban-do")


def corners(place) -> list[tuple[int, int]]:
    """The corners of a path of relative lines."""
    drawn = []
    for ring in filter(None, place["path"].split("M")):
        start, _, rest = ring.rstrip("z").partition("l")
        x, y = map(int, start.split())
        drawn.append((x, y))
        numbers = [int(n) for n in re.findall(r"-?\d+", rest)]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            drawn.append((x, y))
    return drawn
