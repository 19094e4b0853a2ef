"""The numbers that Word draws before paragraphs, written out where a list would not show them.

HTML's lists count 1, 2, 3. What officials write counts ``Điều 1.``, ``I.``, ``a)``, ``1.1.``, and a
list that goes on after a paragraph between. Source: ECMA-376, part 1, section 17.9.
"""

import io
import re
import zipfile
from collections import defaultdict
from dataclasses import dataclass
from xml.etree import ElementTree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PLACE = re.compile(r"%([1-9])")
_ROMAN = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
          (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))  # fmt: skip


@dataclass(frozen=True)
class Level:
    format: str
    text: str  # "Điều %1."
    start: int

    @property
    def is_plain(self) -> bool:
        """Whether a list of HTML shows the same."""
        return self.format in ("bullet", "none") or (self.format, self.text) == ("decimal", "%1.")


@dataclass(frozen=True)
class NumberedList:
    """One list of a document. Lists of one kind count on from one another."""

    kind: str
    levels: dict[int, Level]
    starts: dict[int, int]  # by level, where this list begins anew


def written_out(content: bytes) -> bytes:
    """A .docx with such numbers as text at the beginning of their paragraphs."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        if "word/numbering.xml" not in names or "word/document.xml" not in names:
            return content
        lists = _lists(archive.read("word/numbering.xml"))
        styles = _styles(archive.read("word/styles.xml")) if "word/styles.xml" in names else {}
        document = archive.read("word/document.xml")
        # No DOCTYPE here and below, as xml.check saw to.
        spaces = ElementTree.iterparse(io.BytesIO(document), ["start-ns"])  # noqa: S314
        for _, (prefix, uri) in spaces:
            if not re.fullmatch(r"ns\d+", prefix):
                ElementTree.register_namespace(prefix, uri)
        root = ElementTree.fromstring(document)  # noqa: S314 - no DOCTYPE, as xml.check saw to
        if not _write(root, lists, styles):
            return content
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as copy:
            for name in names:
                is_document = name == "word/document.xml"
                part = ElementTree.tostring(root, "utf-8") if is_document else archive.read(name)
                copy.writestr(name, part)
    return made.getvalue()


def _write(root, lists: dict[str, NumberedList], styles: dict) -> bool:
    paragraphs = list(root.iter(f"{W}p"))
    numbered = [_numbering(paragraph, styles) for paragraph in paragraphs]
    interrupted = _interrupted(numbered)
    counters: dict[str, dict[int, int]] = defaultdict(dict)
    begun = set()
    changed = False
    for paragraph, place in zip(paragraphs, numbered, strict=True):
        if place is None or place[0] not in lists:
            continue
        list_id, depth = place
        own = lists[list_id]
        level = own.levels.get(depth)
        if level is None:
            continue
        counter = counters[own.kind]
        if place not in begun and depth in own.starts:
            counter[depth] = own.starts[depth] - 1
        counter[depth] = counter.get(depth, level.start - 1) + 1
        if place not in begun and counter[depth] != 1:
            interrupted.add(list_id)  # an HTML list would begin with 1
        begun.add(place)
        for deeper in [known for known in counter if known > depth]:
            del counter[deeper]
        if level.is_plain and (level.format == "bullet" or list_id not in interrupted):
            continue
        label = _label(level.text, own.levels, counter)
        if label.strip():
            _put(paragraph, label.strip() + " ")
            changed = True
    return changed


def _label(text: str, levels: dict[int, Level], counter: dict[int, int]) -> str:
    return _PLACE.sub(lambda found: _shown(int(found[1]) - 1, levels, counter), text)


def _shown(depth: int, levels: dict[int, Level], counter: dict[int, int]) -> str:
    level = levels.get(depth, Level("decimal", "", 1))
    return formatted(counter.get(depth, level.start), level.format)


def formatted(number: int, form: str) -> str:
    """A number as Word draws it: 4 is ``4``, ``d``, ``D``, ``iv``, ``IV``, ``04``."""
    if form in ("lowerLetter", "upperLetter") and number > 0:
        letter = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
        return letter.upper() if form == "upperLetter" else letter
    if form in ("lowerRoman", "upperRoman") and 0 < number < 4000:
        roman, left = "", number
        for value, sign in _ROMAN:
            roman += sign * (left // value)
            left %= value
        return roman if form == "upperRoman" else roman.lower()
    return f"{number:02}" if form == "decimalZero" else str(number)


def _interrupted(numbered: list) -> set[str]:
    """The lists between whose paragraphs something else stands."""
    last: dict[str, int] = {}
    found = set()
    for index, place in enumerate(numbered):
        if place is None:
            continue
        before = last.get(place[0])
        if before is not None and any(n is None for n in numbered[before + 1 : index]):
            found.add(place[0])
        last[place[0]] = index
    return found


def _numbering(paragraph, styles: dict) -> tuple[str, int] | None:
    """The list and the level that a paragraph belongs to."""
    properties = paragraph.find(f"{W}pPr")
    if properties is None:
        return None
    own = _of(properties)
    style = properties.find(f"{W}pStyle")
    inherited = styles.get(style.get(f"{W}val")) if style is not None else None
    list_id = (own and own[0]) or (inherited and inherited[0])
    if not list_id or list_id == "0":
        return None
    depth = own[1] if own and own[1] is not None else (inherited and inherited[1]) or 0
    return list_id, depth


def _of(properties) -> tuple[str | None, int | None] | None:
    numbering = properties.find(f"{W}numPr")
    if numbering is None:
        return None
    list_id, depth = numbering.find(f"{W}numId"), numbering.find(f"{W}ilvl")
    return (
        list_id.get(f"{W}val") if list_id is not None else None,
        int(depth.get(f"{W}val", "0")) if depth is not None else None,
    )


def _styles(xml: bytes) -> dict[str, tuple[str | None, int | None]]:
    """The numbering that a paragraph has by its style."""
    own, based = {}, {}
    for style in ElementTree.fromstring(xml).iter(f"{W}style"):  # noqa: S314
        id = style.get(f"{W}styleId", "")
        properties, base = style.find(f"{W}pPr"), style.find(f"{W}basedOn")
        own[id] = _of(properties) if properties is not None else None
        based[id] = base.get(f"{W}val") if base is not None else None
    found = {}
    for id in own:
        at, seen = id, set()
        while at in own and at not in seen and not own[at]:
            seen.add(at)
            at = based[at]
        if own.get(at):
            found[id] = own[at]
    return found


def _lists(xml: bytes) -> dict[str, NumberedList]:
    root = ElementTree.fromstring(xml)  # noqa: S314
    abstract = {
        kind.get(f"{W}abstractNumId"): {
            int(level.get(f"{W}ilvl", "0")): Level(
                _value(level, "numFmt", "decimal"),
                _value(level, "lvlText", ""),
                int(_value(level, "start", "1")),
            )
            for level in kind.findall(f"{W}lvl")
        }
        for kind in root.findall(f"{W}abstractNum")
    }
    found = {}
    for number in root.findall(f"{W}num"):
        kind = _value(number, "abstractNumId", "")
        starts = {
            int(override.get(f"{W}ilvl", "0")): int(_value(override, "startOverride", "1"))
            for override in number.findall(f"{W}lvlOverride")
            if override.find(f"{W}startOverride") is not None
        }
        found[number.get(f"{W}numId")] = NumberedList(kind, abstract.get(kind, {}), starts)
    return found


def _value(element, name: str, default: str) -> str:
    found = element.find(f"{W}{name}")
    return found.get(f"{W}val", default) if found is not None else default


def _put(paragraph, label: str) -> None:
    """The label as the paragraph's first run, looking as its text does; a list no more."""
    properties = paragraph.find(f"{W}pPr")
    numbering = properties.find(f"{W}numPr")
    if numbering is None:
        numbering = ElementTree.SubElement(properties, f"{W}numPr")
    for child in list(numbering):
        numbering.remove(child)
    ElementTree.SubElement(numbering, f"{W}numId").set(f"{W}val", "0")
    run = ElementTree.Element(f"{W}r")
    first = paragraph.find(f"{W}r/{W}rPr")
    if first is not None:
        run.append(first)
    text = ElementTree.SubElement(run, f"{W}t")
    text.text = label
    text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    paragraph.insert(list(paragraph).index(properties) + 1, run)
