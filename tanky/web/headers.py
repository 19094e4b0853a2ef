"""Response headers: what browsers may do with a page, and how long anyone may keep it."""

from collections.abc import Callable

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature

from .assets import inlined_sources


def _policy(own: str, form: str) -> str:
    """:param own: whether the page may load files of ours: ``'self'`` or nothing. What stands
    within it is let in by its hash; a nonce would make the page another one for everyone.
    """
    scripts, styles = (
        " ".join(filter(None, [own, *inlined_sources(scripts)])) or "'none'"
        for scripts in (True, False)
    )
    return (
        f"default-src 'none'; script-src {scripts}; style-src {styles}; img-src 'self'; "
        f"connect-src 'self'; manifest-src 'self'; form-action {form}; base-uri 'none'; "
    )


NOT_FRAMED = "frame-ancestors 'none'; frame-src 'self'"
# What a page is shown under, which styles, scripts and pictures have no use for: they are loaded
# into pages with headers of their own, and other sites load some of them by the byte.
OF_DOCUMENTS = {
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
LOADED_INTO_PAGES = {"text/css", "text/javascript"}
# Only these may be shown within another site's page.
FRAMED = {"embed.tthc", "embed.counters", "embed.news"}
# And these within a page of ours: how an article will look on a phone.
FRAMED_BY_US = {"desk.news.as_seen"}
# Read by other sites' scripts and pages.
OUTWARD_BLUEPRINTS = {"embed", "api", "feeds"}


class SessionCookie(SecureCookieSessionInterface):
    """Secure wherever the page came over TLS, also when ``public_url`` is not set."""

    def open_session(self, app: Flask, request):
        """What the cookie holds. Its own age is not asked: a clock that was set back would sign
        everyone out, and when a sign-in ends is for its row to say (accounts.models.load).
        """
        kept = request.cookies.get(self.get_cookie_name(app))
        if kept:
            try:
                return self.session_class(self.get_signing_serializer(app).loads(kept))
            except BadSignature:
                pass
        return self.session_class()

    def get_cookie_secure(self, app: Flask) -> bool:
        return super().get_cookie_secure(app) or request.is_secure


def init_app(app: Flask, framed_by: Callable[[], list[str]]) -> None:
    """:param framed_by: the sites that may frame widgets, as CSP sources; empty: any."""
    app.session_interface = SessionCookie()
    https = app.config["TANKY"]["public_url"].startswith("https://")
    insist = "max-age=31536000"
    if app.config["TANKY"]["hsts_subdomains"]:
        insist += "; includeSubDomains"

    @app.after_request
    def secure(response: Response) -> Response:
        # A 304 renews what the client has; it repeats no header (RFC 9110, section 15.4.5), and
        # a poll's budget has no room for them.
        if response.status_code == 304:
            return response
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        if response.mimetype not in LOADED_INTO_PAGES:
            for name, value in OF_DOCUMENTS.items():
                response.headers.setdefault(name, value)
            policy = _policy("'self'", "'self'")
            if request.endpoint in FRAMED:
                policy = _policy("", "'none'")
                # No directive at all where any may: "*" would still refuse a page opened from a
                # file and one that is itself sandboxed.
                sources = framed_by()
                framing = f"frame-ancestors 'self' {' '.join(sources)}" if sources else ""
            elif request.endpoint in FRAMED_BY_US:
                framing = "frame-ancestors 'self'; frame-src 'self'"
                response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
            else:
                framing = NOT_FRAMED
                response.headers.setdefault("X-Frame-Options", "DENY")
            response.headers.setdefault("Content-Security-Policy", policy + framing)
        else:
            response.headers.setdefault("Content-Security-Policy", "default-src 'none'")
        response.headers.setdefault(
            "Cross-Origin-Resource-Policy",
            "cross-origin" if request.blueprint in OUTWARD_BLUEPRINTS else "same-origin",
        )
        if https:
            response.headers.setdefault("Strict-Transport-Security", insist)
        return response

    @app.after_request
    def revalidate(response: Response) -> Response:
        """Anyone may keep a public answer, and asks at each use whether it still holds."""
        if request.method not in ("GET", "HEAD") or response.status_code != 200:
            return response
        if "Cache-Control" not in response.headers:
            if app.config["SESSION_COOKIE_NAME"] in request.cookies or "Cookie" in response.vary:
                response.cache_control.private = True
            else:
                response.cache_control.public = True
            response.cache_control.max_age = 0
            response.cache_control.must_revalidate = True
        if not response.is_streamed and not response.cache_control.no_store:
            if not response.get_etag()[0]:
                response.add_etag()
            response.make_conditional(request)
        return response
