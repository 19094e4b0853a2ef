"""Finding rows by words, with or without diacritics: each feature keeps a folded column for it."""

from sqlalchemy import Select

from .text.folding import fold


def having(query: Select, column, words: str) -> Select:
    """``query`` narrowed to the rows whose folded ``column`` holds every word."""
    for word in fold(words).split():
        query = query.where(column.contains(word, autoescape=True))
    return query
