"""The public lists as data: what each row tells, the same in JSON and in a sheet."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, extract
from sqlalchemy.orm import selectinload

from ..albums.models import Album
from ..bulletins.models import Bulletin
from ..disclosures.models import Disclosure
from ..documents.models import Document
from ..events.models import Event
from ..life_events.models import LifeEvent
from ..media.models import MediaFile
from ..news.models import Article
from ..notices.models import Notice
from ..organisation.models import Official
from ..pages.models import Page
from ..procedures.models import Procedure
from ..signposts.models import Signpost
from ..site import identity
from ..web.templating import absolute

# The type of the form that a photo's address has.
PICTURES = {"jpg": "image/jpeg", "webp": "image/webp"}


@dataclass(frozen=True)
class List:
    """The rows of a noun that residents see."""

    title: str  # as people read it
    model: Any
    visible: Callable[[], Select[Any]]
    order: tuple
    told: Callable[[Any], dict[str, Any]]
    dated_by: Any = None  # the day by whose year it may be narrowed
    parts: tuple = ()  # what a row tells of other tables, read for many rows at once

    def rows(self, year: int | None = None) -> Select[Any]:
        query = self.visible()
        if year and self.dated_by is not None:
            query = query.where(extract("year", self.dated_by) == year)
        return query

    @property
    def options(self) -> tuple:
        return tuple(map(selectinload, self.parts))


def article(row: Article) -> dict:
    category = row.category
    return {
        "id": row.id,
        "title": row.title,
        "lede": row.summary,
        "category": category.name if category else None,
        "category_slug": category.slug if category else None,
        "published_at": moment(row.published_at),
        "picture": absolute(row.cover.url) if row.cover else None,
        "url": absolute(row.url),
    }


def _procedure(row: Procedure) -> dict:
    record = row.snapshot()
    papers = [
        {**paper, "forms": [_file(file) for file in own.files]}
        for paper, own in zip(record["papers"], row.papers, strict=True)
    ]
    return _with_ends(row, record | {"papers": papers})


def _document(row: Document) -> dict:
    return {
        "id": row.id,
        "url": absolute(row.url),
        **row.facts,
        "files": [_file(file.file) for file in row.files],
        "is_sample": row.is_sample,
        "updated_at": moment(row.updated_at),
    }


def _disclosure(row: Disclosure) -> dict:
    return {
        "id": row.id,
        "url": absolute(row.url),
        "title": row.title,
        "heading": row.heading,
        "heading_name": row.under.name if row.under else "",
        "number": row.number,
        "decided_on": row.decided_on and row.decided_on.isoformat(),
        "year": row.year,
        "posted_at": moment(row.posting.began_at),
        "posted_until": row.posted_until and row.posted_until.isoformat(),
        "digest": row.posting.digest,
        "files": [_file(file.file) for file in row.files],
        "is_sample": row.is_sample,
        "updated_at": moment(row.updated_at),
    }


def _notice(row: Notice) -> dict:
    return {
        "id": row.id,
        "url": absolute(row.url),
        "title": row.title,
        "grade": row.grade.value,
        "category": row.category.value,
        "place": row.where,
        "advice": row.advice,
        "since": moment(row.since),
        "ends_at": row.ends_at and moment(row.ends_at),
        "stops_at": row.stops_at and moment(row.stops_at),
        "resumes_at": row.resumes_at and moment(row.resumes_at),
        "is_sample": row.is_sample,
        "updated_at": moment(row.updated_at),
    }


def _event(row: Event) -> dict:
    plain = ("id", "title", "place", "host", "participants", "changes", "is_sample")
    return {
        **{name: getattr(row, name) for name in plain},
        "url": absolute(row.url),
        "kind": row.kind.value,
        "starts_at": moment(row.starts_at),
        "ends_at": row.ends_at and moment(row.ends_at),
        "repeats": row.repeats.value,
        "repeats_until": row.repeats_until and row.repeats_until.isoformat(),
        "updated_at": moment(row.updated_at),
    }


def _official(row: Official) -> dict:
    plain = ("id", "name", "post", "is_leader", "is_spokesperson", "phone", "email", "is_sample")
    return {
        **{name: getattr(row, name) for name in plain},
        "url": absolute(row.url),
        "unit": row.unit.name if row.unit else None,
        "portrait": absolute(row.portrait.url) if row.portrait else None,
        "updated_at": moment(row.updated_at),
    }


def _bulletin(row: Bulletin) -> dict:
    plain = ("title", "summary", "transcript")
    told = {name: getattr(row, name) for name in plain}
    sound = _file(row.sound) | {"seconds": row.sound.seconds}
    return _with_ends(row, {**told, "broadcast_on": row.broadcast_on.isoformat(), "sound": sound})


def _album(row: Album) -> dict:
    items = [{"caption": item.caption} | _file(item.file) for item in row.items]
    day = row.taken_on and row.taken_on.isoformat()
    told = {"title": row.title, "taken_on": day, "description": row.description, "items": items}
    return _with_ends(row, told)


def _life_event(row: LifeEvent) -> dict:
    plain = ("title", "also_called", "lede", "steps", "advice")
    return _with_ends(row, {name: getattr(row, name) for name in plain})


def _signpost(row: Signpost) -> dict:
    return _with_ends(row, row.snapshot())


def _introduction(row: Page) -> dict:
    plain = ("title", "parent_id", "position", "slot", "body")
    return _with_ends(row, {name: getattr(row, name) for name in plain})


def _with_ends(row: Any, told: dict) -> dict:
    """What a row tells, after its number and address and before when it changed."""
    return {
        "id": row.id,
        "url": absolute(row.url),
        **told,
        "is_sample": row.is_sample,
        "updated_at": moment(row.updated_at),
    }


def _file(file: MediaFile) -> dict:
    return {
        "url": absolute(file.url),
        "name": file.called,
        "type": PICTURES[file.plainest] if file.is_picture else file.mimetype,
        "size": file.size,
    }


def moment(value: datetime) -> str:
    """RFC 3339 in the site's time: ``2022-01-17T10:03:53+07:00``."""
    return value.astimezone(identity.zone()).isoformat(timespec="seconds")


def as_cell(value: Any) -> Any:
    """A value of JSON as a cell. A list is a line a part; what has parts of its own, JSON."""
    if isinstance(value, list):
        return "\n".join(part if isinstance(part, str) else _json(part) for part in value)
    if isinstance(value, dict):
        return _json(value)
    return str(value).lower() if isinstance(value, bool) else value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _nameless() -> Select:
    """What is posted by law; what names people is for its page alone."""
    return Disclosure.published().where(Disclosure.has_names.is_(False))


NEWS = List("Tin tức", Article, Article.published, Article.NEWEST, article)
LISTS = {
    "procedures": List(
        "Thủ tục hành chính",
        Procedure,
        Procedure.listed,
        (Procedure.code,),
        _procedure,
        parts=(
            Procedure.channels,
            Procedure.papers,
            Procedure.legal_basis,
            Procedure.more_fields,
            Procedure.replaced_by,
        ),
    ),
    "documents": List(
        "Văn bản",
        Document,
        Document.listed,
        Document.NEWEST,
        _document,
        Document.issued_on,
        (Document.relations, Document.files),
    ),
    "disclosures": List(
        "Công khai",
        Disclosure,
        _nameless,
        (Disclosure.id.desc(),),
        _disclosure,
        parts=(Disclosure.files,),
    ),
    "notices": List("Thông báo, cảnh báo", Notice, Notice.published, Notice.ORDER, _notice),
    "events": List("Lịch", Event, Event.listed, (Event.starts_at.desc(), Event.id.desc()), _event),
    "officials": List(
        "Cán bộ",
        Official,
        Official.listed,
        (*Official.ORDER, Official.id),
        _official,
        parts=(Official.unit, Official.portrait),
    ),
    "bulletins": List(
        "Truyền thanh", Bulletin, Bulletin.listed, Bulletin.NEWEST, _bulletin, Bulletin.broadcast_on
    ),
    "albums": List("Ảnh, video", Album, Album.listed, Album.NEWEST, _album),
    "life_events": List("Việc cần làm", LifeEvent, LifeEvent.listed, (LifeEvent.id,), _life_event),
    "signposts": List("Việc không làm ở xã", Signpost, Signpost.listed, (Signpost.id,), _signpost),
    "pages": List("Giới thiệu", Page, Page.published, (Page.id,), _introduction),
}
