"""Who is a person: what of a request's headers says that nobody looks at its answer."""

import json
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

# Why a page view is not counted → what the desk calls it.
TOOL, AHEAD, NO_NAVIGATION, CROWDED = "tool", "ahead", "no-navigation", "crowded"
EDITOR = "editor"  # signed in; nobody's figure
REASONS = {
    TOOL: "Máy tìm kiếm và công cụ",
    AHEAD: "Tải trước, chưa ai xem",
    NO_NAVIGATION: "Xưng là trình duyệt nhưng không phải",
    CROWDED: "Quá nhiều người mới từ một đường truyền",
}
PURPOSES = {"HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ"}
# Every browser's name begins so; phones with keys name their profile.
_BROWSER = re.compile(r"(?:Mozilla|Opera|UCWEB)/\d|.*\bProfile/MIDP", re.S)
# Beside the kept list: previewers of messengers and what calls itself a bot. CUBOT makes phones.
_TOOLS = re.compile(
    r"(?<!cu)bot\b|zalo(?:bot|crawler|preview)|viber|skypeuripreview|whatsapp/|crawler|spider|"
    r"preview(?!/\d+ mobile)|headless|powershell|winhttp|^mozilla/[45]\.0$",
    re.I,
)
# The first version that says with each page that it navigates (Fetch Metadata, over HTTPS).
_SAYS_NAVIGATE = (
    (re.compile(r"\bFirefox/(\d+)"), 90),
    (re.compile(r"\b(?:Chrome|Chromium|CriOS)/(\d+)"), 80),
    (re.compile(r"\bVersion/(\d+)\.[\d.]+.* Safari/"), 17),
)


@lru_cache(maxsize=2048)
def is_tool(user_agent: str) -> bool:
    """Whether a User-Agent is a crawler's or a tool's: by the kept list of crawler-user-agents, by
    our own, or because it has not the form of a browser's (``-``, ``Java/1.8``, none at all).
    """
    return not _BROWSER.match(user_agent) or bool(
        _TOOLS.search(user_agent) or any(part.search(user_agent) for part in _listed())
    )


@cache
def _listed() -> list[re.Pattern[str]]:
    """The patterns of crawler-user-agents, 25 in one: a third of the time that all in one take.

    Read from the package's file: the package itself would keep the whole list with its examples,
    1.4 MB of each worker.
    """
    package = find_spec("crawleruseragents")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("crawleruseragents")
    file = Path(package.origin).with_name("crawler-user-agents.json")
    patterns = [entry["pattern"] for entry in json.loads(file.read_bytes())]
    return [re.compile("|".join(patterns[at : at + 25])) for at in range(0, len(patterns), 25)]


def is_prefetch(environ: Mapping[str, str]) -> bool:
    """Whether a request (its WSGI environment) says that nobody looks at its answer yet."""
    if PURPOSES.isdisjoint(environ):
        return False
    purpose = " ".join(str(environ.get(name, "")) for name in PURPOSES).lower()
    return "prefetch" in purpose or "prerender" in purpose or "preview" in purpose


@lru_cache(maxsize=2048)
def _says_navigate(user_agent: str) -> bool:
    """Whether the browser that this claims to be sends Sec-Fetch-Mode with each page."""
    for pattern, first in _SAYS_NAVIGATE:
        if found := pattern.search(user_agent):
            # Chrome on an iPhone is Safari beneath, which came to it later.
            return int(found.group(1)) >= first and "CriOS" not in user_agent
    return False


def left_out(environ: Mapping[str, str], is_page: bool) -> str:
    """Why a request's sender is not counted, a key of :data:`REASONS`; "" for a person.

    :param is_page: whether a page is asked for, and not a poll of one.
    """
    agent = environ.get("HTTP_USER_AGENT", "")
    if is_tool(agent):
        return TOOL
    if is_prefetch(environ):
        return AHEAD
    if (
        is_page
        and environ.get("wsgi.url_scheme") == "https"
        and _says_navigate(agent)
        and environ.get("HTTP_SEC_FETCH_MODE") != "navigate"
    ):
        return NO_NAVIGATION
    return ""
