"""Vietnamese words as the keys that type them, and words typed with raw keys.

Telex writes an accented word in ASCII: ``đỏ`` is ``ddor``. With the tone at the end a word has one
such form, wherever its tone mark stands (``hoá`` and ``hóa`` are ``hoas``). It is what an index
holds beside the bare word, so that typed accents can be told from others.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from .folding import FINAL_Y, decompose

_TONES = {"\u0300": "f", "\u0301": "s", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
_SHAPES = {"\u0306": "w", "\u031b": "w"}  # ă, ơ, ư
_CIRCUMFLEX = "\u0302"
# VNI's digits as the keys of Telex.
_VNI_TONES = {"1": "s", "2": "f", "3": "r", "4": "x", "5": "j"}
_MARKS = "".join({*_TONES, *_SHAPES, _CIRCUMFLEX})
_NO_LETTER = re.compile(rf"[^\w{_MARKS}]+|_+")
_TYPED = re.compile(r"[a-z]+[1-9][a-z1-9]*|[a-z]*(?:[sfrxjw]|aa|ee|oo|dd)[a-z]*")


class Typed(NamedTuple):
    """A word for an index: ``đỏ`` → ``do``, ``ddor``."""

    bare: str  # without diacritics
    keys: str  # in Telex, the tone at the end


def typed_words(text: str) -> list[Typed]:
    """The words of a text in their order; their bare forms are those of ``words_of``."""
    plain = decompose(text)
    # Few texts have marks that are not Vietnamese; to look at each letter would take ten times.
    strange = {letter for letter in set(plain) - set(_MARKS) if unicodedata.combining(letter)}
    if strange:
        plain = plain.translate(dict.fromkeys(map(ord, strange)))
    return [typed(word) for word in _NO_LETTER.split(plain) if word.strip(_MARKS)]


@lru_cache(maxsize=4096)
def typed(word: str) -> Typed:
    """A decomposed word in lower case; i and y at its end are one."""
    bare, keys, tone = [], [], ""
    for letter in word:
        if letter in _TONES:
            tone = _TONES[letter]
        elif letter in _SHAPES:
            keys.append(_SHAPES[letter])
        elif letter == _CIRCUMFLEX:
            keys.append(keys[-1] if keys else "")
        elif letter == "đ":
            bare.append("d")
            keys.append("dd")
        elif not unicodedata.combining(letter):
            bare.append(letter)
            keys.append(letter)
    return Typed(FINAL_Y.sub("i", "".join(bare)), FINAL_Y.sub("i", "".join(keys)) + tone)


def decoded(word: str) -> Typed | None:
    """A word typed with the keys of Telex or VNI themselves: ``giaasy``, ``gia6y1``.

    :returns: None where there is nothing to decode. Whether it is a word, the caller knows.
    """
    if not _TYPED.fullmatch(word):
        return None
    letters: list[str] = []
    shapes: list[str] = []  # of each letter: "", its double, or "w"
    tone = ""
    has_digits = any(key.isdigit() for key in word)
    for key in word:
        vowels = [at for at, letter in enumerate(letters) if letter in "aeiouy"]
        last = vowels[-1] if vowels else None
        if has_digits and key.isdigit():
            if key in _VNI_TONES:
                tone = _VNI_TONES[key]
            elif key == "9" and "d" in letters:
                shapes[letters.index("d")] = "d"
            elif key == "6":
                _shape(letters, shapes, "aeo", None)
            elif key in "78":
                _shape(letters, shapes, "uo" if key == "7" else "a", "w")
        elif not has_digits and key in "sfrxj" and last is not None:
            tone = key
        elif not has_digits and key == "w" and last is not None:
            _shape(letters, shapes, "aou", "w")
        elif not has_digits and key in "aeod" and letters and _doubles(letters, shapes, key):
            continue
        elif not has_digits and key == "w":
            letters.append("u")
            shapes.append("w")
        else:
            letters.append(key)
            shapes.append("")
    found = Typed(
        FINAL_Y.sub("i", "".join(letters)),
        FINAL_Y.sub("i", "".join(map("".join, zip(letters, shapes, strict=True)))) + tone,
    )
    return found if found.bare != word else None


def _doubles(letters: list[str], shapes: list[str], key: str) -> bool:
    """Whether a letter typed again gives the one before its circumflex or stroke."""
    if letters[-1] != key or shapes[-1]:
        return False
    shapes[-1] = key
    return True


def _shape(letters: list[str], shapes: list[str], fitting: str, shape: str | None) -> None:
    """Give the last fitting vowel its shape; ``uo`` takes a horn on both.

    :param shape: None for a circumflex.
    """
    for at in range(len(letters) - 1, -1, -1):
        if letters[at] in fitting and not shapes[at]:
            shapes[at] = shape or letters[at]
            if shape and letters[at] == "o" and at and letters[at - 1] == "u":
                shapes[at - 1] = shape
            return
