"""What a page weighs and when it is seen, on a phone with little bandwidth: the real pages in
Chromium with nothing kept, 400 kbit/s and 400 ms to and fro, a processor four times slower. Beside
each: its budget, the same page as files that nginx serves, and that with its styles as a file of
their own instead of within it."""

import os
import re
import statistics
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, sync_playwright
from servers import AGENT, ROOT, environment_of, fetch, has_nginx, serve, serve_files, set_up, stop

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
RUNS = 3
LATENCY = 400  # ms
BANDWIDTH = 400_000 / 8  # bytes per second
SLOWER = 4
# PRODUCT.md, section 4.
FIRST_PAINT, WHOLE, REQUESTS, PHOTOS = 14_000, 36_000, 6, 60_000
WHAT_WAS_SEEN = """() => new Promise((tell) => {
  let shift = 0, largest = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((e) => {
    if (!e.hadRecentInput) shift += e.value;
  })).observe({ type: "layout-shift", buffered: true });
  new PerformanceObserver((list) => list.getEntries().forEach((e) => { largest = e.startTime; }))
    .observe({ type: "largest-contentful-paint", buffered: true });
  setTimeout(() => tell({
    first: performance.getEntriesByName("first-contentful-paint")[0].startTime,
    largest, shift, loaded: performance.getEntriesByType("navigation")[0].loadEventStart,
  }), 200);
})"""


class Visit:
    """A page opened cold: bytes on the wire by kind, and moments in ms."""

    def __init__(self, browser: Browser, address: str, photos: bool):
        context = browser.new_context(
            viewport={"width": 360, "height": 740}, device_scale_factor=2, user_agent=AGENT,
            service_workers="block",
        )  # fmt: skip
        page = context.new_page()
        session = context.new_cdp_session(page)
        kinds, self.parts = {}, []
        session.send("Network.enable")
        session.on(
            "Network.responseReceived",
            lambda e: kinds.update({e["requestId"]: (e["type"], e["response"]["url"])}),
        )
        session.on(
            "Network.loadingFinished",
            lambda e: self.parts.append((*kinds[e["requestId"]], e["encodedDataLength"])),
        )
        if not photos:
            session.send("Network.setBlockedURLs", {"urls": ["*/anh/*"]})
        session.send(
            "Network.emulateNetworkConditions",
            {"offline": False, "latency": LATENCY, "downloadThroughput": BANDWIDTH,
             "uploadThroughput": BANDWIDTH},
        )  # fmt: skip
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        page.goto(address)
        page.wait_for_load_state("networkidle")
        self.seen = page.evaluate(WHAT_WAS_SEEN)
        context.close()

    def bytes_of(self, *kinds: str) -> int:
        return sum(size for kind, _, size in self.parts if kind in kinds)


def medians(browser: Browser, address: str) -> tuple[float, float]:
    """When it is first seen and when it is whole, photos apart; ms."""
    visits = [Visit(browser, address, photos=False) for _ in range(RUNS)]
    return tuple(statistics.median(v.seen[what] for v in visits) for what in ("first", "loaded"))


def as_files(port: int, address: str) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """A page with all that it loads, by path; and the same with its styles as a file."""
    page = fetch(port, address).decode()
    files = {}
    for path in re.findall(r'(?:data-script|href)="(/(?:static|favicon|manifest)[^"]*)"', page):
        files[urlsplit(path).path.lstrip("/")] = fetch(port, path)
    style = re.search("<style>(.*?)</style>", page, re.S)
    linked = page.replace(style.group(), '<link rel="stylesheet" href="/style.css">')
    whole = files | {"index.html": page.encode()}
    return whole, files | {"index.html": linked.encode(), "style.css": style.group(1).encode()}


def beside(mark: float, limit: float) -> str:
    return f"{mark:7,.0f} of {limit:6,.0f}{'' if mark <= limit else '  OVER'}"


def measure(browser: Browser, port: int, name: str, address: str, nginx: bool) -> None:
    ours = f"http://127.0.0.1:{port}{address}"
    visit = Visit(browser, ours, photos=True)
    photos = [part for part in visit.parts if "/anh/" in part[1]]
    rest = [part for part in visit.parts if "/anh/" not in part[1]]
    print(f"\n{name}  {address}")
    print(
        f"  HTML and critical CSS  {beside(visit.bytes_of('Document', 'Stylesheet'), FIRST_PAINT)}"
    )
    print(
        f"  all but photos         {beside(sum(part[2] for part in rest), WHOLE)}"
        f"   script {visit.bytes_of('Script'):,}, other {visit.bytes_of('Other', 'Manifest'):,}"
    )
    print(f"  requests               {beside(len(rest), REQUESTS)}   and {len(photos)} photos")
    print(f"  photos loaded          {beside(sum(part[2] for part in photos), PHOTOS)}")
    print(
        f"  layout shift           {visit.seen['shift']:7.3f}"
        f"   largest paint, with photos {visit.seen['largest']:6,.0f} ms"
    )
    paint, loaded = medians(browser, ours)
    print(f"  first paint {paint:6,.0f} ms, loaded {loaded:6,.0f} ms, photos apart")
    if not nginx:
        return
    for label, files in zip(
        ("the same as files of nginx", "with its styles as a file"), as_files(port, address),
        strict=True,
    ):  # fmt: skip
        with tempfile.TemporaryDirectory() as folder:
            Path(folder).chmod(0o755)
            process, static = serve_files(files, Path(folder))
            try:
                first, whole = medians(browser, f"http://127.0.0.1:{static}/")
            finally:
                stop(process)
        print(f"  {label}: first paint {first:6,.0f} ms (ours {paint / first:.2f} of it), "
              f"loaded {whole:6,.0f} ms ({loaded / whole:.2f})")  # fmt: skip


def main() -> None:
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        environment = environment_of(Path(name))
        set_up(environment)
        process, port = serve("wsgi:app", ROOT, environment)
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-background-networking", "--disable-component-update",
                  "--disable-quic"],
        )  # fmt: skip
        try:
            article = re.search(r'href="(/tin-tuc/\d+-[^"]*)"', fetch(port).decode())[1]
            nginx = has_nginx()
            for page, address in (
                ("home", "/"), ("news", "/tin-tuc/"), ("article", article),
                ("procedures", "/thu-tuc/"), ("procedure", "/thu-tuc/1.001193"),
                ("results", "/thu-tuc/ket-qua"), ("search", "/tim-kiem?q=khai+sinh"),
            ):  # fmt: skip
                measure(browser, port, page, address, nginx)
            worker = re.search(r'data-worker="([^"]+)"', fetch(port).decode())[1]
            later = {path: len(fetch(port, path)) for path in (worker, "/ngoai-tuyen")}
            print(f"\nin the background afterwards, before compression: {later}")
        finally:
            browser.close()
            stop(process)


if __name__ == "__main__":
    main()
