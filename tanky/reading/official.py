"""The head of an official document: what stands above its text is no title.

Nghị định 30/2020/NĐ-CP, phụ lục I, lays it out: the issuer, number and subject on the left, the
national motto, place and date on the right, then the kind of the document and what it is about.
"""

import re
from dataclasses import dataclass

from ..text.folding import fold

KINDS = (
    "nghị quyết", "quyết định", "chỉ thị", "quy chế", "quy định", "thông cáo", "thông báo",
    "hướng dẫn", "chương trình", "kế hoạch", "phương án", "đề án", "dự án", "báo cáo", "biên bản",
    "tờ trình", "hợp đồng", "công điện", "bản ghi nhớ", "bản thoả thuận", "giấy uỷ quyền",
    "giấy mời", "giấy giới thiệu", "giấy nghỉ phép", "phiếu gửi", "thư công", "nghị định",
    "thông tư", "luật", "pháp lệnh", "lệnh", "lịch tiếp công dân", "lời kêu gọi", "thư ngỏ",
)  # fmt: skip
_KINDS = {fold(kind): kind for kind in KINDS}
_MOTTO = re.compile(
    r"cong hoa xa hoi chu nghia viet nam|doc lap ?[-–—]? ?tu do|dang cong san viet nam"
)
_ISSUER = re.compile(
    r"^(?:uy ban nhan dan|ubnd|hoi dong nhan dan|hdnd|uy ban mttq|uy ban mat tran|dang uy|"
    r"chinh phu|bo [a-z]|so [a-z]|van phong|trung tam|ban chi dao|cong an|tinh |huyen |xa |phuong )"
)
_NUMBER = re.compile(r"\bSố\s*:?\s*(\d[\w./-]*(?:\s*/\s*[\w.Đđ-]+)+|\d+[\w/.Đđ-]*)", re.I)
_DATE = re.compile(r"ngày\s*(\d{1,2})\s*tháng\s*(\d{1,2})\s*năm\s*(\d{4})", re.I)
_ABOUT = re.compile(r"^(?:v/v|về việc|về)\b[\s:.]*", re.I)
_ABOUT_WITHIN = re.compile(r"\bv/v[\s:.]*(.+?)(?=\s{2,}|\n|$)", re.I | re.S)
_RULE = re.compile(r"[\s_\-–—=*.]*")
_BODY = re.compile(r"^(?:kinh gui|can cu|dieu \d|thuc hien|theo |de |nham |i\. |1\. )")
DRAFT = "du thao"
WITHIN = 16  # blocks from the top
LONGEST_LINE = 250  # characters of a subject


@dataclass
class Head:
    """What was read off it; ``end``: the blocks that it takes."""

    title: str = ""
    issuer: str = ""
    number: str = ""
    date: str = ""
    is_draft: bool = False
    has_motto: bool = False  # so far
    end: int = 0

    @property
    def line(self) -> str:
        """What a reader is told of it: ``Số 12/TB-UBND, ngày 5/11/2026``."""
        parts = [
            f"Số {self.number}" if self.number else "",
            f"ngày {self.date}" if self.date else "",
        ]
        text = ", ".join(filter(None, parts))
        return text[:1].upper() + text[1:]


def head_of(texts: list[str]) -> Head | None:
    """The head of a document whose blocks read so, cells and lines parted by line breaks; None for
    a text that has none."""
    first = texts[:WITHIN]
    if not any(_MOTTO.search(fold(text)) for text in first):
        return None
    head = Head()
    about = ""
    while head.end < len(first) and _belongs(first[head.end], head):
        about = _note(head, first[head.end]) or about
        head.end += 1
    kind = _kind_in(first[head.end]) if head.end < len(first) else ""
    if kind:
        about = _subject_beneath(head, first, kind) or about
    head.title = _title(kind, about, head.number)
    if head.is_draft and head.title:
        head.title = f"Dự thảo {_lower_first(head.title)}"
    return head


def _note(head: Head, text: str) -> str:
    """Read what a block of the head says; its subject, where it names one (V/v …)."""
    head.has_motto = head.has_motto or bool(_MOTTO.search(fold(text)))
    for line in filter(None, map(str.strip, text.split("\n"))):
        bare = fold(line)
        head.is_draft = head.is_draft or bare.strip("() ") == DRAFT
        if not _MOTTO.search(bare) and not _NUMBER.search(line) and _ISSUER.match(bare):
            head.issuer = f"{head.issuer} {line}".strip()
    if found := _NUMBER.search(text):
        head.number = re.sub(r"\s+", "", found.group(1))
    if found := _DATE.search(text):
        head.date = "/".join(map(str, map(int, found.groups())))
    found = _ABOUT_WITHIN.search(text)
    return " ".join(found.group().split()) if found else ""


def _subject_beneath(head: Head, blocks: list[str], kind: str) -> str:
    """What the document is about: behind its kind, or in the lines beneath; the head ends there."""
    rest = " ".join(blocks[head.end].split())[len(kind) :].strip(" :.-–")
    head.end += 1
    lines = [rest] if rest else []
    while head.end < len(blocks) and len(lines) < 4:
        line = " ".join(blocks[head.end].split())
        if not _RULE.fullmatch(line):
            is_text = _BODY.match(fold(line)) or line.startswith("(") or line.endswith((".", ";"))
            if is_text or (lines and not line[:1].islower()) or len(line) > LONGEST_LINE:
                break
            lines.append(line)
        head.end += 1
    return " ".join(lines)


def _title(kind: str, about: str, number: str) -> str:
    subject = _lower_first(_ABOUT.sub("", about).strip(" ."))
    word = _ABOUT.match(about)
    says_about = (
        "" if not word else "về " if fold(word.group().strip(" .:")) == "ve" else "về việc "
    )
    if kind and subject:
        return f"{kind.capitalize()} {says_about}{subject}"
    if subject:
        return f"Về việc {subject}"
    return f"{kind.capitalize()} số {number}" if kind and number else kind.capitalize()


def _kind_in(text: str) -> str:
    """The kind of document that a line names: one that the decree lists, else all of a line in
    capitals."""
    line = " ".join(text.split())
    return _listed_kind(fold(line)) or (
        line.lower() if line.isupper() and len(line) < LONGEST_LINE else ""
    )


def _listed_kind(plain: str) -> str:
    """The kind that the decree lists and that a line names, alone or at its beginning."""
    for folded, kind in _KINDS.items():
        if plain == folded or plain.startswith((f"{folded} ve ", f"{folded} v/v", f"{folded} :")):
            return kind
    return ""


def _belongs(text: str, head: Head) -> bool:
    """Whether a block is part of the head above the document's kind."""
    plain = fold(text)
    if _listed_kind(plain) or _BODY.match(plain):
        return False
    signs = (_MOTTO.search(plain), _NUMBER.search(text), _DATE.search(text), _ISSUER.match(plain),
             _ABOUT.match(text), _RULE.fullmatch(text), plain.strip("() ") == DRAFT)  # fmt: skip
    if any(signs):
        return True
    # Above the motto lines in capitals are the issuer's; the first one beneath is the kind.
    return not head.has_motto and text.isupper() and len(text) < LONGEST_LINE


def _lower_first(text: str) -> str:
    """A subject within a sentence; a name that is all capitals stays."""
    word = text.split(" ", 1)[0]
    if text.isupper():
        return text.lower()
    return text if word.isupper() and len(word) > 1 else text[:1].lower() + text[1:]
