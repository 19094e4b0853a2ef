"""A real server thread and the system's Chromium."""

import shutil
import threading

import pytest
from playwright.sync_api import expect, sync_playwright
from werkzeug.serving import make_server

from tanky import create_app
from tanky.accounts.models import Role
from tanky.base.db import db

from .. import factories
from ..conftest import CHROMIUM, PHONE

# Long enough for a machine that runs two suites at once; a test that passes does not wait for it.
expect.set_options(timeout=20_000)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
]


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def portal(tmp_path_factory, sample_site):
    """A portal with the samples, served; its heart is beaten by hand."""
    folder = tmp_path_factory.mktemp("portal")
    shutil.copytree(sample_site, folder, dirs_exist_ok=True)
    # Each test signs in anew, all from one address.
    app = create_app(folder, {"TESTING": True, "sign_in_limit": "500 per 15 minutes"})
    with app.app_context():
        factories.person("sep", Role.CHIEF)
        db.session.remove()
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    app.address = f"http://127.0.0.1:{server.server_port}"
    yield app
    server.shutdown()
    thread.join()
    server.server_close()
    with app.app_context():
        db.engine.dispose()
    app.extensions["tally"].store.close()


@pytest.fixture
def open_page(browser, portal):
    """Open an address as a resident: ``open_page("/", width=360, javascript=False)``."""
    contexts = []

    def open_it(address, width=360, height=740, javascript=True, **options):
        context = browser.new_context(
            viewport={"width": width, "height": height},
            java_script_enabled=javascript,
            user_agent=PHONE,
            **{"base_url": portal.address, "service_workers": "block"} | options,
        )
        contexts.append(context)
        page = context.new_page()
        page.faults = []
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        page.on(
            "console",
            lambda message: page.faults.append(message.text) if message.type == "error" else None,
        )
        page.goto(address)
        return page

    yield open_it
    for context in contexts:
        context.close()


@pytest.fixture
def weigh(open_page):
    """Open an address cold: the page, and a function that gives what was loaded by then as
    (kind, address, bytes on the wire)."""

    def load(address):
        page = open_page("about:blank")
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        sizes, kinds = {}, {}
        session.on(
            "Network.responseReceived",
            lambda e: kinds.update({e["requestId"]: (e["type"], e["response"]["url"])}),
        )
        session.on(
            "Network.loadingFinished",
            lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]}),
        )
        page.goto(address)
        page.wait_for_load_state("networkidle")

        def loaded():
            # What a browser draws of its own, such as the buttons of a player, is no request.
            asked = [key for key in sizes if key in kinds and not kinds[key][1].startswith("data:")]
            return [(*kinds[key], sizes[key]) for key in asked]

        return page, loaded

    return load
