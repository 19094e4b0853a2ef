"""Which state of the content is current: a number that goes up with every change residents can see.

Triggers in the database raise it (migration 0004), within the transaction of the change: whoever
reads it after an answer "saved" reads the new one, in any worker process, and a change made by hand
in a database shell counts like any other.
"""

from sqlalchemy.orm import Mapped, mapped_column

from .extensions import db


class ContentVersion(db.Model):
    """One row, and none before the first change."""

    __tablename__ = "content_version"
    SHOWN = False

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(default=0)


def number(engine) -> int:
    """The present state's number. Asked at each page view, so by the shortest way there is."""
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT number FROM content_version")
        row = cursor.fetchone()
        cursor.close()
    finally:
        connection.close()
    return row[0] if row else 0
