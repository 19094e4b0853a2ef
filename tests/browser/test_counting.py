"""A crowd of real browsers behind one address, all of the same make."""

import pytest

CROWD = 8


@pytest.fixture
def figures(portal):
    """What is counted, after the heart has beaten."""

    def look():
        portal.extensions["heartbeat"].beat()
        return portal.extensions["tally"].figures()

    return look


@pytest.fixture
def heard(open_page):
    """Open a page as a browser of its own, or in one that is open; until it was heard."""

    def visit(address, page=None):
        page = page or open_page("about:blank")
        with page.expect_response("**/partials/view"):
            page.goto(address)
        return page

    return visit


def test_each_phone_of_a_crowd_is_one_and_its_second_page_no_visit(portal, heard, figures):
    before = figures()
    phones = [heard("/") for _ in range(CROWD)]
    after = figures()
    assert after.total - before.total == CROWD
    assert after.online - before.online == CROWD
    for phone in phones:
        heard("/tin-tuc/", phone)
        heard("/thu-tuc/", phone)
    assert figures().total - before.total == CROWD


def test_a_page_that_is_not_looked_at_is_not_heard(open_page, portal, figures):
    page = open_page("about:blank")
    page.add_init_script("Object.defineProperty(document, 'hidden', {get: () => !window.seen})")
    asked = []
    page.on("request", lambda request: asked.append(request.url.endswith("/partials/view")))
    page.goto("/")
    page.wait_for_load_state("networkidle")
    assert not any(asked)
    with page.expect_request("**/partials/view"):
        page.evaluate(
            "() => { seen = true; document.dispatchEvent(new Event('visibilitychange')); }"
        )


@pytest.mark.parametrize("address", ["/", "/tin-tuc/", "/tim-kiem?q=" + "dai" * 40])
def test_a_word_of_a_hundred_letters_widens_nothing(portal, open_page, address):
    from tanky.base.db import db
    from tanky.news.models import Article

    with portal.app_context():
        for article in db.session.scalars(Article.published()):
            article.title = "a" * 100 + article.title[:20]
        db.session.commit()
    page = open_page(address, width=320)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
