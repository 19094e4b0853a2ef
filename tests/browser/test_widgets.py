"""Other sites' pages with our widgets in them, on an origin of their own."""

import threading

import pytest
from playwright.sync_api import expect
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from tanky.base.db import db
from tanky.results import figures
from tanky.results.models import MonthlyResult
from tanky.site.models import SiteIdentity
from tanky.text import formats

from .test_pages import broken_rules

NAMES = ("tthc", "truy-cap", "tin-moi")


def served(app):
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()

    def stop():
        server.shutdown()
        thread.join()
        server.server_close()

    return server.server_port, stop


@pytest.fixture(scope="module")
def host():
    """Another site: ``host(body, **headers)`` puts up a page and gives its address."""
    pages = {}

    @Request.application
    def site(request):
        body, headers = pages.get(request.path, ("", {}))  # nothing is asked for but a favicon
        return Response(body, 200 if body else 204, headers, mimetype="text/html")

    port, stop = served(site)

    def put_up(body, head="", **headers):
        address = f"/{len(pages)}"
        page = f'<!doctype html><html lang="vi"><title>Trường</title>{head}<body>{body}</body>'
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        pages[address] = (page, named)
        # Not the portal's host name: another site, not just another port.
        return f"http://localhost:{port}{address}"

    yield put_up
    stop()


@pytest.fixture
def lines(portal):
    """The pasted lines: ``lines("tthc", "truy-cap")``, with the script once, at the end."""

    def lines(*names, address=portal.address, options=""):
        places = "".join(
            f'<div data-tanky="{name}" {options}><a href="{address}/">Xã: {name}</a></div>'
            for name in names
        )
        return f'{places}<script src="{address}/nhung.js?v=1" async></script>'

    return lines


def heights(page, count) -> list[int]:
    """The frames' heights, once all of them have their widget."""
    expect(page.locator("[data-tanky] a")).to_have_count(0)
    frames = page.locator("[data-tanky] iframe")
    expect(frames).to_have_count(count)
    return [frames.nth(n).evaluate("frame => frame.offsetHeight") for n in range(count)]


def content_heights(page) -> list[int]:
    measure = "Math.ceil(document.querySelector('main').getBoundingClientRect().bottom) + 1"
    return [frame.evaluate(measure) for frame in page.frames[1:]]


class TestLoader:
    @pytest.mark.parametrize("width", [320, 800])
    def test_each_widget_takes_its_own_height(self, open_page, host, lines, width):
        page = open_page(host(lines(*NAMES)), width=width, height=1600)
        assert heights(page, 3) == content_heights(page)
        for frame in page.frames[1:]:
            assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.faults == []
        assert page.context.cookies() == []

    def test_it_follows_when_the_page_becomes_narrower(self, open_page, host, lines):
        page = open_page(host(lines("tthc")), width=800)
        [wide] = heights(page, 1)
        page.set_viewport_size({"width": 320, "height": 740})
        frame = page.locator("[data-tanky] iframe")
        expect(frame).not_to_have_css("height", f"{wide}px")
        assert [frame.evaluate("frame => frame.offsetHeight")] == content_heights(page)

    def test_under_a_strict_policy(self, open_page, portal, host, lines):
        policy = (
            f"default-src 'none'; script-src {portal.address}; frame-src {portal.address}; "
            "require-trusted-types-for 'script'; base-uri 'none'; form-action 'none'"
        )
        page = open_page(host(lines(*NAMES), Content_Security_Policy=policy))
        assert all(height > 100 for height in heights(page, 3))
        assert page.faults == []

    def test_where_scripts_are_blocked_the_links_remain(self, open_page, host, lines):
        page = open_page(host(lines(*NAMES)), javascript=False)
        assert page.locator("[data-tanky] a:visible").count() == 3
        page = open_page(host(lines(*NAMES), Content_Security_Policy="script-src 'none'"))
        assert page.locator("[data-tanky] a:visible").count() == 3

    def test_in_a_page_that_is_sandboxed_itself(self, open_page, host, lines):
        page = open_page(host(lines("tthc"), Content_Security_Policy="sandbox allow-scripts"))
        assert heights(page, 1)[0] > 100
        assert page.faults == []

    def test_ten_load_only_as_they_come_near(self, open_page, host, lines):
        spaced = lines(*(NAMES * 4)[:10]).replace("<div", '<p style="height:900px"></p><div')
        page = open_page(host(spaced))
        frames = page.locator("[data-tanky] iframe")
        expect(frames).to_have_count(1)
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        expect(page.locator("[data-tanky]").last.locator("iframe")).to_be_visible()
        assert frames.count() < 10
        for number in range(10):
            page.locator("[data-tanky]").nth(number).scroll_into_view_if_needed()
            expect(frames.nth(number)).to_be_attached()
        assert min(heights(page, 10)) > 100
        assert page.faults == []

    def test_a_line_pasted_twice_shows_each_widget_once(self, open_page, host, lines):
        page = open_page(host(lines("tthc") + lines("truy-cap")))
        assert len(heights(page, 2)) == 2

    def test_the_lines_of_two_portals_stand_side_by_side(self, open_page, portal, host, lines):
        port, stop = served(portal)
        try:
            other = f"http://127.0.0.1:{port}"
            page = open_page(host(lines("tthc") + lines("tthc", address=other)))
            heights(page, 2)
            sources = {frame.url.partition("/nhung/")[0] for frame in page.frames[1:]}
            assert sources == {portal.address, other}
        finally:
            stop()

    def test_options_of_the_line_reach_the_widget(self, open_page, host, lines):
        page = open_page(host(lines("tin-moi", options='data-so-tin="2" data-scheme="dark"')))
        heights(page, 1)
        assert page.frames[1].locator("li").count() == 2
        assert page.frames[1].evaluate("document.documentElement.dataset.scheme") == "dark"

    def test_a_mistyped_name_leaves_the_link(self, open_page, host, lines):
        page = open_page(host(lines("khong-co", "tthc")))
        expect(page.locator("[data-tanky] iframe")).to_have_count(1)
        assert page.locator("[data-tanky=khong-co] a").is_visible()
        assert page.faults == []

    def test_only_its_own_frames_are_listened_to(self, open_page, host, lines):
        shout = "<script>addEventListener('load', () => { postMessage({tanky: 9000}, '*'); "
        shout += "postMessage(null, '*'); postMessage({tanky: {}}, '*'); })</script>"
        stranger = host("<script>parent.postMessage({tanky: 9000}, '*')</script>")
        page = open_page(host(lines("tthc") + shout + f'<iframe src="{stranger}"></iframe>'))
        assert heights(page, 1)[0] < 1000
        assert page.faults == []

    def test_the_widget_tells_no_one_but_who_put_it_there(self, open_page, portal, host):
        listen = "<script>heard = []; onmessage = (e) => heard.push(e.data)</script>"
        frame = f'<iframe src="{portal.address}/nhung/tthc#host=https://khac.vn"></iframe>'
        page = open_page(host(listen + frame))
        page.frames[1].wait_for_load_state("load")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("heard") == []

    def test_an_upright_host_stays_so(self, open_page, host, lines):
        """Its globals, its style and its own messages are its own."""
        before = "<script>names = Object.keys(window)</script>"
        page = open_page(host(before + lines(*NAMES)))
        heights(page, 3)
        added = set(page.evaluate("Object.keys(window)")) - set(page.evaluate("names"))
        assert added == {"0", "1", "2", "names"}  # its frames, and what the test put there


class TestScheme:
    def dress(self, page) -> str:
        heights(page, 1)
        return page.frames[1].evaluate("getComputedStyle(document.documentElement).colorScheme")

    @pytest.mark.parametrize("system", ["light", "dark"])
    def test_it_is_the_host_s_own_and_not_the_phone_s(self, open_page, host, lines, system):
        dark = host(lines("tthc"), head="<style>body{background:#123;color:#eef}</style>")
        assert self.dress(open_page(dark, color_scheme=system)) == "dark"
        light = host(lines("tthc"), head="<style>body{background:#fff;color:#222}</style>")
        assert self.dress(open_page(light, color_scheme=system)) == "light"

    @pytest.mark.parametrize("system", ["light", "dark"])
    def test_a_host_that_follows_the_phone_is_followed(self, open_page, host, lines, system):
        head = '<meta name="color-scheme" content="light dark">'
        assert self.dress(open_page(host(lines("tthc"), head=head), color_scheme=system)) == system

    def test_a_host_that_changes_takes_it_along(self, open_page, host, lines):
        style = "<style>body{color:#222}.dark{background:#123;color:#eef}</style>"
        page = open_page(host(lines("tthc"), head=style))
        assert self.dress(page) == "light"
        page.evaluate("document.body.className = 'dark'")
        expect(page.frame_locator("iframe").locator("html")).to_have_attribute(
            "data-scheme", "dark"
        )

    def test_a_plain_frame_follows_the_phone(self, open_page, portal):
        page = open_page(f"{portal.address}/nhung/tthc", color_scheme="dark")
        scheme = "getComputedStyle(document.documentElement).colorScheme"
        assert page.evaluate(scheme) == "dark"
        page.goto(f"{portal.address}/nhung/truy-cap#scheme=light")
        assert page.evaluate(scheme) == "light"


class TestPlainFrame:
    @pytest.mark.parametrize("sandbox", ["allow-scripts", "allow-scripts allow-same-origin"])
    def test_in_a_sandbox_it_is_whole_and_keeps_current(self, open_page, portal, host, sandbox):
        frame = f'<iframe sandbox="{sandbox}" src="{portal.address}/nhung/tthc" height="420">'
        page = open_page(host(frame))
        inside = page.frame_locator("iframe")
        expect(inside.locator("main")).to_contain_text("Số hồ sơ xử lý")
        assert (
            page.frames[1].evaluate(
                "getComputedStyle(document.querySelector('.tk-widget__rate')).display"
            )
            == "flex"
        )  # its style was let in
        assert (
            page.frames[1].evaluate(
                "fetch(location.pathname, {cache: 'no-cache'}).then(a => a.status)"
            )
            == 200
        )
        assert page.faults == []

    def test_without_scripts_it_is_whole(self, open_page, portal, host):
        page = open_page(host(f'<iframe sandbox src="{portal.address}/nhung/tin-moi"></iframe>'))
        expect(page.frame_locator("iframe").locator("li")).to_have_count(5)

    def test_only_the_sites_of_the_list_may_frame_it(self, open_page, portal, host, lines):
        def allow(*sites):
            with portal.app_context():
                identity = SiteIdentity.current()
                identity.framed_by = list(sites)
                identity.updated_at = formats.now()
                db.session.commit()

        address = host(lines("tthc") + f'<iframe src="{portal.address}/nhung/truy-cap"></iframe>')
        try:
            allow("truong.edu.vn")
            page = open_page(address)
            page.wait_for_load_state("networkidle")
            assert page.locator("[data-tanky] a").is_visible()
            assert "chrome-error" in page.frames[-1].url
            port = address.split(":")[2].split("/")[0]
            allow("truong.edu.vn", f"localhost:{port}")
            page = open_page(address)
            heights(page, 1)
            expect(page.frame_locator("body > iframe").locator("main")).to_be_visible()
        finally:
            allow()


class TestCurrent:
    def turn(self, page, minutes: int):
        """Let time go by in the widget."""
        page.clock.fast_forward(minutes * 60_000)

    def test_a_change_comes_in_by_itself(self, open_page, portal, host, lines):
        address = host(lines("tthc"))
        page = open_page("about:blank")
        page.clock.install()
        page.goto(address)
        heights(page, 1)
        rate = page.frame_locator("iframe").locator("strong").first
        expect(rate).to_have_text("99.8%")
        with portal.app_context():
            row = db.session.scalar(
                db.select(MonthlyResult).where(MonthlyResult.year == figures.latest().year)
            )
            row.settled_late += 50
            figures.mark_changed(formats.now())
            db.session.commit()
        portal.extensions["heartbeat"].beat()
        with page.expect_response("**/nhung/tthc?*"):
            self.turn(page, 7)
        expect(rate).not_to_have_text("99.8%")
        assert page.faults == []

    def test_with_the_portal_stopped_what_is_shown_stays(self, open_page, portal, host, lines):
        port, stop = served(portal)
        address = f"http://127.0.0.1:{port}"
        page = open_page("about:blank")
        page.clock.install()
        page.goto(host(lines("tthc", address=address)))
        before = heights(page, 1)
        inside = page.frame_locator("iframe")
        text = inside.locator("dl").inner_text()
        stop()
        lost = inside.locator(".tk-widget__lost")
        for minutes in (7, 15):
            with page.expect_event("requestfailed"):
                self.turn(page, minutes)
        expect(lost).to_be_visible()
        assert inside.locator("dl").inner_text() == text
        assert heights(page, 1)[0] > before[0]  # the sentence has its room
        # A visitor who comes now finds the link.
        page = open_page("about:blank")
        page.goto(host(lines("tthc", address=address)))
        assert page.locator("[data-tanky] a").is_visible()

    def test_out_of_sight_it_asks_nothing(self, open_page, host, lines):
        page = open_page("about:blank")
        page.clock.install()
        page.goto(host(lines("tthc") + '<p style="height:5000px"></p>'))
        heights(page, 1)
        page.evaluate("scrollTo(0, 5000)")
        frame = page.frames[1]
        # What the browser says of being seen comes with the next frames it draws.
        frame.evaluate("""() => new Promise((done) => {
            new IntersectionObserver(([entry], seen) => {
                if (!entry.isIntersecting) { seen.disconnect(); done(); }
            }).observe(document.querySelector('main'));
        })""")
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        self.turn(page, 60)
        assert asked == []


class TestWeight:
    @pytest.mark.parametrize("name", [*NAMES, "tin-moi?so-tin=10"])
    def test_a_widget_keeps_within_its_budget(self, weigh, portal, name):
        _, loaded = weigh(f"{portal.address}/nhung/{name}")
        [size] = [size for _, url, size in loaded() if "favicon" not in url]
        assert 0 < size <= 6_000

    def test_the_loader_keeps_within_its_budget(self, weigh, host, lines):
        _, loaded = weigh(host(lines()))
        [size] = [size for _, url, size in loaded() if "nhung.js" in url]
        assert 0 < size <= 1_500


class TestLooks:
    def test_no_accessibility_rule_is_broken_in_light_or_dark(self, open_page):
        page = open_page("about:blank", width=320)
        for name in NAMES:
            page.emulate_media(color_scheme="light")
            page.goto(f"/nhung/{name}")
            assert broken_rules(page) == [], name
            page.emulate_media(color_scheme="dark")
            assert broken_rules(page, only="color-contrast") == [], name

    def test_it_fits_from_narrow_to_wide(self, open_page):
        page = open_page("about:blank")
        for name in NAMES:
            page.goto(f"/nhung/{name}")
            for width in (220, 320, 480, 800):
                page.set_viewport_size({"width": width, "height": 740})
                wide = page.evaluate("document.documentElement.scrollWidth")
                assert wide <= width, (name, width)


class TestChoosing:
    def test_a_choice_shows_its_widget_and_its_line_is_copied(self, open_page):
        page = open_page("/nhung/", permissions=["clipboard-read", "clipboard-write"])
        page.locator("form[data-htmx-powered]").wait_for()
        page.check("text=Tin mới")
        page.select_option("#so-tin", "3")
        preview = page.frame_locator(".tk-frame")
        expect(preview.locator("li")).to_have_count(3)
        page.click("#ma + button")
        expect(page.locator("#ma + button")).to_have_text("Đã sao chép")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.startswith('<div data-tanky="tin-moi" data-so-tin="3">')
        assert page.faults == []

    def test_the_copied_line_works_where_it_is_pasted(self, open_page, host):
        page = open_page("/nhung/?loai=truy-cap")
        line = page.locator("#ma").input_value()
        frame = page.locator("#ma-khung").input_value()
        pasted = open_page(host(line + frame))
        heights(pasted, 1)
        expect(pasted.frame_locator("body > iframe").locator("main")).to_contain_text("Hôm nay")

    def test_a_plain_frame_keeps_its_height_beneath_a_theme_s_rule(self, open_page, host):
        page = open_page("/nhung/")
        page.locator("#ma-khung").wait_for()
        copied = page.locator("#ma-khung").input_value()
        page.goto(host(copied, head="<style>iframe { height: auto }</style>"))
        frame = page.locator("iframe")
        assert frame.bounding_box()["height"] == float(frame.get_attribute("height")) > 300
        inside = page.frame_locator("iframe").locator("html")
        assert inside.evaluate("html => html.scrollHeight <= innerHeight")

    def test_nothing_jumps_when_the_widget_comes(self, open_page, host):
        page = open_page("/nhung/")
        line = page.locator("#ma").input_value()
        pasted = open_page(host(f"<h1>Trường</h1>{line}{'<p>Tin của trường.</p>' * 30}"))
        heights(pasted, 1)
        shift = pasted.evaluate("""() => new Promise((done) => {
            new PerformanceObserver((list) => done(
                list.getEntries().reduce((sum, entry) => sum + entry.value, 0)
            )).observe({ type: 'layout-shift', buffered: true });
            requestAnimationFrame(() => setTimeout(() => done(0)));
        })""")
        assert shift < 0.05

    def test_it_works_without_javascript(self, open_page):
        page = open_page("/nhung/", javascript=False)
        page.check("text=Tin mới")
        page.select_option("#so-tin", "2")
        page.click("text=Xem thử >> nth=0")
        assert 'data-so-tin="2"' in page.locator("#ma").input_value()
        assert page.locator("[data-copy]:visible").count() == 0
