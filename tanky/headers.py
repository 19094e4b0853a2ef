"""Response headers: what browsers may do with a page, and how long anyone may keep it."""

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface

# No inline script or style anywhere, so no nonce is needed and pages stay cacheable.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; "
)
NOT_FRAMED = "'none'; frame-src 'self'"
SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Only these may be shown within another site's page.
FRAMED = {"embed.tthc", "embed.counters", "embed.news"}
# And these within a page of ours: how an article will look on a phone.
FRAMED_BY_US = {"editors.preview_article"}
# Read by other sites' scripts and pages.
OUTWARD_BLUEPRINTS = {"embed", "api", "feeds"}


class SessionCookie(SecureCookieSessionInterface):
    """Secure wherever the page came over TLS, also when ``public_url`` is not set."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return super().get_cookie_secure(app) or request.is_secure


def init_app(app: Flask) -> None:
    app.session_interface = SessionCookie()
    https = app.config["TANKY"]["public_url"].startswith("https://")

    @app.after_request
    def secure(response: Response) -> Response:
        # A 304 renews what the client has; it repeats no header (RFC 9110, section 15.4.5), and
        # a poll's budget has no room for them.
        if response.status_code == 304:
            return response
        for name, value in SECURITY.items():
            response.headers.setdefault(name, value)
        framed = request.endpoint in FRAMED and response.status_code == 200
        ours = request.endpoint in FRAMED_BY_US
        ancestors = "*" if framed else "'self'; frame-src 'self'" if ours else NOT_FRAMED
        response.headers.setdefault(
            "Content-Security-Policy", f"{POLICY}frame-ancestors {ancestors}"
        )
        if not framed:
            response.headers.setdefault("X-Frame-Options", "SAMEORIGIN" if ours else "DENY")
        response.headers.setdefault(
            "Cross-Origin-Resource-Policy",
            "cross-origin" if request.blueprint in OUTWARD_BLUEPRINTS else "same-origin",
        )
        if https:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response

    @app.after_request
    def revalidate(response: Response) -> Response:
        """Anyone may keep a public answer, and asks at each use whether it still holds."""
        if request.method not in ("GET", "HEAD") or response.status_code != 200:
            return response
        if "Cache-Control" not in response.headers:
            if app.config["SESSION_COOKIE_NAME"] in request.cookies:
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
