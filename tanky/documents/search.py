"""Finding documents by their number, their words and those of their files."""

from sqlalchemy import BigInteger, Select, column, select, table

from ..base.db import db
from ..records.search import asked, holds, readings
from .models import Document, number_key

documents_words = table("documents_words", column("rowid", BigInteger), column("words"))


def matching(query: Select, words: str) -> Select:
    """``query``, of documents, narrowed to those that hold the words, in the strictest reading
    under which there are any; the number that was typed whole is one by itself."""
    exact = query.where(Document.number_key == number_key(words))
    if db.session.scalar(exact.limit(1)):
        return exact
    narrowed = query.where(Document.id.in_(()))
    for wanted in readings(words):
        found = select(documents_words.c.rowid).where(holds(documents_words, asked(*wanted)))
        narrowed = query.where(Document.id.in_(found))
        if db.session.scalar(narrowed.limit(1)):
            break
    return narrowed
