"""What open pages cost: 10,000 of them, each polling the counters every 30 seconds and the results
every 120, as js/poll.js does. Prints the processor time of the server, in cores, and what an
unchanged poll weighs."""

import http.client
import itertools
import os
import tempfile
import threading
import time
from pathlib import Path

from servers import AGENT, ROOT, children, environment_of, serve, set_up, stop

PAGES = 10_000
EVERY = {"/partials/counters": 30, "/partials/tthc": 120}  # seconds
SECONDS = 30
CONNECTIONS = 8


class Page:
    """One that someone has open: its visitor, and what it shows of each fragment."""

    def __init__(self, number: int):
        self.agent = f"{AGENT} {number}"
        self.tags = dict.fromkeys(EVERY, "")


class Poller:
    """Polls over one connection that stays open, and adds up what came back."""

    def __init__(self, port: int):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.unchanged = self.changed = self.longest = 0

    def poll(self, page: Page, address: str) -> None:
        headers = {"User-Agent": page.agent, "HX-Request": "true", "Accept-Encoding": "gzip"}
        if page.tags[address]:
            headers["If-None-Match"] = f'"{page.tags[address]}"'
        try:
            self.connection.request("GET", address, headers=headers)
            answer = self.connection.getresponse()
        except http.client.RemoteDisconnected:
            # Closed between two polls, as any connection may be; browsers ask again.
            self.connection.request("GET", address, headers=headers)
            answer = self.connection.getresponse()
        answer.read()
        if answer.status == 304:
            self.unchanged += 1
            lines = [f"{name}: {value}" for name, value in answer.getheaders()]
            # With the first line, and the end of each.
            self.longest = max(
                self.longest, len("HTTP/1.1 304 NOT MODIFIED") + sum(map(len, lines))
                + 2 * (len(lines) + 2),
            )  # fmt: skip
        elif answer.status == 200:
            self.changed += 1
            page.tags[address] = answer.getheader("ETag").strip('"').partition(":")[0]
        else:
            raise SystemExit(f"answered {answer.status}")


def at_once(pollers: list[Poller], polls: list) -> None:
    """All of them as fast as the server takes them."""
    share = [polls[n :: len(pollers)] for n in range(len(pollers))]
    run(pollers, lambda n: (pollers[n].poll(*poll) for poll in share[n]))


def as_in_life(pollers: list[Poller], polls: list[tuple[float, Page, str]]) -> None:
    """Each at its time, in seconds from now."""
    begun = time.monotonic()

    def one(n: int):
        for due, page, address in polls[n :: len(pollers)]:
            time.sleep(max(0, begun + due - time.monotonic()))
            yield pollers[n].poll(page, address)

    run(pollers, one)


def run(pollers: list[Poller], work) -> None:
    threads = [
        threading.Thread(target=lambda n=n: all(True for _ in work(n))) for n in range(len(pollers))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def processor_time(process) -> float:
    """Seconds that the workers have used."""
    ticks = 0
    for child in children(process):
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        environment = environment_of(Path(name))
        set_up(environment)
        process, port = serve("wsgi:app", ROOT, environment)
        try:
            pages = [Page(number) for number in range(PAGES)]
            pollers = [Poller(port) for _ in range(CONNECTIONS)]
            # Everyone has come, and shows what is so.
            everyone = list(itertools.product(pages, EVERY))
            begun = time.monotonic()
            at_once(pollers, everyone)
            print(f"{PAGES:,} came in {time.monotonic() - begun:.0f} s")
            time.sleep(2)
            at_once(pollers, everyone)
            for poller in pollers:
                poller.unchanged = poller.changed = 0
            schedule = [
                (number / PAGES * every, page, address)
                for address, every in EVERY.items()
                for number, page in enumerate(pages)
                if number / PAGES * every < SECONDS
            ]
            schedule.sort(key=lambda poll: poll[0])
            before, begun = processor_time(process), time.monotonic()
            as_in_life(pollers, schedule)
            elapsed = time.monotonic() - begun
            used = processor_time(process) - before
            unchanged = sum(poller.unchanged for poller in pollers)
            changed = sum(poller.changed for poller in pollers)
            print(
                f"{PAGES:,} open pages: {len(schedule) / elapsed:.0f} polls/s, of which "
                f"{unchanged / (unchanged + changed):.1%} unchanged, take "
                f"{used / elapsed:.2f} of a core ({used / len(schedule) * 1e6:.0f} µs a poll)"
            )
            longest = max(poller.longest for poller in pollers)
            print(f"an unchanged poll is answered in at most {longest} bytes with headers, of 250")
        finally:
            stop(process)


if __name__ == "__main__":
    main()
