"""The site's own data on the desk."""

import pytest
from markupsafe import escape

from tanky.site.models import MenuItem, SiteIdentity

from .. import forms


class TestSite:
    def test_the_identity_and_the_opening_balance_are_changed(self, chief_desk, client):
        assert chief_desk.post("/bien-tap/trang/", **forms.IDENTITY).status_code == 302
        page = client.get("/").get_data(as_text=True)
        assert "Xã Mới" in page
        assert "109,954" in page

    @pytest.mark.on_sqlite
    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [({"name": ""}, "Hãy gõ tên trang."), ({"email": "không"}, "Email không đúng"),
         ({"phone": "gọi tôi"}, "chỉ gồm chữ số"), ({"timezone": "Mars/X"}, "Không có múi giờ"),
         ({"opening_balance": "nhiều"}, "số nguyên")],
    )  # fmt: skip
    def test_bad_input_is_said_on_its_field_and_kept(self, chief_desk, fields, sentence):
        answer = chief_desk.post("/bien-tap/trang/", **(forms.IDENTITY | fields))
        assert answer.status_code == 422
        assert sentence in answer.get_data(as_text=True)
        assert SiteIdentity.current().name != "Xã Mới"

    def test_the_menu_is_changed(self, chief_desk, client):
        fields = {"items-0-label": "Tin", "items-0-url": "/tin-tuc/",
                  "items-1-label": "", "items-1-url": ""}  # fmt: skip
        assert chief_desk.post("/bien-tap/trang/menu", **fields).status_code == 302
        assert [item.label for item in MenuItem.in_order()] == ["Tin"]

    @pytest.mark.on_sqlite
    @pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example", "trang", ""])
    def test_a_menu_leads_only_to_pages(self, chief_desk, url):
        answer = chief_desk.post(
            "/bien-tap/trang/menu", **{"items-0-label": "X", "items-0-url": url}
        )
        assert answer.status_code == 422
        assert MenuItem.in_order() == []


class TestEmbedding:
    PAGE = "/bien-tap/trang/nhung"

    def policy(self, client) -> str:
        return client.get("/nhung/tthc").headers["Content-Security-Policy"]

    def test_the_chief_says_which_sites_may_show_widgets(self, chief_desk, client):
        sites = (
            " truong.edu.vn\n\nhttps://Huyen.gov.vn/tin-tuc\n*.haiduong.gov.vn:8443\ntruong.edu.vn"
        )
        answer = chief_desk.post(self.PAGE, allowed="listed", sites=sites)
        assert answer.status_code == 302
        known = ["truong.edu.vn", "https://huyen.gov.vn", "*.haiduong.gov.vn:8443"]
        assert SiteIdentity.current().framed_by == known
        assert self.policy(client).endswith(
            "frame-ancestors 'self' http://truong.edu.vn https://huyen.gov.vn "
            "http://*.haiduong.gov.vn:8443"
        )
        assert "\n".join(known) in chief_desk.get(self.PAGE).get_data(as_text=True)
        chief_desk.post(self.PAGE, allowed="any", sites=sites)
        assert SiteIdentity.current().framed_by == []
        assert "frame-ancestors" not in self.policy(client)

    def test_a_change_reaches_those_who_hold_a_widget(self, app, chief_desk, client):
        held = client.get("/nhung/tthc").headers["ETag"]
        chief_desk.post(self.PAGE, allowed="listed", sites="truong.edu.vn")
        app.extensions["heartbeat"].beat()
        answer = client.get("/nhung/tthc", headers={"If-None-Match": held})
        assert answer.status_code == 200
        assert "truong.edu.vn" in answer.headers["Content-Security-Policy"]

    def test_a_domain_in_vietnamese_is_taken(self, chief_desk):
        chief_desk.post(self.PAGE, allowed="listed", sites="trường.vn")
        assert SiteIdentity.current().framed_by == ["xn--trng-rib8295b.vn"]

    @pytest.mark.on_sqlite
    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [({"sites": ""}, "ít nhất một trang"), ({"sites": "hai trang.vn"}, "“hai trang.vn” không"),
         ({"sites": "a.vn; script-src *"}, "không phải"), ({"sites": "'self'"}, "không phải"),
         ({"sites": "javascript://a.vn"}, "không phải"), ({"sites": "a.*.vn"}, "không phải"),
         ({"sites": "a.vn:99999"}, "không phải"), ({"sites": "a..vn"}, "không phải"),
         ({"sites": "\n".join(f"a{n}.vn" for n in range(51))}, "nhiều nhất là 50"),
         ({"allowed": "", "sites": "a.vn"}, "không có trong danh sách")],
    )  # fmt: skip
    def test_bad_input_is_said_on_its_field_and_kept(self, chief_desk, fields, sentence):
        answer = chief_desk.post(self.PAGE, **({"allowed": "listed"} | fields))
        assert answer.status_code == 422
        page = answer.get_data(as_text=True)
        assert sentence in page
        assert str(escape(fields["sites"])) in page
        assert SiteIdentity.current().framed_by == []

    def test_editors_may_not(self, desk):
        assert desk.post(self.PAGE, allowed="listed", sites="a.vn").status_code == 403
        assert SiteIdentity.current().framed_by == []


def test_the_desk_s_pages_are_kept_nowhere(desk):
    assert desk.get("/bien-tap/").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["tin-tuc/moi", "chuyen-muc/", "thu-tuc/moi", "ket-qua/nhap"])
def test_no_form_is_taken_without_its_token(desk, path):
    assert desk.client.post(f"/bien-tap/{path}", data={"name": "x"}).status_code == 400
