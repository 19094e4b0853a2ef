"""Text of the fonts before Unicode: TCVN3 (ABC, fonts ".Vn…") and VNI (fonts "VNI-…").

Such text is stored as Latin-1 letters that only its font draws as Vietnamese: ``§¨ng ký`` is
"Đăng ký" in .VnTime. Source of the tables: TCVN 5712:1993 (VN3) and VNI's Windows code page.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from .folding import nfc

TCVN3 = "tcvn3"
VNI = "vni"
NAMES = {TCVN3: "TCVN3 (ABC)", VNI: "VNI"}

# Each legacy letter is below the Unicode letter that it stands for.
_TCVN3 = dict(
    zip(
        "µ¸¶·¹¨»¾¼½Æ©ÇÊÈÉË®ÌÐÎÏÑªÒÕÓÔÖ×ÝØÜÞßãáâä«åèæçé¬êíëìîïóñòô\xadõøö÷ùúýûüþ¡¢£¤¥¦§",
        "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵĂÂÊÔƠƯĐ",
        strict=True,
    )
)
_VNI_MARKS = {  # what follows a vowel letter → the combining marks it means
    "ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323",
    "â": "\u0302", "á": "\u0302\u0301", "à": "\u0302\u0300", "å": "\u0302\u0309",
    "ã": "\u0302\u0303", "ä": "\u0302\u0323",
    "ê": "\u0306", "é": "\u0306\u0301", "è": "\u0306\u0300", "ú": "\u0306\u0309",
    "ü": "\u0306\u0303", "ë": "\u0306\u0323",
}  # fmt: skip
_VNI_LETTERS = {
    "ñ": "đ", "ô": "ơ", "ö": "ư", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ",
}  # fmt: skip


def _vni_table() -> dict[str, str]:
    table = {}
    for letter, meant in _VNI_LETTERS.items():
        table[letter] = meant
        table[letter.upper()] = meant.upper()
    for base in "aeouyôö":
        for mark, combining in _VNI_MARKS.items():
            # a, e and o alone carry a circumflex, a alone a breve.
            if combining[0] == "\u0302" and base not in "aeo":
                continue
            if combining[0] == "\u0306" and base != "a":
                continue
            meant = nfc(_VNI_LETTERS.get(base, base) + combining)
            for first, second in (
                (base, mark), (base.upper(), mark.upper()), (base.upper(), mark),
            ):  # fmt: skip
                table[first + second] = meant if first.islower() else meant.upper()
    return table


_VNI = _vni_table()
_VNI_PATTERN = re.compile("|".join(sorted(map(re.escape, _VNI), key=len, reverse=True)))

_WORD = re.compile(r"[^\W\d_]+|[^\W\d_]*[\x80-\xff]+[\w\x80-\xff]*")
_SYLLABLE = re.compile(
    r"(?:b|ch?|d|đ|gh?|gi|h|kh?|l|m|ngh?|nh?|ph?|qu|r|s|th?|tr|t|v|x)?"
    r"(?:uyê|uya|uyu|iêu|yêu|ươi|ươu|uôi|uây|oai|oay|oeo|uao|oao|"
    r"ia|iê|yê|ua|uô|ưa|ươ|oa|oă|oe|oo|uâ|uê|uy|uơ|uă|ue|ya|"
    r"ai|ao|au|ay|âu|ây|eo|êu|iu|oi|ôi|ơi|ui|ưi|ưu|"
    r"[aăâeêioôơuưy])"
    r"(?:ch?|m|ng?|nh|p|t)?"
)
_TONES = dict.fromkeys(map(ord, "\u0300\u0301\u0303\u0309\u0323"))
FEWEST_WORDS = 2
SURE = 0.85


def encoding_of_font(font: str | None) -> str | None:
    """The encoding that a font's name tells: ``.VnTimeH`` is TCVN3, ``VNI-Times`` VNI."""
    name = (font or "").strip(" \"'").lower()
    if name.startswith(".vn"):
        return TCVN3
    return VNI if name.startswith(("vni-", "vni ")) else None


def draws_capitals(font: str) -> bool:
    """Whether a TCVN3 font draws small letters as capitals, as those do whose names end in H."""
    return font.strip(" \"'").lower().endswith("h")


def is_unicode(text: str) -> bool:
    """Whether a text holds letters that are Vietnamese in Unicode and nothing in an old font."""
    return any("\u1ea0" <= letter <= "\u1ef9" or letter in "ăĂđĐơƠưƯ" for letter in text)


def to_unicode(text: str, encoding: str, font: str = "") -> str:
    """Legacy text as Unicode NFC, in capitals where a TCVN3 font draws them."""
    if encoding == TCVN3:
        made = "".join(_TCVN3.get(letter, letter) for letter in text)
        return nfc(made.upper() if draws_capitals(font) else made)
    return nfc(_VNI_PATTERN.sub(lambda found: _VNI[found.group()], text))


def detect(text: str) -> str | None:
    """The legacy encoding of a text, told by whether its words become Vietnamese syllables.

    None for text that is Unicode already or for which it is not sure: it is never touched then.
    """
    words = [word for word in _WORD.findall(text[:20_000]) if not word.isascii()]
    if len(words) < FEWEST_WORDS or _share(words) > 0.5:
        return None
    shares = {encoding: _share(to_unicode(word, encoding) for word in words) for encoding in NAMES}
    best = max(shares, key=lambda encoding: shares[encoding])
    return best if shares[best] >= SURE else None


def _share(words: Iterable[str]) -> float:
    results = [_is_syllable(word) for word in words]
    return sum(results) / len(results)


@lru_cache(maxsize=4096)
def _is_syllable(word: str) -> bool:
    """Whether a word could be one Vietnamese syllable, with at most one tone mark."""
    decomposed = unicodedata.normalize("NFD", word.lower().strip(" .,;:!?-"))
    bare = decomposed.translate(_TONES)
    return len(decomposed) - len(bare) <= 1 and bool(_SYLLABLE.fullmatch(nfc(bare)))
