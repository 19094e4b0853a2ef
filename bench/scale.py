"""What growth costs: 1,000, 100,000 and 1,000,000 articles, beside 50 years of visits and 2,000
procedures, on SQLite and on PostgreSQL (TANKY_TEST_POSTGRES_URL, or 127.0.0.1:5432; left out where
there is none). Prints the median and the 99th percentile of pages that are drawn anew, over one
connection, and the memory of a worker."""

import http.client
import itertools
import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from servers import AGENT, ROOT, environment_of, memory, scratch_database, serve, set_up, stop
from sqlalchemy import text

sys.path.insert(0, str(ROOT))

from tanky import create_app
from tanky.base.db import db
from tanky.base.sqlite import sqlite3
from tanky.news.models import Article, Category
from tanky.procedures.models import Channel, Paper, Procedure
from tanky.records.search import indexed
from tanky.site.fields import Field

SIZES = (1_000, 100_000, 1_000_000)
PROCEDURES = 2_000
YEARS = 50
ASKED = 300  # times each address
# From common to rare, much as in the news of a commune.
SYLLABLES = """
xã ủy ban nhân dân thôn người hội nghị công tác năm tổ chức thực hiện xây dựng nông thôn mới
phát triển kinh tế sản xuất lúa vụ đông rau màu đường giao thông học sinh trường khám bệnh bảo
hiểm y tế tiêm phòng môi trường cây xanh văn hoá thể thao lễ hội hoà giải pháp luật chuyển đổi
số dịch vụ chứng thực khai sinh hộ tịch đất đai cấp giấy quyền sử dụng
"""
TEXTS = 997  # different ones; each article has words of its own besides
PUT = """
INSERT INTO articles (id, category_id, title, slug, lede, body, cover_alt, cover_caption, author,
  source, state, published_at, created_at, updated_at, version, search_text, is_sample)
WITH RECURSIVE numbers(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < :size)
SELECT i, 1 + i % :categories, title || ' ' || i, 'bai-' || i, lede, body, '', '',
  'Ban Văn hoá', '', 'published', {moment}, {moment}, {moment}, 1,
  search_text || ' so ' || i || ' hiem' || (i / 20) || ' hieem' || (i / 20) || 's', {false}
FROM numbers JOIN texts ON texts.n = i % :texts ORDER BY i
"""
INDEX = """
INSERT INTO article_words (rowid, words)
SELECT {seconds} * 2147483648 + id, {words} FROM articles ORDER BY 1
"""
SPOKEN = {
    "sqlite": {
        "moment": "datetime(:first + i * :step, 'unixepoch') || '.000000'",
        "seconds": "CAST(strftime('%s', published_at) AS INTEGER)",
        "words": "search_text",
        "false": "0",
    },
    "postgresql": {
        "moment": "to_timestamp(:first + i::bigint * :step) AT TIME ZONE 'UTC'",
        "seconds": "extract(epoch FROM published_at)::bigint",
        "words": "to_tsvector('simple', search_text)",
        "false": "false",
    },
}


def random_text(chance: random.Random, words: int) -> str:
    # The n-th word comes half as often as the one twenty places before.
    syllables = SYLLABLES.split()
    weights = [0.5 ** (place / 20) for place in range(len(syllables))]
    return " ".join(chance.choices(syllables, weights, k=words)).capitalize()


def texts() -> list[dict]:
    chance = random.Random(1)
    rows = []
    for n in range(TEXTS):
        title, lede = random_text(chance, 11), random_text(chance, 35) + "."
        paragraphs = [random_text(chance, 60) + "." for _ in range(4)]
        rows.append({
            "n": n, "title": title, "lede": lede,
            "body": "".join(f"<p>{p}</p>" for p in paragraphs),
            "search_text": indexed(title, lede, *paragraphs),
        })  # fmt: skip
    return rows


def fill(app, size: int) -> None:
    with app.app_context():
        app.extensions["tally"].figures()  # makes its tables
        categories = len(Category.in_order())
        db.session.execute(db.delete(Article))
        put_procedures()
        db.session.commit()
        with db.engine.connect() as connection:
            spoken = SPOKEN[connection.dialect.name]
            triggers = without_triggers(connection)
            connection.execute(text(
                "CREATE TEMP TABLE texts (n integer PRIMARY KEY, title text, lede text, body text, "
                "search_text text)"))  # fmt: skip
            connection.execute(
                text("INSERT INTO texts VALUES (:n, :title, :lede, :body, :search_text)"), texts()
            )
            step = YEARS * 365 * 86_400 // size  # seconds from one article to the next
            first = int(time.time()) - size * step - 3600
            connection.execute(
                text(PUT.format(**spoken)),
                {"size": size, "categories": categories, "texts": TEXTS, "first": first,
                 "step": step},
            )  # fmt: skip
            connection.execute(text(INDEX.format(**spoken)))
            for trigger in triggers:
                connection.execute(text(trigger))
            connection.execute(text("UPDATE articles SET title = title WHERE id < 3"))
            connection.commit()
        if db.engine.dialect.name == "postgresql":
            # As autovacuum does by itself within minutes.
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM ANALYZE"))
        db.session.remove()
        db.engine.dispose()
    put_visits(Path(app.instance_path) / "counters.sqlite3")


def without_triggers(connection) -> list[str]:
    """Take the triggers away for a time; what makes them again."""
    if connection.dialect.name != "sqlite":
        connection.execute(text("DROP INDEX ix_article_words_words"))
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("DELETE FROM article_words"))
        return [
            "CREATE INDEX ix_article_words_words ON article_words USING gin (words)",
            "SET LOCAL session_replication_role = origin",
        ]
    rows = connection.execute(text(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'articles'"
    )).all()  # fmt: skip
    for name, _ in rows:
        connection.execute(text(f"DROP TRIGGER {name}"))
    return [sql for _, sql in rows]


def put_procedures() -> None:
    fields = Field.in_order()
    for number in range(PROCEDURES - len(db.session.scalars(db.select(Procedure.id)).all())):
        procedure = Procedure(
            code=f"3.{number:06}", title=f"Thủ tục {random_text(random.Random(number), 8)}",
            keywords=[], field=fields[number % len(fields)], agency="UBND xã",
            steps=[{"name": "", "text": random_text(random.Random(number + 77), 200)}],
            channels=[Channel(kind="Trực tiếp")],
            papers=[Paper(name=random_text(random.Random(-number), 20), originals=1)],
            also_called=[random_text(random.Random(number + 9999), 4) for _ in range(3)],
        )  # fmt: skip
        procedure.refresh_derived()
        db.session.add(procedure)


def put_visits(path: Path) -> None:
    today = datetime.now(UTC).date()
    with sqlite3.connect(path) as counters:
        days = [
            ((today - timedelta(days=n)).isoformat(), 300 + n % 200) for n in range(1, YEARS * 365)
        ]
        counters.executemany("INSERT OR REPLACE INTO days (day, visits) VALUES (?, ?)", days)
        counters.execute(
            "UPDATE totals SET visits = (SELECT sum(visits) FROM days) WHERE name = 'counted'"
        )
        views = [(page, day, 5) for day, _ in days[:400] for page in range(1, 200)]
        counters.executemany(
            "INSERT OR REPLACE INTO page_views (page, day, views) VALUES (?, ?, ?)", views
        )


def pages(size: int) -> dict[str, list[str]]:
    chance = random.Random(2)
    year = time.gmtime().tm_year - 1
    last = max(1, size // 4 // YEARS // 12)  # of a year
    return {
        "home": ["/"],
        "category, page 1": ["/tin-tuc/chuyen-muc/{category}"],
        "category, end of a year": [f"/tin-tuc/chuyen-muc/{{category}}?nam={year}&trang={last}"],
        "article": [f"/tin-tuc/{n}-bai-{n}" for n in chance.choices(range(1, size + 1), k=ASKED)],
        "procedures": ["/thu-tuc/"],
        "search, common": ["/tim-kiem?q=x%C3%A3", "/tim-kiem?q=xa", "/tim-kiem?q=uy+ban"],
        "search, rare": [f"/tim-kiem?q=hi%E1%BA%BFm{n}" for n in range(1, size // 20, size // 400)],
        "search, rare, no accents": [f"/tim-kiem?q=so+{n}" for n in range(1, size, size // 100)],
        "search, common and rare": [f"/tim-kiem?q=xa+hiem{n}" for n in range(1, size // 20, 7)],
    }


def ask(port: int, addresses: list[str]) -> tuple[float, float]:
    """Median and 99th percentile, ms; each under a name of the host for which no page is kept."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    times = []
    for number, address in zip(range(ASKED + 20), itertools.cycle(addresses), strict=False):
        begun = time.perf_counter()
        headers = {"User-Agent": AGENT, "Host": f"n{time.time_ns()}.vn"}
        connection.request("GET", address, headers=headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{address} answered {answer.status}")
        if number >= 20:  # warm
            times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times), sorted(times)[int(len(times) * 0.99)]


def measure(size: int, url: str, first: dict) -> None:
    with tempfile.TemporaryDirectory() as name:
        environment = environment_of(Path(name), TANKY_DATABASE_URL=url)
        set_up(environment)
        app = create_app(Path(name) / "instance", {"TESTING": True, "database_url": url})
        begun = time.monotonic()
        fill(app, size)
        with app.app_context():
            category = db.session.scalar(db.select(Category.slug).where(Category.id == 1))
            db.engine.dispose()
        process, port = serve("wsgi:app", ROOT, environment)
        print(f"\n{url.partition(':')[0].partition('+')[0] or 'sqlite'}, {size:,} articles "
              f"(filled in {time.monotonic() - begun:.0f} s)")  # fmt: skip
        try:
            for page, addresses in pages(size).items():
                half, most = ask(port, [a.format(category=category) for a in addresses])
                known = first.setdefault(page, most)
                print(f"  {page:<26} median {half:6.1f} ms   p99 {most:6.1f} ms   "
                      f"{most / known:.2f} of that at the least size")  # fmt: skip
            print(f"  a worker's memory {memory(process):.1f} MB")
        finally:
            stop(process)


def main() -> None:
    began = datetime.now(UTC)
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    first: dict = {}
    for size in sizes:
        measure(size, "", first)
    first = {}
    for size in sizes:
        with scratch_database("tanky_scale") as url:
            if url:
                measure(size, url, first)
    print(f"\n{(datetime.now(UTC) - began).seconds} s")


if __name__ == "__main__":
    main()
