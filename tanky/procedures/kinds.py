"""The kinds of attributes (records/schema.py) that only the record of a procedure has.

In a sheet each is written as officials write it: ``03 ngày làm việc; …``,
``Bản chính: 8.000 đồng/bản``, ``Nộp hồ sơ | Người yêu cầu …``.
"""

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape, unescape
from typing import TypedDict

from ..records.schema import Attribute
from ..text import formats, sanitise
from ..text.differences import lines_of
from ..text.folding import nfc


class TimeUnit(enum.StrEnum):
    WORKING_DAY = "ngày làm việc"
    WORKING_HOUR = "giờ làm việc"
    DAY = "ngày"
    HOUR = "giờ"
    MONTH = "tháng"


class TimeLimit(TypedDict):
    """How long it takes; the number is None where only the note tells it."""

    number: int | None
    unit: str  # a TimeUnit; "" without a number
    note: str


class Sum(TypedDict):
    """One sum to be paid; the amount is None where only the name tells it: ``Miễn phí``."""

    name: str
    amount: int | None  # đồng
    per: str  # ``bản``, ``trang``


class Step(TypedDict):
    name: str
    text: str  # sanitised HTML


MOST_NUMBER = 999
LONGEST_NAME = 200
_LIMIT = re.compile(
    rf"(\d{{1,3}})\s+({'|'.join(TimeUnit)})(?=\W|$)\s*(.*)", re.IGNORECASE | re.DOTALL
)
_JOINED = (";", ",", ".", ":", "/")
_AMOUNT = re.compile(
    r"(?:(?P<name>[^:]+):\s*)?(?P<amount>\d{1,3}(?:[.,]\d{3}){1,3}|\d{1,12})\s*(?:đồng|đ|vnđ|vnd)"
    r"(?:\s*/\s*(?P<per>.+))?",
    re.IGNORECASE,
)
_BLOCK = re.compile(r"</?(?:p|h[1-6]|[uo]l|li|div|table|figure|blockquote|pre|hr)\b", re.IGNORECASE)
_BETWEEN_SUMS = re.compile(r"\s*[;\n]\s*")


@dataclass(frozen=True, kw_only=True)
class TimeLimitAttribute(Attribute):
    @property
    def empty(self) -> TimeLimit:
        return {"number": None, "unit": "", "note": ""}

    def parse(self, text: str) -> TimeLimit:
        text = super().parse(text)
        if found := _LIMIT.fullmatch(text):
            return {"number": int(found[1]), "unit": found[2].lower(), "note": found[3]}
        return self.empty | {"note": text}

    def cell(self, value: TimeLimit) -> str:
        return told_limit(value)

    def told(self, value: TimeLimit) -> list[str]:
        return [told_limit(value)]


def told_limit(limit: TimeLimit) -> str:
    """``03 ngày làm việc; cần xác minh thì 05 ngày``."""
    if limit["number"] is None:
        return limit["note"]
    between = "" if limit["note"].startswith(_JOINED) else " "
    return f"{limit['number']:02} {limit['unit']}{between}{limit['note']}".strip()


@dataclass(frozen=True, kw_only=True)
class SumsAttribute(Attribute):
    @property
    def empty(self) -> list[Sum]:
        return []

    def parse(self, text: str) -> list[Sum]:
        parts = [super(SumsAttribute, self).parse(part) for part in _BETWEEN_SUMS.split(text)]
        return [_sum(part) for part in parts if part]

    def cell(self, value: list[Sum]) -> str:
        return told_sums(value)

    def told(self, value: list[Sum]) -> list[str]:
        return [told_sum(part) for part in value]


def _sum(text: str) -> Sum:
    found = _AMOUNT.fullmatch(text)
    if not found:
        return {"name": text, "amount": None, "per": ""}
    amount = int(re.sub(r"[.,]", "", found["amount"]))
    return {"name": (found["name"] or "").strip(), "amount": amount, "per": found["per"] or ""}


def told_sum(part: Sum) -> str:
    """``Bản sao: 8.000 đồng/bản``."""
    if part["amount"] is None:
        return part["name"]
    name = f"{part['name']}: " if part["name"] else ""
    per = f"/{part['per']}" if part["per"] else ""
    return f"{name}{formats.money(part['amount'])}{per}"


def told_sums(sums: Sequence[Sum]) -> str:
    return "; ".join(map(told_sum, sums))


@dataclass(frozen=True, kw_only=True)
class StepsAttribute(Attribute):
    """Steps, each a line of its own or an item of a list in HTML; a name stands before ``|``."""

    @property
    def empty(self) -> list[Step]:
        return []

    def parse(self, text: str) -> list[Step]:
        if "<" in text and not _BLOCK.search(text):
            # Lines with a bold word or a link.
            items = (sanitise.unnumbered(line) for line in text.splitlines() if line.strip())
            text = f"<ol>{''.join(f'<li>{item}</li>' for item in items)}</ol>"
        from bs4 import BeautifulSoup  # 1.5 MB, which the desk alone needs

        html = sanitise.steps(text)
        top = [node for node in BeautifulSoup(html, "html.parser").contents if str(node).strip()]
        if len(top) == 1 and getattr(top[0], "name", "") == "ol":
            items = top[0].find_all("li", recursive=False)
            return [_step(item.decode_contents()) for item in items]
        return [{"name": "", "text": html}] if html else []

    def cell(self, value: list[Step]) -> str:
        if is_prose(value):
            return value[0]["text"]
        if any("<" in step["text"] or "&lt;" in step["text"] for step in value):
            items = (_line(escape(s["name"], quote=False), s["text"]) for s in value)
            return "<ol>" + "\n".join(f"<li>{item}</li>" for item in items) + "</ol>"
        return "\n".join(_line(step["name"], unescape(step["text"])) for step in value)

    def told(self, value: list[Step]) -> list[str]:
        return [
            line for step in value for line in lines_of(_line(escape(step["name"]), step["text"]))
        ]


def is_prose(steps: Sequence[Step]) -> bool:
    """Whether it is one text rather than steps: paragraphs, or a table."""
    return len(steps) == 1 and not steps[0]["name"] and "</" in steps[0]["text"]


def _step(html: str) -> Step:
    if "<pre" not in html:
        html = " ".join(html.split())
    name, bar, text = html.partition("|")
    name = nfc(unescape(name).strip())
    if not bar or "<" in name or len(name) > LONGEST_NAME:
        name, text = "", html
    return {"name": name, "text": sanitise.clean(text)}


def _line(name: str, text: str) -> str:
    return f"{name.replace('|', '/')} | {text}" if name or "|" in text else text


def steps_of(texts: Sequence[str]) -> list[Step]:
    """Lines of plain text as steps; the part before ``|`` is a step's name."""
    return [_step(escape(text, quote=False)) for text in texts]
