"""The machine's clock a day ahead, a day behind and right again, each time with a real server."""

import os
import re
import signal

from tanky import create_app
from tanky.accounts.models import Role
from tanky.base.db import db

from .. import factories
from ..conftest import get
from ..news.test_kill_while_saving import Browser
from .test_faults import save, signed_in

NAMES = ("Đang truy cập", "Hôm nay", "Tháng này", "Tất cả")
NOON = "2026-12-{day:02}T12:00:00+07:00"
APP = """
from datetime import datetime
import time_machine
time_machine.travel(datetime.fromisoformat({moment!r}), tick=True).start()
from wsgi import app
"""


def figures(port: int, agent: str) -> dict[str, int]:
    page = get(port, "/", f"Mozilla/5.0 (Linux; Android 14; {agent}) Chrome/140.0 Mobile")[1]
    told = re.findall(r"<dt>([^<]*):</dt> <dd>([\d,]+)</dd>", page.partition("tk-counters")[2])
    return {name: int(count.replace(",", "")) for name, count in told}


def test_figures_and_sign_ins_outlive_a_clock_that_is_wrong(tmp_path, serve):
    portal = create_app(tmp_path, {"TESTING": True})
    with portal.test_request_context():
        factories.identity()
        factories.person("sep", Role.CHIEF)
        factories.article("Được mùa", category=factories.category())
        db.session.commit()
        db.session.remove()
        db.engine.dispose()

    def at(day: int):
        (tmp_path / f"at_{day}.py").write_text(APP.format(moment=NOON.format(day=day)))
        running.append(serve(f"at_{day}:app", workers=1))
        return running[-1][1]

    def stop():
        process = running[-1][0]
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)

    running: list = []
    port = at(10)
    assert figures(port, "SM-1") == dict(zip(NAMES, (1, 1, 1, 1), strict=True))
    browser = signed_in(port)
    assert save(browser, "Hôm nay") == 302
    stop()
    # A day ahead: the day before is closed, nobody of it is here.
    assert figures(at(11), "SM-2") == dict(zip(NAMES, (1, 1, 2, 2), strict=True))
    stop()
    # A day behind: who was here a moment ago is so for five minutes more, the month is the one
    # until that day, and nothing is taken back.
    port = at(9)
    assert figures(port, "SM-3") == dict(zip(NAMES, (2, 1, 1, 3), strict=True))
    behind = Browser(port)
    behind.cookie = browser.cookie
    assert save(behind, "Đồng hồ chậm một ngày") == 302
    stop()
    # Right again: the visit of the 11th is of a day to come.
    port = at(10)
    assert figures(port, "SM-4") == dict(zip(NAMES, (1, 2, 3, 4), strict=True))
    assert "Đồng hồ chậm một ngày" in get(port, "/tin-tuc/", "Mozilla/5.0 Chrome/140.0")[1]
