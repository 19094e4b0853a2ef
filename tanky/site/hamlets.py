"""The commune's hamlets as a map: GeoJSON (RFC 7946) as a land office exports it, made into what an
SVG draws. No markup is taken over, so that a map is as safe as a list of numbers.
"""

import json
import math
from collections.abc import Iterator
from typing import TypedDict

from ..reading.bounds import Refused
from ..text.folding import nfc

# What reading a document of another form may raise.
MALFORMED = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
MOST_BYTES = 5 * 2**20
MOST_PLACES = 120
MOST_NAME = 60
MOST_DRAWN = 6_000  # characters of all paths: 2.4 kB when compressed
WIDTH = 1_000
GRIDS = (1_000, 700, 500, 350, 250, 170, 120, 80, 50)
# Longitude and latitude of Viet Nam's mainland and islands, in degrees.
WEST, EAST, SOUTH, NORTH = 102.0, 118.0, 6.0, 24.0
NAMES = ("name", "ten", "tên", "ten_xom", "ten_thon", "tenthon", "tenxom", "title")

Point = tuple[float, float]  # longitude, latitude; once drawn: x, y
Ring = list[Point]


class Place(TypedDict):
    """A hamlet; ``path`` is SVG's, empty where only a point is known; x, y carry its name."""

    name: str
    path: str
    x: int
    y: int


class HamletMap(TypedDict):
    """Sizes in the units of the drawing, whose width is 1,000."""

    width: int
    height: int
    places: list[Place]


def read(upload) -> HamletMap:
    """A file that came with a form.

    :raises Refused: what is wrong with it, in Vietnamese.
    """
    data = upload.stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Refused(f"Tệp bản đồ lớn quá {MOST_BYTES >> 20} MB. Hãy xuất với ít điểm hơn.")
    return draw(data)


def draw(data: bytes) -> HamletMap:
    """
    :param data: a FeatureCollection of polygons or points, in degrees (WGS 84).
    :raises Refused: it is none, or has no hamlet in Viet Nam.
    """
    try:
        hamlets = [(name, list(_rings(shape))) for name, shape in _features(json.loads(data))]
    except MALFORMED:
        raise Refused(
            "Tệp này không phải GeoJSON. Phần mềm bản đồ (QGIS, ArcGIS) xuất được dạng này: "
            "“Lưu dưới dạng”, chọn GeoJSON."
        ) from None
    hamlets = [(name, rings) for name, rings in hamlets if rings]
    if not hamlets:
        raise Refused("Tệp không có xóm nào: mỗi xóm là một vùng hay một điểm, có tên.")
    if len(hamlets) > MOST_PLACES:
        raise Refused(f"Tệp có {len(hamlets)} vùng; nhiều nhất là {MOST_PLACES}.")
    for name, _ in hamlets:
        if not name:
            raise Refused("Có vùng không có tên. Tên để ở thuộc tính “name” hoặc “ten”.")
    points = [point for _, rings in hamlets for ring in rings for point in ring]
    for longitude, latitude in points:
        # Written so that NaN is refused as well.
        if not (WEST <= longitude <= EAST and SOUTH <= latitude <= NORTH):
            raise Refused(
                f"Toạ độ {longitude:g}, {latitude:g} không ở Việt Nam. Cần kinh độ, vĩ độ "
                "(WGS 84), ví dụ 105.23, 19.05; bản đồ VN-2000 hãy chuyển hệ toạ độ khi xuất."
            )
    return _fitted(hamlets, points)


def _features(document: dict) -> Iterator[tuple[str, dict]]:
    """The name and geometry of each feature."""
    for feature in document["features"]:
        properties = {
            nfc(str(key)).lower(): value for key, value in (feature["properties"] or {}).items()
        }
        names = (properties.get(key) for key in NAMES)
        name = next((nfc(str(name)).strip() for name in names if name), "")
        yield name[:MOST_NAME], feature["geometry"] or {"type": ""}


def _rings(shape: dict) -> Iterator[Ring]:
    """The outer rings of a geometry; a point is a ring of one. Holes are left out: a hamlet within
    another is drawn on top of it.
    """
    coordinates = shape.get("coordinates")
    polygons = {
        "Point": lambda: [[[coordinates]]],
        "Polygon": lambda: [coordinates],
        "MultiPolygon": lambda: coordinates,
    }.get(shape["type"], list)()
    for polygon in polygons:
        yield [(float(point[0]), float(point[1])) for point in polygon[0]]


def _fitted(hamlets: list[tuple[str, list[Ring]]], points: list[Point]) -> HamletMap:
    """Everything moved and scaled into the drawing, as finely as its room allows."""
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    # Within one commune a degree of longitude is as long as it is in the middle.
    narrowing = math.cos(math.radians((south + north) / 2))
    across, up = (east - west) * narrowing, north - south
    scale = WIDTH / max(across, up, 1e-4)

    def place(point: Point) -> Point:
        return (point[0] - west) * narrowing * scale, (north - point[1]) * scale

    placed = [(name, [[place(p) for p in ring] for ring in rings]) for name, rings in hamlets]
    for grid in GRIDS:
        # Neighbours share the points of their border; put on one grid they still do.
        step = WIDTH / grid
        paths = ["".join(_path(ring, step) for ring in rings) for _, rings in placed]
        if sum(map(len, paths)) <= MOST_DRAWN:
            break
    else:
        raise Refused("Bản đồ quá chi tiết. Hãy đơn giản hoá đường ranh giới khi xuất.")
    places: list[Place] = []
    for (name, rings), path in zip(placed, paths, strict=True):
        x, y = _middle(max(rings, key=_area))
        places.append({"name": name, "path": path, "x": round(x), "y": round(y)})
    return {"width": round(across * scale), "height": round(up * scale), "places": places}


def _path(ring: Ring, step: float) -> str:
    """The ring on a grid, as relative lines; empty where nothing is left of it."""
    corners: list[tuple[int, int]] = []
    for x, y in ring:
        corner = round(round(x / step) * step), round(round(y / step) * step)
        if not corners or corner != corners[-1]:
            corners.append(corner)
    if len(corners) > 1 and corners[0] == corners[-1]:
        corners.pop()
    if len(corners) < 3:
        return ""
    (x, y), *others = corners
    drawn = f"M{x} {y}l"
    for next_x, next_y in others:
        drawn += f"{next_x - x} {next_y - y} "
        x, y = next_x, next_y
    return drawn.rstrip().replace(" -", "-") + "z"


def _area(ring: Ring) -> float:
    """By the shoelace formula."""
    return abs(sum(_crosses(ring))) / 2


def _crosses(ring: Ring) -> list[float]:
    following = ring[1:] + ring[:1]
    return [x * b - a * y for (x, y), (a, b) in zip(ring, following, strict=True)]


def _middle(ring: Ring) -> Point:
    """The centroid of the area; of a line or a point, the mean of its points."""
    crosses = _crosses(ring)
    if (twice := sum(crosses)) and len(ring) > 2:
        following = ring[1:] + ring[:1]
        pairs = list(zip(ring, following, crosses, strict=True))
        return (
            sum((x + a) * cross for (x, _), (a, _), cross in pairs) / (3 * twice),
            sum((y + b) * cross for (_, y), (_, b), cross in pairs) / (3 * twice),
        )
    return sum(x for x, _ in ring) / len(ring), sum(y for _, y in ring) / len(ring)
