"""The identity at hand: one look-up a request, and a time zone known without any."""

from zoneinfo import ZoneInfo

from flask import Flask, current_app, g

from .models import SiteIdentity


def init_app(app: Flask) -> None:
    # Kept by the heartbeat for the polls, which must not ask the database.
    app.extensions["heartbeat"].add(lambda: _remember(SiteIdentity.current()))


def current() -> SiteIdentity:
    if "site_identity" not in g:
        g.site_identity = SiteIdentity.current()
        _remember(g.site_identity)
    return g.site_identity


def zone() -> ZoneInfo:
    """The site's time zone, at most a heartbeat old."""
    return current_app.extensions.get("site_zone") or current().zone


def _remember(identity: SiteIdentity) -> None:
    current_app.extensions["site_zone"] = identity.zone
