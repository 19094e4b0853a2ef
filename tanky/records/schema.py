"""A record described once: form, sheet, differences, samples and documentation take it from here.

A record is a dictionary of plain JSON values, by the names of its attributes. What a model's
``snapshot()`` gives and its ``restore()`` takes is such a record.
"""

import enum
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from ..text import formats
from ..text.differences import lines_of
from ..text.folding import fold, nfc
from .days import out_of_range
from .sheets import BadCell

_BREAK = re.compile(r"\s*\n\s*")
LINK = r"https?://\S+"


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """One line of text, and what the other kinds have in common."""

    name: str
    label: str  # in forms and differences
    heading: str = ""  # of its column in a sheet, where that is not the label
    column: str = ""  # its column's English name, where that is not ``name``
    also: tuple[str, ...] = ()  # other words for the column
    required: bool = False
    hint: str = ""  # after the label in a form
    most: int = 0  # characters; 0: any number
    pattern: str = ""  # what a whole text matches
    example: str = ""  # of such a text
    says: str = ""  # what such a text looks like, as a sentence
    in_sheet: bool = True

    @property
    def head(self) -> str:
        return self.heading or self.label

    @property
    def key(self) -> str:
        return self.column or self.name

    @property
    def empty(self) -> Any:
        return ""

    def parse(self, text: str) -> Any:
        """A cell's value.

        :raises BadCell: it is not of this kind.
        """
        text = nfc(" ".join(text.split()))
        if self.most and len(text) > self.most:
            raise self.bad(f"dài quá {self.most} ký tự")
        if self.pattern and text and not re.fullmatch(self.pattern, text):
            raise self.bad(
                f"phải có dạng {self.example} (ô kiểu văn bản), không phải “{text[:40]}”"
            )
        return text

    def cell(self, value: Any) -> str:
        return str(value or "")

    def told(self, value: Any) -> list[str]:
        """A value that is given, as the lines of a difference."""
        return str(value).splitlines()

    def bad(self, sentence: str) -> BadCell:
        return BadCell(self.head, sentence)


@dataclass(frozen=True, kw_only=True)
class Link(Attribute):
    most: int = 500

    def parse(self, text: str) -> str:
        text = text.strip()
        if text and not (len(text) <= self.most and re.fullmatch(LINK, text)):
            raise self.bad(f"phải bắt đầu bằng https:// và không quá {self.most} ký tự")
        return text


@dataclass(frozen=True, kw_only=True)
class Html(Attribute):
    """:param clean: makes HTML of ours of what was typed or stands in a cell."""

    clean: Callable[[str], str]

    def parse(self, text: str) -> str:
        return self.clean(text)

    def told(self, value: str) -> list[str]:
        return lines_of(value)


@dataclass(frozen=True, kw_only=True)
class Number(Attribute):
    """A whole number from ``least`` to ``largest``; None where it is not given."""

    least: int = 0
    largest: int = 999_999_999

    @property
    def empty(self) -> None:
        return None

    def parse(self, text: str) -> int | None:
        text = re.sub(r"\.0+$", "", text.strip())  # how a sheet writes a whole number
        if not text:
            return None
        is_number = text.isascii() and text.isdigit() and len(text) < 10
        if not (is_number and self.least <= int(text) <= self.largest):
            raise self.bad(
                f"phải là số từ {self.least} đến {self.largest}, không phải “{text[:40]}”"
            )
        return int(text)

    def cell(self, value: int | None) -> str:
        return "" if value is None else str(value)

    def told(self, value: int) -> list[str]:
        return [formats.number(value)]


@dataclass(frozen=True, kw_only=True)
class Year(Number):
    least: int = 2000
    largest: int = 2200

    def told(self, value: int) -> list[str]:
        return [str(value)]


@dataclass(frozen=True, kw_only=True)
class Id(Number):
    """Which row of another table it is; not for sheets."""

    in_sheet: bool = False

    def told(self, value: int) -> list[str]:
        return [f"số {value}"]


@dataclass(frozen=True, kw_only=True)
class Choice(Attribute):
    """One of the values of ``choices``.

    :param otherwise: the value of an empty cell.
    :param words: other words for a value: folded → value.
    :param before: a word that may stand before a value, folded.
    """

    choices: type[enum.StrEnum]
    otherwise: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    before: str = ""

    @property
    def empty(self) -> str:
        return self.otherwise

    def parse(self, text: str) -> str:
        key = fold(text or self.otherwise).removeprefix(self.before)
        for known, value in {
            **{fold(c.value): c.value for c in self.choices},
            **self.words,
        }.items():
            # "Dịch vụ công trực tuyến toàn trình" is what some sheets write for "toàn trình".
            if key == known or key.endswith(" " + known):
                return value
        names = ", ".join(choice.value for choice in self.choices)
        raise self.bad(f"phải là một trong: {names}; không phải “{text[:60]}”")


@dataclass(frozen=True, kw_only=True)
class Choices(Attribute):
    """Some of the values of a choice, in their order; in a cell parted by ``;`` or ``,``."""

    of: Choice

    @property
    def empty(self) -> list[str]:
        return [self.of.empty] if self.of.empty else []

    def parse(self, text: str) -> list[str]:
        chosen = {self.of.parse(part) for part in re.split(r"[;,\n]", text) if part.strip()}
        return [choice.value for choice in self.of.choices if choice.value in chosen] or self.empty

    def cell(self, value: list[str]) -> str:
        return "; ".join(value)

    def told(self, value: list[str]) -> list[str]:
        return ["; ".join(value)]


@dataclass(frozen=True, kw_only=True)
class Flag(Attribute):
    """True for a cell that says ``yes``, False for one that says ``no`` or nothing."""

    yes: str
    no: str

    @property
    def empty(self) -> bool:
        return False

    def parse(self, text: str) -> bool:
        key = f" {fold(text)}"
        says_yes, says_no = (key.endswith(f" {fold(word)}") for word in (self.yes, self.no))
        if text.strip() and not (says_yes or says_no):
            raise self.bad(f"phải là một trong: {self.no}, {self.yes}; không phải “{text[:60]}”")
        return says_yes

    def cell(self, value: bool) -> str:
        return self.yes if value else self.no

    def told(self, value: bool) -> list[str]:
        return ["có" if value else "không"]


@dataclass(frozen=True, kw_only=True)
class Day(Attribute):
    """A day as ISO 8601 (``2025-12-31``); None where it is not given."""

    @property
    def empty(self) -> None:
        return None

    def parse(self, text: str) -> str | None:
        text = text.strip().removesuffix(" 00:00:00")  # how a sheet writes a day
        if not text:
            return None
        for form in ("%d/%m/%Y", "%Y-%m-%d"):
            try:
                day = datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
            except ValueError:
                continue
            if why := out_of_range(day):
                raise self.bad(why)
            return day.isoformat()
        raise self.bad(f"ngày phải có dạng 31/12/2025, không phải “{text[:40]}”")

    def cell(self, value: str | None) -> str:
        return formats.day(date.fromisoformat(value)) if value else ""

    def told(self, value: str) -> list[str]:
        return [self.cell(value)]


@dataclass(frozen=True, kw_only=True)
class Lines(Attribute):
    """A list of texts; a line each in a form and in a cell."""

    @property
    def empty(self) -> list[str]:
        return []

    def parse(self, text: str) -> list[str]:
        parsed = [Attribute.parse(self, line) for line in lines(text)]
        return [line for line in parsed if line]

    def cell(self, value: list[str]) -> str:
        return "\n".join(value)

    def told(self, value: list[str]) -> list[str]:
        return value


@dataclass(frozen=True, kw_only=True)
class Moment(Attribute):
    """A moment in the site's time without its zone (``2025-12-31T17:30:00``); None where it is not
    given. Not for sheets."""

    in_sheet: bool = False

    @property
    def empty(self) -> None:
        return None

    def told(self, value: str) -> list[str]:
        return [datetime.fromisoformat(value).strftime(formats.SHOWN)]


@dataclass(frozen=True, kw_only=True)
class Rows(Attribute):
    """A table: a list of records of ``parts``. In a cell a row is a line, its parts between ``|``.

    The first part is what a row cannot be without.
    """

    parts: tuple[Attribute, ...]

    @property
    def empty(self) -> list[dict[str, Any]]:
        return []

    @property
    def empty_row(self) -> dict[str, Any]:
        return {part.name: part.empty for part in self.parts}

    def __getitem__(self, name: str) -> Attribute:
        return next(part for part in self.parts if part.name == name)

    def parse(self, text: str) -> list[dict[str, Any]]:
        return [self.row(self.split(line, len(self.parts))) for line in lines(text)]

    def row(self, texts: list[str]) -> dict[str, Any]:
        """A row of the texts of its parts.

        :raises BadCell: about the whole cell, since that is what a person looks for.
        """
        row = {}
        for part, text in zip(self.parts, texts, strict=True):
            try:
                row[part.name] = part.parse(text)
            except BadCell as fault:
                raise self.bad(f"{part.label}: {fault}") from None
        if not row[self.parts[0].name]:
            raise self.bad(f"mỗi dòng cần {self.parts[0].label.lower()} ở đầu")
        return row

    def split(self, line: str, most: int) -> list[str]:
        texts = [" ".join(text.split()) for text in line.split("|")]
        if len(texts) > most:
            raise self.bad(f"dòng “{line[:40]}…” có hơn {most} phần")
        return texts + [""] * (most - len(texts))

    def cell(self, value: list[dict[str, Any]]) -> str:
        return "\n".join(
            joined(*(part.cell(row[part.name]) for part in self.parts)) for row in value
        )

    def told(self, value: list[dict[str, Any]]) -> list[str]:
        return [self._told_row(row) for row in value]

    def _told_row(self, row: dict[str, Any]) -> str:
        told = []
        for part in self.parts:
            if (given := row.get(part.name)) not in (None, ""):
                text = "; ".join(part.told(given))
                if not text:
                    continue
                told.append(f"{part.label.lower()}: {text}" if isinstance(part, Number) else text)
        return " | ".join(told)


class Schema:
    def __init__(self, *attributes: Attribute):
        self._attributes = {attribute.name: attribute for attribute in attributes}

    def __iter__(self) -> Iterator[Attribute]:
        return iter(self._attributes.values())

    def __getitem__(self, name: str) -> Any:
        return self._attributes[name]

    @property
    def columns(self) -> list[Attribute]:
        """What a sheet holds, in its order."""
        return [attribute for attribute in self if attribute.in_sheet]

    def empty(self) -> dict[str, Any]:
        return {attribute.name: attribute.empty for attribute in self}


def lines(cell: str) -> list[str]:
    return [nfc(line) for line in _BREAK.split(cell.strip()) if line]


def joined(*parts: object) -> str:
    """The parts of a row as a line of a cell."""
    return " | ".join(str(part).replace("|", "/") for part in parts).rstrip(" |")
