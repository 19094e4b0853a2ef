"""The order of a Vietnamese dictionary, the same on both databases.

Sorted by the numbers of their letters, "Đăng ký" comes after "Xác nhận" and "Ly hôn" before "Lý
lịch". PostgreSQL has the right order from ICU; SQLite is given one under the same name.
"""

import unicodedata
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, collate

NAME = "vi-x-icu"
_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
# Grave, hook, tilde, acute, dot below: huyền, hỏi, ngã, sắc, nặng.
_TONES = "\u0300\u0309\u0303\u0301\u0323"
_PLACES = {letter: place for place, letter in enumerate(_LETTERS)}


def in_alphabet(column: Any) -> ColumnElement[str]:
    """A column to order by."""
    return collate(column, NAME)


@lru_cache(maxsize=8192)
def dictionary_key(text: str) -> tuple[list[tuple[int, int]], list[int], str]:
    """What a text is sorted by: its letters, where they are alike its tones, then itself.

    Spaces and signs come before digits, digits before letters.
    """
    letters, tones = [], []
    for letter in unicodedata.normalize("NFC", text).casefold():
        bare = unicodedata.normalize("NFD", letter)
        tone = next((mark for mark in bare if mark in _TONES), "")
        plain = unicodedata.normalize("NFC", bare.replace(tone, "")) if tone else letter
        place = _PLACES.get(plain)
        kind = 2 if place is not None else 1 if plain.isdigit() else 3 if plain.isalpha() else 0
        letters.append((kind, ord(plain[0]) if place is None else place))
        tones.append(_TONES.find(tone) + 1 if tone else 0)
    return letters, tones, text


def compare(one: str, other: str) -> int:
    """-1, 0 or 1, as SQLite asks for."""
    first, second = dictionary_key(one), dictionary_key(other)
    return (first > second) - (first < second)
