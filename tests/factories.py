"""Small makers of the portal's things, committed."""

import io
import zipfile
from datetime import timedelta

from PIL import Image
from werkzeug.datastructures import FileStorage

from tanky.accounts.models import HASHER, Person, Role
from tanky.base.db import db
from tanky.media import library
from tanky.news.models import Article, Category, State
from tanky.procedures.models import Channel, Paper, Procedure
from tanky.procedures.record import CHANNELS, ChannelKind
from tanky.results import figures
from tanky.results.models import MonthlyResult
from tanky.site.fields import Field
from tanky.site.models import SiteIdentity
from tanky.text import formats, sanitise
from tanky.text.folding import slugify

# What a password costs whoever guesses it is not what the tests are about.
HASHER.__init__(time_cost=1, memory_cost=64, parallelism=1)
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


def identity_named(name: str) -> None:
    """The site under another name."""
    known = SiteIdentity.current()
    known.name, known.short_name, known.updated_at = name, name, formats.now()
    db.session.commit()


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


def shared_photo(person, height: int = 300):
    """A photo in the library that nothing shows."""
    upload = FileStorage(io.BytesIO(photo(400, height)), f"{height}.jpg")
    made = library.take(upload, person)
    db.session.commit()
    return made


def shown(file) -> None:
    """Have residents see a file: a published article links to it."""
    article("Bài có tệp", body=f'<p><a href="{file.url}">Tệp</a></p>')


def field(name: str = "Hộ tịch") -> Field:
    found = db.session.scalar(db.select(Field).filter_by(name=name))
    return found or add(Field(name=name, slug=slugify(name)))


def channel(kind: ChannelKind = ChannelKind.IN_PERSON, **texts: str) -> Channel:
    """:param texts: its parts, as a sheet has them."""
    return Channel(kind=kind, **{name: CHANNELS[name].parse(text) for name, text in texts.items()})


def procedure(code: str = "1.001193", title: str = "Đăng ký khai sinh", **fields) -> Procedure:
    given = {
        "field": field(),
        "also_called": [],
        "keywords": [],
        "agency": "Uỷ ban nhân dân cấp xã",
        "receiving_place": "Bộ phận Một cửa",
        "steps": [{"name": "", "text": "Nộp hồ sơ"}],
        "channels": [channel(time_limit="01 ngày", fee="8.000 đồng")],
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
    figures.mark_changed(formats.now())
    db.session.commit()
    return made


def photo(width: int = 1600, height: int = 900, **save) -> bytes:
    picture = Image.effect_noise((width // 8, height // 8), 40).resize((width, height))
    made = io.BytesIO()
    picture.convert("RGB").save(made, "JPEG", **save)
    return made.getvalue()


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_PARTS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
_CONTENT_TYPES = f"""<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="{_TYPES}"><Default Extension="rels" ContentType="{_PARTS_TYPE}"/>
<Default Extension="xml" ContentType="application/xml"/>
<Default Extension="jpeg" ContentType="image/jpeg"/>
<Default Extension="emf" ContentType="image/x-emf"/>
<Override PartName="/word/document.xml" ContentType="{_WORD_TYPE}"/></Types>"""
_RELATIONSHIPS = """<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>"""
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def run(text: str, look: str = "") -> str:
    """A run of Word; ``look`` is what its properties hold: ``<w:b/>``."""
    return f'<w:r><w:rPr>{look}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs: str, style: str = "", centred: bool = False) -> str:
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    place = '<w:jc w:val="center"/>' if centred else ""
    return f"<w:p><w:pPr>{named}{place}</w:pPr>{''.join(runs)}</w:p>"


def docx(
    *blocks: str,
    styles: str = "",
    footnotes: str = "",
    numbering: str = "",
    pictures: dict | None = None,
) -> bytes:
    """A Word file of these blocks; ``pictures``: relationship id → (name in word/media, bytes)."""
    relationships = "".join(
        f'<Relationship Id="{id}" Type="{_OFFICE}/image" Target="media/{name}"/>'
        for id, (name, _) in (pictures or {}).items()
    )
    parts = {
        "[Content_Types].xml": _CONTENT_TYPES,
        "_rels/.rels": _RELATIONSHIPS.format(
            f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
        ),
    }
    if styles:
        parts["word/styles.xml"] = f'<w:styles xmlns:w="{W}">{styles}</w:styles>'
        relationships += f'<Relationship Id="s" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    if numbering:
        parts["word/numbering.xml"] = f'<w:numbering xmlns:w="{W}">{numbering}</w:numbering>'
        relationships += f'<Relationship Id="n" Type="{_OFFICE}/numbering" Target="numbering.xml"/>'
    if footnotes:
        parts["word/footnotes.xml"] = f'<w:footnotes xmlns:w="{W}">{footnotes}</w:footnotes>'
        relationships += f'<Relationship Id="f" Type="{_OFFICE}/footnotes" Target="footnotes.xml"/>'
    parts["word/_rels/document.xml.rels"] = _RELATIONSHIPS.format(relationships)
    parts["word/document.xml"] = (
        f'<w:document xmlns:w="{W}" xmlns:r="{_OFFICE}" '
        'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        f"<w:body>{''.join(blocks)}</w:body></w:document>"
    )
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
        for name, content in (pictures or {}).values():
            archive.writestr(f"word/media/{name}", content)
    return made.getvalue()


def drawing(id: str, alt: str = "") -> str:
    return (
        f'<w:r><w:drawing><wp:inline><wp:docPr id="1" name="P" descr="{alt}"/><a:graphic>'
        "<a:graphicData><pic:pic><pic:blipFill>"
        f'<a:blip r:embed="{id}"/></pic:blipFill></pic:pic></a:graphicData></a:graphic>'
        "</wp:inline></w:drawing></w:r>"
    )
