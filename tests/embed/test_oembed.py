"""oEmbed as its consumers ask for it (https://oembed.com)."""

import re
from html import unescape
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from .. import factories

pytestmark = pytest.mark.on_sqlite
OURS = "http://localhost"


@pytest.fixture
def ask(client):
    def ask(address, **more):
        query = "".join(f"&{name}={value}" for name, value in more.items())
        return client.get(f"/oembed?url={quote(address)}{query}")

    return ask


@pytest.mark.parametrize(
    ("page", "widget"),
    [("/nhung/tthc", "/nhung/tthc"), ("/nhung/truy-cap", "/nhung/truy-cap"),
     ("/thu-tuc/ket-qua", "/nhung/tthc"), ("/thu-tuc/ket-qua?nam=2022", "/nhung/tthc"),
     ("/", "/nhung/tin-moi"), ("", "/nhung/tin-moi"), ("/tin-tuc/", "/nhung/tin-moi"),
     ("/tin-tuc/chuyen-muc/thong-bao", "/nhung/tin-moi?chuyen-muc=thong-bao"),
     ("/nhung/tin-moi?so-tin=3", "/nhung/tin-moi?so-tin=3"),
     ("/nhung/?loai=truy-cap", "/nhung/truy-cap"), ("/nhung/", "/nhung/tthc")],
)  # fmt: skip
def test_a_page_s_address_becomes_its_widget(ask, page, widget):
    factories.category("Thông báo")
    answer = ask(OURS + page)
    assert answer.json["type"] == "rich"
    assert answer.json["version"] == "1.0"
    assert re.search('<iframe src="(.*?)"', answer.json["html"])[1] == OURS + widget
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "address",
    ["http://evil.example/nhung/tthc", f"{OURS}/bien-tap/", f"{OURS}/tin-tuc/1-bai", "", "%00",
     f"{OURS}/tin-tuc/chuyen-muc/la", "javascript:alert(1)", f"{OURS}@evil.example/nhung/tthc",
     "http://[/", f"{OURS}/nhung/tin-moi?chuyen-muc=la", f"{OURS}/tin-tuc"],
)  # fmt: skip
def test_any_other_address_is_not_found(ask, address):
    answer = ask(address)
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"


def test_xml_says_the_same(ask):
    given = ask(f"{OURS}/nhung/tthc").json
    answer = ask(f"{OURS}/nhung/tthc", format="xml")
    assert answer.mimetype == "text/xml"
    root = ElementTree.fromstring(answer.data)
    assert root.tag == "oembed"
    assert {child.tag: child.text for child in root} == {k: str(v) for k, v in given.items()}


def test_another_format_is_not_implemented(ask):
    assert ask(f"{OURS}/nhung/tthc", format="yaml").status_code == 501


@pytest.mark.parametrize(
    ("most", "given"), [("500", 500), ("2000", 800), ("100", 220), ("x", 400), ("", 400)]
)
def test_the_width_is_what_the_consumer_has_room_for(ask, most, given):
    answer = ask(f"{OURS}/nhung/tthc", maxwidth=most).json
    assert answer["width"] == given
    assert f'width="{given}"' in answer["html"]


def test_the_height_keeps_within_what_was_asked(ask):
    assert ask(f"{OURS}/nhung/tthc", maxheight="200").json["height"] == 200
    assert ask(f"{OURS}/nhung/tthc").json["height"] > 300


@pytest.mark.parametrize("page", ["/", "/tin-tuc/", "/tin-tuc/chuyen-muc/thong-bao",
                                  "/thu-tuc/ket-qua", "/nhung/tthc", "/nhung/"])  # fmt: skip
def test_pages_say_where_their_widget_is_found(client, visit, page):
    factories.category("Thông báo")
    head = visit(page).split("</head>")[0]
    for kind, of in (
        ("application/json+oembed", "application/json"),
        ("text/xml+oembed", "text/xml"),
    ):
        link = re.search(f'<link rel="alternate" type="{re.escape(kind)}" href="(.*?)"', head)[1]
        answer = client.get(unescape(link))
        assert (answer.status_code, answer.mimetype) == (200, of)


def test_wordpress_finds_its_link_before_the_frame(ask):
    """Its filter keeps a blockquote without attributes that comes first, and then the iframe."""
    html = ask(f"{OURS}/nhung/tthc").json["html"]
    kept = re.sub("<blockquote[^>]*>", "<blockquote>", html)
    assert re.fullmatch("(<blockquote>.*?</blockquote>)?.*(<iframe.*?></iframe>)", kept)[1]
