import pytest

from .. import factories

WIDGETS = ["/nhung/tthc", "/nhung/truy-cap", "/nhung/tin-moi"]


@pytest.mark.parametrize("address", WIDGETS)
def test_widgets_may_be_framed_and_count_nobody(app, client, address):
    answer = client.get(address)
    assert answer.status_code == 200
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    assert app.extensions["tally"].figures() == (0, 0, 0, 0)


@pytest.mark.parametrize("address", ["/", "/nhung/", "/dang-nhap", "/nhung/khong-co"])
def test_nothing_else_may_be_framed(client, address):
    headers = client.get(address).headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Frame-Options"] == "DENY"


def test_they_show_the_portal_s_own_figures(client, visit):
    factories.result(on_time=907, late=2)
    factories.article("Tin mới nhất")
    assert "99.8%" in visit("/nhung/tthc")
    assert 'href="http://localhost/tin-tuc/1-tin-moi-nhat"' in visit("/nhung/tin-moi")
    client.get("/")
    assert "<dt>Hôm nay:</dt><dd>1</dd>" in visit("/nhung/truy-cap")


def test_the_page_gives_a_line_to_paste_for_each(visit):
    page = visit("/nhung/")
    for address in WIDGETS:
        assert f"&lt;iframe src=&#34;http://localhost{address}&#34;" in page


def test_oembed_turns_a_widget_s_address_into_its_line(client):
    answer = client.get("/oembed?url=http://localhost/nhung/tthc")
    assert answer.json["type"] == "rich"
    assert 'src="http://localhost/nhung/tthc"' in answer.json["html"]
    for bad in ("http://evil.example/nhung/tthc", "http://localhost/bien-tap/", "", "%00"):
        assert client.get(f"/oembed?url={bad}").status_code == 404
    assert client.get("/oembed?url=http://localhost/nhung/tthc&format=xml").status_code == 501
