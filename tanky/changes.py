"""Which state of the content is current: a number that goes up with every change residents can see.

It goes up within the transaction of the change, so that whoever reads it after an answer "saved"
reads the new one, in any worker process. A change made past the session of ``extensions.db`` (by
hand, in a database shell) is not noticed until the workers are started again.
"""

from sqlalchemy import event, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from .extensions import db

_CHANGED = "tanky_content_changed"


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


@event.listens_for(Session, "after_flush")
def _note_objects(session, _context) -> None:
    changed = [*session.new, *session.deleted, *filter(session.is_modified, session.dirty)]
    if any(getattr(thing, "SHOWN", True) for thing in changed):
        session.info[_CHANGED] = True


@event.listens_for(Session, "do_orm_execute")
def _note_statements(state) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        mapper = state.bind_mapper
        if mapper is None or getattr(mapper.class_, "SHOWN", True):
            state.session.info[_CHANGED] = True


@event.listens_for(Session, "before_commit")
def _count(session) -> None:
    session.flush()
    # Of what was taken back by a rollback too: drawing a page once more than needed does no harm.
    # Last of all, so that the row is locked for the shortest time and no two wait for each other.
    if session.info.pop(_CHANGED, False):
        table = ContentVersion.__table__
        connection = session.connection()
        if not connection.execute(update(table).values(number=table.c.number + 1)).rowcount:
            connection.execute(table.insert().values(id=1, number=1))
