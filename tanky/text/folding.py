"""Vietnamese without its diacritics, for addresses and for search."""

import re
import unicodedata
from functools import lru_cache

# NFD leaves đ whole: it is a letter of its own, not d with a combining mark.
_STROKE = str.maketrans({"đ": "d", "Đ": "D"})
_NO_LETTER = re.compile(r"[\W_]+")
_BETWEEN_WORDS = re.compile(r"[^a-z0-9]+")


# The y that is written i as well: alone, or after a consonant or u (kỹ, kĩ; quý, quí).
FINAL_Y = re.compile(r"(?<![aeo])y$")
# Neither XML nor a page can hold these (XML 1.0, section 2.2); half a surrogate is no letter.
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff\ud800-\udfff]")
MOST_MARKS = 30  # upon one letter; Vietnamese has two (UAX #15, section 13: stream-safe text)


def nfc(text: str) -> str:
    """The composed form that TCVN 6909:2001 asks of all Vietnamese text, without what is no text.

    A heap of marks upon a letter is cut: to put hundreds of thousands in order takes minutes.
    """
    if text.isascii() and text.isprintable():
        return text
    return unicodedata.normalize("NFC", stream_safe(_NO_TEXT.sub("", text)))


def stream_safe(text: str) -> str:
    """The text with no letter under more than :data:`MOST_MARKS` marks."""
    if text.isascii() or len(text) <= MOST_MARKS:
        return text
    kept, marks = [], 0
    for letter in text:
        # Decomposed, some letters are several marks.
        marks = marks + 1 if letter > "\u02ff" and _is_mark(letter) else 0
        if marks <= MOST_MARKS // 3:
            kept.append(letter)
    return "".join(kept)


@lru_cache(maxsize=4096)
def _is_mark(letter: str) -> bool:
    return unicodedata.combining(unicodedata.normalize("NFD", letter)[0]) != 0


def fold(text: str) -> str:
    """Lower case without diacritics, words parted by one space: ``Đăng ký`` → ``dang ky``."""
    bare = "".join(letter for letter in decompose(text) if not unicodedata.combining(letter))
    return " ".join(bare.translate(_STROKE).split())


def decompose(text: str) -> str:
    """Lower case, each mark a letter of its own after the letter that it stands on."""
    # Decomposed before as well: a mathematical 𝑨 has no lower case until it is a plain A.
    compatible = unicodedata.normalize("NFKD", stream_safe(_NO_TEXT.sub("", text)))
    return unicodedata.normalize("NFKD", compatible.casefold())


def words_of(text: str) -> list[str]:
    """The words to find a text by: ``42/2022/NĐ-CP`` → ``42``, ``2022``, ``nd``, ``cp``.

    A last y is i where writers take either: ``kỹ`` and ``kĩ`` are ``ki``.
    """
    return [FINAL_Y.sub("i", word) for word in _NO_LETTER.sub(" ", fold(text)).split()]


def slugify(text: str, longest: int = 80) -> str:
    """The part of an address made of a title: ``thu-tuc-hanh-chinh``; never empty."""
    slug = _BETWEEN_WORDS.sub("-", fold(text)).strip("-")
    if len(slug) > longest:
        slug = slug[:longest].rsplit("-", 1)[0]
    return slug or "muc"
