"""Searches a second for words never asked before, over 16 connections and 2,000 procedures: with
200 articles and with 100,000, on SQLite and on PostgreSQL. Beside each, the ratio of the median
time to that with 200 articles in the same run.

The baseline is the bare Flask view of ``server.py`` at the same load."""

import http.client
import itertools
import random
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import quote

from scale import SYLLABLES, fill
from server import BARE
from servers import AGENT, ROOT, environment_of, memory, scratch_database, serve, set_up, stop

from tanky import create_app

SIZES = (200, 100_000)
CONNECTIONS = 16
SECONDS = 8
# As people type: titles' words, slips, no accents, raw keys; each with a word of its own.
KINDS = ("{} {} {}", "{} {} ở đâu", "giấy {} {}", "{}", "lam giay {} {}", "giaays {} {}")


def searches(seed: int):
    chance = random.Random(seed)
    syllables = SYLLABLES.split()
    for number in itertools.count():
        words = chance.choice(KINDS).format(*chance.choices(syllables, k=3))
        page = "/tim-kiem" if chance.random() < 0.5 else "/thu-tuc/"
        yield f"{page}?q=" + quote(f"{words} {chance.choice(syllables)}{number % 97}{seed}")


def ask(port: int, addresses, until: float, times: list[float]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for address in addresses:
        begun = time.perf_counter()
        if begun > until:
            return
        connection.request("GET", address, headers={"User-Agent": AGENT})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{address} answered {answer.status}")
        times.append((time.perf_counter() - begun) * 1000)


def load(port: int, of) -> tuple[float, float, float]:
    """Requests a second, median and 99th percentile in ms."""
    # Each connection goes to either worker: both have their index by then.
    for warm in range(12):
        ask(port, itertools.islice(of(900 + warm), 4), time.perf_counter() + 5, [])
    times: list[float] = []
    begun = time.perf_counter()
    asking = [
        threading.Thread(target=ask, args=(port, of(seed), begun + SECONDS, times))
        for seed in range(CONNECTIONS)
    ]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    taken = time.perf_counter() - begun
    return len(times) / taken, statistics.median(times), sorted(times)[int(len(times) * 0.99)]


def measure(size: int, url: str, first: dict) -> None:
    with tempfile.TemporaryDirectory() as name:
        environment = environment_of(Path(name), TANKY_DATABASE_URL=url)
        set_up(environment)
        fill(create_app(Path(name) / "instance", {"TESTING": True, "database_url": url}), size)
        process, port = serve("wsgi:app", ROOT, environment)
        try:
            rate, half, most = load(port, searches)
            known = first.setdefault("median", half)
            figures = f"{rate:6.0f}/s  median {half:6.1f} ms  p99 {most:6.1f} ms"
            of_the_first = f"{half / known:.2f}  worker {memory(process):.1f} MB"
            print(f"  {size:>7,} articles  {figures}  {of_the_first}")
        finally:
            stop(process)


def bare() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = environment_of(folder)
        set_up(environment)
        (folder / "bare.py").write_text(BARE)
        (folder / "page.html").write_text("<p>x</p>" * 1500)
        process, port = serve("bare:app", folder, environment)
        rate, half, most = load(port, lambda seed: itertools.repeat("/"))
        print(f"bare Flask view    {rate:6.0f}/s  median {half:6.1f} ms  p99 {most:6.1f} ms")
        stop(process)


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    bare()
    print("SQLite")
    first: dict = {}
    for size in sizes:
        measure(size, "", first)
    print("PostgreSQL")
    first = {}
    for size in sizes:
        with scratch_database("tanky_search") as url:
            if url:
                measure(size, url, first)


if __name__ == "__main__":
    main()
