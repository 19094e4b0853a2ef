"""A passkey from the desk to the sign-in, on Chromium's own virtual device."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tanky.accounts.models import Passkey, Person
from tanky.base.db import db
from tanky.text import formats

from .. import factories
from .test_pages import broken_rules, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def device(open_page, portal):
    """A page on the portal's name (keys are bound to one, never to an address in figures), and a
    phone's fingerprint reader that says yes."""
    page = open_page("about:blank", base_url=portal.address.replace("127.0.0.1", "localhost"))
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
               "hasUserVerification": True, "isUserVerified": True,
               "automaticPresenceSimulation": True}  # fmt: skip
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.verified = lambda yes: session.send(
        "WebAuthn.setUserVerified",
        {"authenticatorId": made["authenticatorId"], "isUserVerified": yes},
    )
    yield page
    with portal.app_context():
        db.session.execute(db.delete(Passkey))
        db.session.commit()


def add_key(page, name="Điện thoại", password=factories.PASSWORD):
    page.goto("/bien-tap/tai-khoan/")
    page.fill("#name", name)
    page.fill("#present", password)
    page.click("text=Thêm khoá trên máy này")


def sign_out(page):
    page.click("text=Đăng xuất")
    page.goto("/dang-nhap")


def test_a_key_is_added_opens_the_desk_and_is_taken_away(device):
    page = device
    sign_in(page)
    add_key(page)
    expect(page.locator(".tk-rows")).to_contain_text(["Điện thoại"])
    assert broken_rules(page) == []
    sign_out(page)
    page.click("text=Đăng nhập bằng khoá truy cập")
    page.wait_for_url("**/bien-tap/")
    page.goto("/bien-tap/tai-khoan/")
    expect(page.locator("main")).to_contain_text("dùng lần cuối")
    page.click("text=Xoá")
    expect(page.locator("main")).to_contain_text("Đã xoá khoá Điện thoại")
    sign_out(page)
    page.click("text=Đăng nhập bằng khoá truy cập")
    expect(page.locator("[role=alert]")).to_have_text("Khoá này không mở được tài khoản nào ở đây.")


def test_it_takes_the_account_s_password_and_a_name(device):
    page = device
    sign_in(page)
    add_key(page, "", "sai")
    expect(page.locator("[data-passkey] [role=alert]")).to_contain_text("Hãy đặt tên")
    add_key(page, "Máy", "sai")
    expect(page.locator("[data-passkey] [role=alert]")).to_have_text(
        "Mật khẩu hiện tại không đúng."
    )
    assert page.input_value("#name") == "Máy"


def test_a_device_that_does_not_verify_lets_nobody_in(device):
    page = device
    sign_in(page)
    add_key(page)
    expect(page.locator(".tk-rows")).to_contain_text(["Điện thoại"])
    sign_out(page)
    page.verified(False)
    page.click("text=Đăng nhập bằng khoá truy cập")
    expect(page.locator("[role=alert]")).to_contain_text("Chưa dùng được khoá")


def test_an_answer_that_was_seen_is_worth_nothing(device, portal):
    page = device
    sign_in(page)
    add_key(page)
    expect(page.locator(".tk-rows")).to_contain_text(["Điện thoại"])
    sign_out(page)
    seen = []
    page.on("request", lambda sent: seen.append(sent) if sent.url.endswith("/xong") else None)
    page.click("text=Đăng nhập bằng khoá truy cập")
    page.wait_for_url("**/bien-tap/")
    [sent] = seen
    again = {
        "data": sent.post_data,
        "content_type": "application/x-www-form-urlencoded",
        "headers": {"Cookie": sent.all_headers()["cookie"]},
        "base_url": sent.url.partition("/dang-nhap")[0],
    }
    answer = portal.test_client(use_cookies=False).post("/dang-nhap/khoa/xong", **again)
    assert answer.status_code == 422
    assert "không mở được" in answer.json["problem"]


def test_one_answer_at_once_lets_one_in(device, portal):
    page = device
    sign_in(page)
    add_key(page)
    expect(page.locator(".tk-rows")).to_contain_text(["Điện thoại"])
    sign_out(page)
    held = []
    page.route("**/dang-nhap/khoa/xong", lambda route: (held.append(route.request), route.abort()))
    page.click("text=Đăng nhập bằng khoá truy cập")
    expect(page.locator("[role=alert]")).to_contain_text("Không gửi được")
    cookies = "; ".join(f"{one['name']}={one['value']}" for one in page.context.cookies())
    again = {
        "data": held[0].post_data,
        "content_type": "application/x-www-form-urlencoded",
        "headers": {"Cookie": cookies},
        "base_url": held[0].url.partition("/dang-nhap")[0],
    }

    def send(_: int) -> int:
        client = portal.test_client(use_cookies=False)
        return client.post("/dang-nhap/khoa/xong", **again).status_code

    # One that asked the clock first and comes second finds a use in time to come.
    for used_at in (formats.now() + timedelta(seconds=30), None):
        with portal.app_context():
            db.session.execute(db.update(Passkey).values(used_at=used_at))
            db.session.commit()
        if used_at:
            assert send(0) == 422
    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(send, range(6))) == [200, *[422] * 5]


def test_a_suspended_person_s_key_is_of_no_use(device, portal):
    page = device
    sign_in(page)
    add_key(page)
    expect(page.locator(".tk-rows")).to_contain_text(["Điện thoại"])
    sign_out(page)
    with portal.app_context():
        Person.by_username("sep").suspend()
        db.session.commit()
    try:
        page.click("text=Đăng nhập bằng khoá truy cập")
        expect(page.locator("[role=alert]")).to_contain_text("không mở được")
    finally:
        with portal.app_context():
            Person.by_username("sep").suspended_at = None
            db.session.commit()


def test_without_javascript_it_is_not_offered(open_page):
    page = open_page("/dang-nhap", javascript=False)
    assert not page.locator("text=Đăng nhập bằng khoá truy cập").is_visible()
