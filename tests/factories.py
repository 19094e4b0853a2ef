"""Small makers of the portal's things, committed."""

import io
from datetime import timedelta

from PIL import Image

from tanky.accounts.models import HASHER, Person, Role
from tanky.extensions import db
from tanky.news.models import Article, Category, State
from tanky.procedures import results
from tanky.procedures.models import (
    Channel,
    ChannelKind,
    Field,
    MonthlyResult,
    Paper,
    Procedure,
)
from tanky.site.models import SiteIdentity
from tanky.text import formats, sanitise
from tanky.text.folding import slugify

PASSWORD = "mot-hai-ba-bon"
_HASH = HASHER.hash(PASSWORD)


def add(thing):
    db.session.add(thing)
    db.session.commit()
    return thing


def identity(**fields) -> SiteIdentity:
    given = {
        "name": "Trang thông tin điện tử xã Bình An",
        "short_name": "Xã Bình An",
        "editor_in_chief": "Nguyễn Thị Hoà",
        "address": "xã Bình An, tỉnh Thí Dụ",
        "phone": "0123 456 789",
        "email": "xa@vidu.vn",
    }
    return add(SiteIdentity(**(given | fields)))


def person(username: str, role: Role) -> Person:
    return add(Person(username=username, name=f"Chị {username}", role=role, password_hash=_HASH))


def category(name: str = "Tin trong xã", **fields) -> Category:
    return add(Category(name=name, slug=slugify(name), **fields))


def article(title: str = "Bài một", **fields) -> Article:
    given = {
        "title": title,
        "lede": "Một câu mở đầu.",
        "body": "<p>Nội dung của bài.</p>",
        "state": State.PUBLISHED,
        "published_at": formats.now() - timedelta(hours=1),
    }
    made = Article(**(given | fields))
    made.body = sanitise.clean(made.body)
    made.refresh_derived()
    return add(made)


def field(name: str = "Hộ tịch") -> Field:
    found = db.session.scalar(db.select(Field).filter_by(name=name))
    return found or add(Field(name=name, slug=slugify(name)))


def procedure(code: str = "1.001193", title: str = "Đăng ký khai sinh", **fields) -> Procedure:
    given = {
        "field": field(),
        "agency": "Ủy ban nhân dân cấp xã",
        "receiving_place": "Bộ phận Một cửa",
        "steps": "<ol><li>Nộp hồ sơ</li></ol>",
        "channels": [Channel(kind=ChannelKind.IN_PERSON, time_limit="01 ngày", fee="8.000 đồng")],
        "papers": [Paper(name="Tờ khai"), Paper(name="Biên bản", case="Trẻ bị bỏ rơi")],
    }
    made = Procedure(code=code, title=title, **(given | fields))
    made.refresh_derived()
    return add(made)


def result(year=2023, month=6, on_time=10, late=0, place="Hộ tịch", **fields) -> MonthlyResult:
    given = {
        "first_month": month,
        "settled_early_or_on_time": on_time,
        "settled_late": late,
        "field_id": field(place).id if place else None,
    }
    made = add(MonthlyResult(year=year, month=month, **(given | fields)))
    results.mark_changed(formats.now())
    db.session.commit()
    return made


def photo(width: int = 1600, height: int = 900, **save) -> bytes:
    picture = Image.effect_noise((width // 8, height // 8), 40).resize((width, height))
    made = io.BytesIO()
    picture.convert("RGB").save(made, "JPEG", **save)
    return made.getvalue()
