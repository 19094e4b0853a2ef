from collections.abc import Hashable, Iterable, Mapping, Sequence

from flask import url_for
from sqlalchemy import Select

from ..base.db import db
from ..records.public import Outline, Place, Public
from ..records.ranking import Entry
from ..records.ranking import Place as Where
from ..text import sanitise
from .models import Album


class PublicAlbums(Public):
    model = Album
    path = "thu-vien"
    is_ranked = True
    row_template = "albums/_row.html"
    row_page = ("albums.album", "id")
    found_as = ("thu-vien", "Ảnh, video")
    dated_by = "taken_on"

    def visible(self) -> Select:
        return Album.listed()

    def addresses(self, ids: Iterable[int]) -> dict[int, str]:
        rows = db.session.scalars(Album.listed().where(Album.id.in_(ids)))
        return {album.id: album.url for album in rows}

    def stamps(self) -> Mapping[int, Hashable]:
        columns = (Album.id, Album.version)
        rows = db.session.execute(Album.listed().with_only_columns(*columns))
        return dict(rows.tuples().all())

    def entries(self, ids: Sequence[int]) -> Iterable[Entry]:
        for album in db.session.scalars(Album.listed().where(Album.id.in_(ids))):
            captions = " ".join(item.caption for item in album.items)
            texts = ((Where.OUTCOME, f"{sanitise.plain(album.description)} {captions}"),)
            yield Entry(Album.SUBJECT, album.id, (album.title,), texts)

    def places(self, first: int, last: int) -> Iterable[Place]:
        rows = db.session.scalars(
            Album.listed().where(Album.id.between(first, last)).order_by(Album.id)
        ).all()
        if first == 1 and db.session.scalar(Album.listed().limit(1)):
            yield Place(url_for("albums.index"))
        yield from (Place(album.url, album.updated_at) for album in rows)

    def outline(self) -> Outline | None:
        if db.session.scalar(Album.listed().limit(1)) is None:
            return None
        return Outline("Thư viện ảnh, video", url_for("albums.index"))


ALBUMS = PublicAlbums()
