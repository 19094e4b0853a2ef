import json
import secrets
from datetime import timedelta
from pathlib import Path

from sqlalchemy import delete, select
from werkzeug.datastructures import FileStorage

from ..accounts.models import Person, Role
from ..albums.models import RECORD as ALBUM
from ..albums.models import Album
from ..base.db import db
from ..bulletins.models import RECORD as BULLETIN
from ..bulletins.models import Bulletin
from ..disclosures.models import Disclosure
from ..disclosures.record import RECORD as DISCLOSURE
from ..documents.models import Document
from ..documents.record import RECORD as DOCUMENT
from ..events.models import Event
from ..events.record import RECORD as EVENT
from ..life_events.models import RECORD as LIFE_EVENT
from ..life_events.models import LifeEvent
from ..media import rich_text
from ..media.library import take_document, take_picture, take_recording
from ..media.models import MediaFile
from ..news.models import Article, Category, State
from ..notices.models import Notice
from ..notices.record import RECORD as NOTICE
from ..organisation.models import OFFICIAL, UNIT, Official, Unit
from ..pages.models import RECORD as PAGE
from ..pages.models import Page
from ..procedures import also_called, kinds
from ..procedures.models import Procedure
from ..procedures.record import CHANNELS, LEGAL_BASIS, RECORD
from ..results import figures, importer
from ..results.models import MonthlyResult
from ..signposts.models import RECORD as SIGNPOST
from ..signposts.models import Signpost
from ..site import identity
from ..site.fields import Field
from ..site.models import MenuItem, SiteIdentity
from ..site.public_holidays import lines_of
from ..text import formats, sanitise
from ..text.folding import fold, slugify

FOLDER = Path(__file__).parent
TAKERS = {".docx": take_document, ".jpg": take_picture, ".mp3": take_recording}


def samples() -> dict:
    """What ``content.json`` holds: lists of samples by noun."""
    return json.loads((FOLDER / "content.json").read_text(encoding="utf-8"))


def load() -> list[tuple[str, str, str]]:
    """Fill an empty site with samples, as one transaction.

    :returns: the people made: sign-in name, password, role as it is called. The passwords are
        random and stored nowhere.
    """
    content = samples()
    site = SiteIdentity(**content["site"])
    site.days_off = lines_of(formats.now().astimezone(site.zone).date())
    db.session.add(site)
    for position, item in enumerate(content["menu"]):
        db.session.add(MenuItem(position=position, **item))
    files: dict[str, MediaFile] = {}
    _news(content, files)
    _pages(content["pages"])
    procedures(content, files)
    add(Signpost, SIGNPOST, content["signposts"])
    add(LifeEvent, LIFE_EVENT, content["life_events"])
    _documents(content["documents"], files)
    _disclosures(content["disclosures"])
    _notices(content["notices"])
    _units(content["organisation"])
    _events(content["events"])
    _bulletins(content["bulletins"], files)
    _albums(content["albums"], files)
    _results(content)
    people = []
    for given in content["people"]:
        password = "-".join(secrets.token_hex(2) for _ in range(3))
        person = Person(username=given["username"], name=given["name"], role=Role(given["role"]))
        person.set_password(password)
        db.session.add(person)
        people.append((person.username, password, person.role.label))
    db.session.commit()
    return people


def remove() -> tuple[int, int, int]:
    """Delete the samples that nobody has edited; how many articles, procedures, result rows."""
    articles = db.session.execute(delete(Article).where(Article.is_sample)).rowcount
    procedures = list(db.session.scalars(select(Procedure).where(Procedure.is_sample)))
    for procedure in procedures:
        db.session.delete(procedure)
    for model in (Signpost, LifeEvent):
        db.session.execute(delete(model).where(model.is_sample))
    for noun in (Document, Disclosure, Notice, Official, Event, Bulletin, Album):
        for row in db.session.scalars(select(noun).where(noun.is_sample)):
            db.session.delete(row)
    for unit in db.session.scalars(select(Unit).where(Unit.is_sample).order_by(Unit.id.desc())):
        used = (select(Unit.id).where(Unit.parent_id == unit.id),
                select(Official.id).where(Official.unit_id == unit.id))  # fmt: skip
        if all(db.session.scalar(query.limit(1)) is None for query in used):
            db.session.delete(unit)
            db.session.flush()
    # Children first: a page that still has children stays.
    for page in db.session.scalars(
        select(Page).where(Page.is_sample).order_by(Page.parent_id.is_(None), Page.id.desc())
    ):
        if not db.session.scalar(select(Page.id).where(Page.parent_id == page.id).limit(1)):
            db.session.delete(page)
            db.session.flush()
    rows = importer.drop_samples()
    if rows:
        figures.mark_changed(formats.now())
    db.session.commit()
    return articles, len(procedures), rows


def _file(name: str, files: dict[str, MediaFile]) -> MediaFile:
    if name not in files:
        taker = TAKERS[Path(name).suffix]
        with (FOLDER / "files" / name).open("rb") as stream:
            files[name] = taker(FileStorage(stream, filename=name))
    return files[name]


def _news(content: dict, files: dict[str, MediaFile]) -> None:
    categories = {}
    for position, given in enumerate(content["categories"]):
        category = Category(position=position, slug=slugify(given["name"]), **given)
        categories[given["name"]] = category
        db.session.add(category)
    for given in content["articles"]:
        cover = given.get("cover")
        moment = formats.now() - timedelta(hours=given["hours_ago"])
        article = Article(
            category=categories[given["category"]],
            title=given["title"],
            lede=given["lede"],
            body=rich_text.canonical(sanitise.from_editor(given["body"])),
            cover=_file(cover, files) if cover else None,
            cover_alt=given.get("cover_alt", ""),
            cover_caption=given.get("cover_caption", ""),
            author=given.get("author", ""),
            source=given.get("source", ""),
            state=State.PUBLISHED,
            published_at=moment,
            updated_at=moment,
            is_sample=True,
        )
        article.refresh_derived()
        db.session.add(article)


def _documents(documents: list[dict], files: dict[str, MediaFile]) -> None:
    for given in documents:
        taken = [_file(name, files) for name in given.get("files", [])]
        document = Document()
        rows = [{"file_id": file.id, "typed": ""} for file in taken]
        document.restore(DOCUMENT.empty() | given | {"files": rows})
        document.is_sample = True
        db.session.add(document)


def _bulletins(bulletins: list[dict], files: dict[str, MediaFile]) -> None:
    for given in bulletins:
        day = identity.today() - timedelta(days=given.pop("days_ago"))
        sound = _file(given.pop("sound"), files)
        transcript = BULLETIN["transcript"].clean(given["transcript"])
        bulletin = Bulletin()
        bulletin.restore(
            given
            | {"transcript": transcript, "broadcast_on": day.isoformat(), "sound_id": sound.id}
        )
        bulletin.is_sample = True
        db.session.add(bulletin)


def _albums(albums: list[dict], files: dict[str, MediaFile]) -> None:
    for given in albums:
        items = [
            {"caption": caption, "file_id": _file(name, files).id}
            for name, caption in given["items"].items()
        ]
        album = Album()
        album.restore(ALBUM.empty() | given | {"items": items})
        album.is_sample = True
        db.session.add(album)


def _disclosures(items: list[dict]) -> None:
    today = identity.today()
    for given in items:
        decided_on = today - timedelta(days=given.pop("decided_days_ago"))
        days = given.pop("days", None)
        is_of_this_year = given.pop("is_of_this_year", False)
        item = Disclosure()
        item.restore(
            DISCLOSURE.empty()
            | given
            | {
                "body": DISCLOSURE["body"].clean(given["body"]),
                "decided_on": decided_on.isoformat(),
                "posted_until": (today + timedelta(days=days)).isoformat() if days else None,
                "year": today.year if is_of_this_year else None,
            }
        )
        item.is_sample = True
        item.post()
        db.session.add(item)


def _notices(notices: list[dict]) -> None:
    for given in notices:
        ends_on = identity.today() + timedelta(days=given.pop("days"))
        notice = Notice()
        notice.restore(NOTICE.empty() | given | {"ends_at": f"{ends_on}T17:00:00"})
        notice.is_sample = True
        notice.publish()
        db.session.add(notice)


def _units(units: list[dict], parent: Unit | None = None) -> None:
    for position, given in enumerate(units):
        unit = Unit()
        place = {"parent_id": parent.id if parent else None, "position": position}
        texts = {"name": given["name"], "functions": given.get("functions", "")}
        unit.restore(UNIT.empty() | place | texts)
        unit.is_sample = True
        db.session.add(unit)
        db.session.flush()
        for person in given.get("officials", []):
            official = Official()
            official.restore(OFFICIAL.empty() | person | {"unit_id": unit.id})
            official.is_sample = True
            db.session.add(official)
            db.session.flush()
        _units(given.get("units", []), unit)


def _events(events: list[dict]) -> None:
    for given in events:
        day = identity.today() + timedelta(days=given.pop("days_ahead"))
        at, until = given.pop("at"), given.pop("until")
        event = Event()
        times = {"starts_at": f"{day}T{at}:00", "ends_at": f"{day}T{until}:00"}
        event.restore(EVENT.empty() | times | given)
        event.is_sample = True
        db.session.add(event)


def _pages(pages: list[dict], parent: Page | None = None) -> None:
    for position, given in enumerate(pages):
        page = Page(published_at=formats.now())
        page.restore(
            PAGE.empty()
            | {
                "title": given["title"],
                "parent_id": parent.id if parent else None,
                "position": position,
                "body": PAGE["body"].clean(given["body"]),
                "slot": given.get("slot", ""),
            }
        )
        page.is_sample = True
        db.session.add(page)
        db.session.flush()
        _pages(given.get("pages", []), page)


def procedures(content: dict, files: dict[str, MediaFile]) -> None:
    """Add the procedures and their fields.

    :param files: those that are there, by name; the forms of the procedures join them.
    """
    common = content["procedure_defaults"]
    fields: dict[str, Field] = {}
    for given in content["procedures"]:
        given = common | given
        name = given["field"]
        if name not in fields:
            fields[name] = Field(name=name, slug=slugify(name), position=len(fields))
        record = RECORD.empty() | given
        record["also_called"] = also_called.COMMON[given["code"]]
        record["steps"] = kinds.steps_of(given["steps"])
        record["levels"] = [given["level"]]
        record["outcome"] = [{"name": name, "code": ""} for name in given["outcome"]]
        record["conditions"] = RECORD["conditions"].clean(given["conditions"])
        record["legal_basis"] = [LEGAL_BASIS.empty_row | row for row in given["legal_basis"]]
        record["channels"] = [
            {part.name: part.parse(row.get(part.name, "")) for part in CHANNELS.parts}
            for row in given["channels"]
        ]
        record["papers"] = [
            {
                "name": paper["name"],
                "case": paper.get("case", ""),
                "originals": paper.get("originals", 1),
                "copies": paper.get("copies", 0),
                "forms": [{"file_id": _file(paper["form"], files).id}] if "form" in paper else [],
            }
            for paper in given["papers"]
        ]
        procedure = Procedure()
        procedure.restore(record, {fold(name): fields[name]})
        procedure.is_sample = True
        db.session.add(procedure)
    db.session.flush()


def add(model, schema, rows: list[dict]) -> None:
    """Samples of a noun whose rows need nothing but their record."""
    for position, given in enumerate(rows):
        record = schema.empty() | {"position": position} | given
        record["advice"] = schema["advice"].clean(given["advice"])
        row = model()
        row.restore(record)
        row.is_sample = True
        db.session.add(row)
        db.session.flush()


def _results(content: dict) -> None:
    """The rows of the past months of this year and of last year, by field."""
    today = formats.now()
    fields = {field.name: field for field in Field.in_order()}
    for year, last in ((today.year - 1, 12), (today.year, today.month - 1)):
        for name, monthly in content["results"].items():
            carried = 6
            for month in range(1, last + 1):
                received, late = monthly[month - 1]
                settled = received + carried - 6
                early = settled // 3
                db.session.add(
                    MonthlyResult(
                        year=year, first_month=month, month=month, field=fields[name],
                        received=received, received_online=received * 2 // 3,
                        received_in_person=received - received * 2 // 3,
                        carried_over=carried, settled_early=early,
                        settled_on_time=settled - early - late,
                        settled_early_or_on_time=settled - late, settled_late=late,
                        open_in_time=6, open_late=0, is_sample=True,
                    )
                )  # fmt: skip
                carried = 6
    figures.mark_changed(today)
