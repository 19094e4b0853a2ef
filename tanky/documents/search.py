"""Finding documents by their number, their words and those of their files."""

from sqlalchemy import Select

from ..base.db import db
from ..records.search import holding
from .models import Document, number_key


def matching(query: Select, words: str) -> Select:
    """``query``, of documents, narrowed to those that hold the words; the number that was typed
    whole is one by itself."""
    exact = query.where(Document.number_key == number_key(words))
    return exact if db.session.scalar(exact.limit(1)) else holding(query, Document.id, words)
