"""The order of a Vietnamese dictionary.

Sorted by the numbers of their letters, "Đăng ký" comes after "Xác nhận" and "Ly hôn" before "Lý
lịch". PostgreSQL has the right order from ICU; SQLite is given one under the same name, which
differs from it in the order of signs alone.
"""

import unicodedata
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, collate

NAME = "vi-x-icu"
_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
# Grave, hook, tilde, acute, dot below: huyền, hỏi, ngã, sắc, nặng.
_TONES = "\u0300\u0309\u0303\u0301\u0323"
# Where each kind of letter begins in a key: signs from 0, then these.
_DIGITS, _VIETNAMESE, _FOREIGN = 0x3000, 0x4000, 0x5000
_PLACES = {letter: chr(_VIETNAMESE + place) for place, letter in enumerate(_LETTERS)}


def in_alphabet(column: Any) -> ColumnElement[str]:
    """A column to order by."""
    return collate(column, NAME)


@lru_cache(maxsize=4096)
def dictionary_key(text: str) -> tuple[str, str, str]:
    """What a text is sorted by: its letters, where they are alike its tones, then itself.

    Spaces and signs come before digits, digits before letters. Of any text, since an error here
    would take down the list that the text stands in.
    """
    letters, tones = [], []
    for letter in unicodedata.normalize("NFC", text).casefold():
        bare = unicodedata.normalize("NFD", letter)
        tone = next((mark for mark in bare[1:] if mark in _TONES), "")
        plain = unicodedata.normalize("NFC", bare.replace(tone, "", 1)) if tone else letter
        letters.append(_PLACES.get(plain) or _place_of(plain[:1]))
        tones.append(str(_TONES.find(tone) + 1) if tone else "0")
    return "".join(letters), "".join(tones), text.swapcase()


def _place_of(letter: str) -> str:
    if letter.isdecimal():
        return chr(_DIGITS + int(letter))
    if letter.isalpha():
        return chr(_FOREIGN + min(ord(letter), 0xD7FF - _FOREIGN))
    return chr(min(ord(letter), _DIGITS - 1))


def compare(one: str, other: str) -> int:
    """-1, 0 or 1, as SQLite asks for."""
    first, second = dictionary_key(one), dictionary_key(other)
    return (first > second) - (first < second)
