"""Tanky: the portal of a commune. ``create_app`` reads as its table of contents."""

from functools import partial

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from . import cli, desk
from . import config as settings
from .accounts import throttling
from .accounts.views import bp as accounts_bp
from .albums import desk as album_desk
from .albums import public as album_public
from .albums import views as album_views
from .api import views as api_views
from .base import logs
from .base.db import db
from .base.extensions import IdConverter, compress, csrf, login
from .bulletins import desk as bulletin_desk
from .bulletins import public as bulletin_public
from .bulletins import views as bulletin_views
from .counters import views as counter_views
from .desk import files
from .disclosures import desk as disclosure_desk
from .disclosures import public as disclosure_public
from .disclosures import views as disclosure_views
from .display import preferences
from .display import views as display_views
from .documents import desk as document_desk
from .documents import public as document_public
from .documents import views as document_views
from .duties import desk as duty_desk
from .embed.views import bp as embed_bp
from .events import desk as event_desk
from .events import public as event_public
from .events import views as event_views
from .feeds.views import bp as feeds_bp
from .front.arguments import Arguments
from .front.heart import Heartbeat
from .front.page_cache import PageCache
from .front.polls import Polls
from .front.static_copy import StaticCopy
from .home.views import bp as home_bp
from .life_events import desk as life_event_desk
from .life_events import public as life_event_public
from .life_events import views as life_event_views
from .media import views as media_views
from .media.rich_text import on_tap
from .news import desk as news_desk
from .news import public as news_public
from .news import search as news_search
from .news import views as news_views
from .notices import desk as notice_desk
from .notices import public as notice_public
from .notices import views as notice_views
from .offline import views as offline_views
from .organisation import desk as organisation_desk
from .organisation import public as organisation_public
from .organisation import views as organisation_views
from .pages import desk as page_desk
from .pages import public as page_public
from .pages import views as page_views
from .procedures import desk as procedure_desk
from .procedures import public as procedure_public
from .procedures import views as procedure_views
from .records import change_notes, finder, public, vain
from .results import desk as result_desk
from .results import public as result_public
from .results import views as result_views
from .sharing import views as sharing_views
from .signposts import desk as signpost_desk
from .signposts import public as signpost_public
from .signposts import views as signpost_views
from .site import identity, redirects, structured
from .site import public as site_public
from .site.models import MenuItem
from .upkeep import outages, watch
from .web import assets, bodies, errors, finish, headers, templating


def create_app(instance_path=None, config=None) -> Flask:
    """A portal: the site whose data lie in one instance folder.

    Any number of portals live in one process; nothing at module level belongs to a site.

    :param instance_path: the site's folder; by default ``TANKY_INSTANCE``, else ``./instance``.
    :param config: settings by lower-case name (see :mod:`tanky.config`), Flask's by upper-case.
    :raises ConfigError: an unknown setting or a bad value.
    """
    folder = settings.instance_folder(instance_path)
    app = Flask(__name__, instance_path=folder, static_folder=None)
    settings.configure(app, config)
    app.url_map.converters["id"] = IdConverter

    compress.init_app(app)
    headers.init_app(app)
    db.init_app(app)
    bodies.init_app(app)
    csrf.init_app(app)
    # Without its template variable, which would read the session for every public page.
    login.init_app(app, add_context_processor=False)
    throttling.init_app(app)

    Heartbeat(app)
    identity.init_app(app)
    assets.init_app(app)
    templating.init_app(app, identity.current, MenuItem.in_order)
    news_views.init_app(app)
    result_views.init_app(app)
    notice_views.init_app(app)
    organisation_views.init_app(app)
    life_event_views.init_app(app, news_search.newest_about)
    count = counter_views.init_app(
        app,
        zone=partial(identity.zone, app),
        polls={"results.tthc", "notices.banner"},
        uncounted={"accounts", "desk", "news.preview"},
        by_page={"news.article": "id"},
    )
    media_views.init_app(app, files.may_see)
    display_views.init_app(app, on_tap)
    slot = counter_views.SLOT.encode()
    finish.init_app(app, slot, count)
    offline_views.init_app(app)
    structured.init_app(app)
    redirects.init_app(app)
    sharing_views.init_app(app)
    api_views.init_app(app)

    finder.init_app(app)
    vain.init_app(app, app.extensions["heartbeat"])
    change_notes.init_app(app)
    watch.init_app(app)
    outages.init_app(app)
    public.init_app(
        app,
        (
            site_public.SITE,
            news_public.ARTICLES,
            procedure_public.PROCEDURES,
            signpost_public.SIGNPOSTS,
            life_event_public.LIFE_EVENTS,
            notice_public.NOTICES,
            event_public.EVENTS,
            disclosure_public.DISCLOSURES,
            document_public.DOCUMENTS,
            bulletin_public.BULLETINS,
            album_public.ALBUMS,
            page_public.PAGES,
            organisation_public.OFFICIALS,
            organisation_public.UNITS,
            organisation_public.CENTRE,
            result_public.RESULTS,
        ),
    )
    desk.init_app(
        app,
        (
            news_desk.ARTICLES,
            files.SECTION,
            news_desk.CATEGORIES,
            notice_desk.SECTION,
            event_desk.SECTION,
            bulletin_desk.SECTION,
            album_desk.SECTION,
            page_desk.SECTION,
            organisation_desk.SECTION,
            organisation_desk.UNITS,
            procedure_desk.SECTION,
            signpost_desk.SECTION,
            life_event_desk.SECTION,
            disclosure_desk.SECTION,
            document_desk.SECTION,
            result_desk.SECTION,
            duty_desk.SECTION,
        ),
    )

    app.wsgi_app = PageCache(
        app,
        slot,
        partial(counter_views.fill, app),
        public.next_change,
        variant=preferences.of,
        tell=StaticCopy(app, slot, public.gone, preferences.of).note,
    )
    app.wsgi_app = Arguments(app)
    app.wsgi_app = Polls(
        app,
        {
            "/partials/counters": partial(counter_views.current_tag, app),
            "/partials/alerts": partial(app.extensions["heartbeat"].at_hand, "alerts"),
            "/partials/tthc": partial(app.extensions["heartbeat"].at_hand, "results"),
        },
        partial(counter_views.keep_online_in_front, app),
        ("/partials/view", partial(counter_views.answer_in_front, app)),
    )
    proxies = app.config["TANKY"]["trusted_proxies"]
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)

    for blueprint in (
        home_bp,
        news_views.bp,
        notice_views.bp,
        event_views.bp,
        bulletin_views.bp,
        album_views.bp,
        page_views.bp,
        organisation_views.bp,
        signpost_views.bp,
        procedure_views.bp,
        life_event_views.bp,
        disclosure_views.bp,
        document_views.bp,
        result_views.bp,
        counter_views.bp,
        media_views.bp,
        display_views.bp,
        offline_views.bp,
        sharing_views.bp,
        feeds_bp,
        api_views.bp,
        embed_bp,
        accounts_bp,
        assets.bp,
    ):
        app.register_blueprint(blueprint)
    errors.init_app(app)
    logs.init_app(app, app.config["TANKY"]["log_format"] == "json")
    cli.init_app(app)
    return app
