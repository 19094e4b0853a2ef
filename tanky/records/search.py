"""Finding rows by words or parts of words, with or without diacritics, among the few thousand that
a desk or a catalogue has: each feature keeps a folded column for it. Residents find articles, of
which there may be a million, by the index of news/search.py."""

from typing import Any

from sqlalchemy import ColumnElement, Select, false

from ..text.folding import words_of


def having(query: Select[Any], column: ColumnElement[str], words: str) -> Select[Any]:
    """``query`` narrowed to the rows whose folded ``column`` holds every word; signs alone are
    found nowhere."""
    asked = words_of(words)
    if words.strip() and not asked:
        return query.where(false())
    for word in asked:
        query = query.where(column.contains(word, autoescape=True))
    return query
