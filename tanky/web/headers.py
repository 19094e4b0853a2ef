"""Response headers: what browsers may do with a page, and how long anyone may keep it."""

from flask import Flask, Response, current_app, request
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadSignature

from .page import Page

# What a page is shown under, which styles, scripts and pictures have no use for: they are loaded
# into pages with headers of their own, and other sites load some of them by the byte.
OF_DOCUMENTS = {
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
LOADED_INTO_PAGES = {"text/css", "text/javascript"}


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


def init_app(app: Flask) -> None:
    app.session_interface = SessionCookie()


def secure(response: Response, page: Page) -> None:
    """What browsers may do with the answer."""
    # A 304 renews what the client has; it repeats no header (RFC 9110, section 15.4.5), and
    # a poll's budget has no room for them.
    if response.status_code == 304:
        return
    told = response.headers
    told.setdefault("X-Content-Type-Options", "nosniff")
    if response.mimetype in LOADED_INTO_PAGES:
        told.setdefault("Content-Security-Policy", "default-src 'none'")
    else:
        for name, value in OF_DOCUMENTS.items():
            told.setdefault(name, value)
        told.setdefault("Content-Security-Policy", _policy(page))
        if page.framed_by is None:
            framing = "SAMEORIGIN" if page.is_framed_by_us else "DENY"
            told.setdefault("X-Frame-Options", framing)
    readers = "cross-origin" if page.is_for_other_sites else "same-origin"
    told.setdefault("Cross-Origin-Resource-Policy", readers)
    settings = current_app.config["TANKY"]
    if settings["public_url"].startswith("https://"):
        beneath = "; includeSubDomains" if settings["hsts_subdomains"] else ""
        told.setdefault("Strict-Transport-Security", f"max-age=31536000{beneath}")


def say_how_long(response: Response) -> None:
    """Anyone may keep a public answer, and asks at each use whether it still holds."""
    if (
        request.method not in ("GET", "HEAD")
        or response.status_code != 200
        or "Cache-Control" in response.headers
    ):
        return
    has_cookie = current_app.config["SESSION_COOKIE_NAME"] in request.cookies
    if has_cookie or "Cookie" in response.vary:
        response.cache_control.private = True
    else:
        response.cache_control.public = True
    response.cache_control.max_age = 0
    response.cache_control.must_revalidate = True


def _policy(page: Page) -> str:
    """What stands within the page is let in by its hash; a nonce would make the page another one
    for everyone. A page for other sites loads no file of ours and sends no form.
    """
    own, form = ("'self'", "'self'") if page.framed_by is None else ("", "'none'")
    scripts, styles = (
        " ".join(filter(None, [own, *inlined])) or "'none'"
        for inlined in (page.scripts, page.styles)
    )
    media = "media-src 'self'; " if page.plays else ""
    return (
        f"default-src 'none'; script-src {scripts}; style-src {styles}; img-src 'self'; "
        f"{media}connect-src 'self'; manifest-src 'self'; form-action {form}; base-uri 'none'; "
        f"require-trusted-types-for 'script'; trusted-types default; {_framing(page)}"
    )


def _framing(page: Page) -> str:
    if page.framed_by is None:
        framed_by = "'self'" if page.is_framed_by_us else "'none'"
        return f"frame-ancestors {framed_by}; frame-src 'self'"
    # No directive at all where any may: "*" would still refuse a page opened from a file and one
    # that is itself sandboxed.
    sources = page.framed_by()
    return f"frame-ancestors 'self' {' '.join(sources)}" if sources else ""
