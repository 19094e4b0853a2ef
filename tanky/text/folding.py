"""Vietnamese without its diacritics, for addresses and for search."""

import re
import unicodedata

# NFD leaves đ whole: it is a letter of its own, not d with a combining mark.
_STROKE = str.maketrans({"đ": "d", "Đ": "D"})
_NO_LETTER = re.compile(r"[\W_]+")
_BETWEEN_WORDS = re.compile(r"[^a-z0-9]+")


def nfc(text: str) -> str:
    """The composed form that TCVN 6909:2001 asks of all Vietnamese text."""
    return unicodedata.normalize("NFC", text)


def fold(text: str) -> str:
    """Lower case without diacritics, words parted by one space: ``Đăng ký`` → ``dang ky``."""
    # Decomposed before as well: a mathematical 𝑨 has no lower case until it is a plain A.
    compatible = unicodedata.normalize("NFKD", text.translate(_STROKE))
    decomposed = unicodedata.normalize("NFKD", compatible.casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(bare.translate(_STROKE).split())


def words_of(text: str) -> list[str]:
    """The words to find a text by: ``42/2022/NĐ-CP`` → ``42``, ``2022``, ``nd``, ``cp``."""
    return _NO_LETTER.sub(" ", fold(text)).split()


def slugify(text: str, longest: int = 80) -> str:
    """The part of an address made of a title: ``thu-tuc-hanh-chinh``; never empty."""
    slug = _BETWEEN_WORDS.sub("-", fold(text)).strip("-")
    if len(slug) > longest:
        slug = slug[:longest].rsplit("-", 1)[0]
    return slug or "muc"
