"""Albums on the desk. What an editor saves is public at once, as with documents."""

from collections.abc import Mapping

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_login import current_user
from sqlalchemy import func, select

from ..accounts.models import Person
from ..base.db import db
from ..desk import roles, saving
from ..desk.section import Entry, Section
from ..web.pagination import paginate
from .forms import AlbumForm
from .models import RECORD, Album

bp = Blueprint("albums", __name__, url_prefix="/thu-vien")
PER_PAGE = 50


def album_for(person: Person, id: int) -> Album:
    """:raises NotFound: there is none, or it is in the trash.
    :raises Forbidden: albums are not this person's.
    """
    if not person.edits_all:
        abort(403)
    return db.first_or_404(Album.listed().where(Album.id == id))


@bp.get("/")
@roles.editors
def index():
    page = paginate(Album.listed(), Album.id, Album.NEWEST, PER_PAGE)
    return render_template("albums/desk/albums.html", page=page)


@bp.get("/moi")
@roles.editors
def new():
    return _form_page(None, AlbumForm.of(None))


@bp.post("/moi")
@roles.editors
def create():
    form = AlbumForm()
    if request.form.get("take"):
        return _with_files(None, form)
    if not form.validate():
        db.session.commit()  # the files that came along are kept
        return _form_page(None, form, 422)
    album = Album()
    saving.create(album, form.record)
    flash("Đã lưu. Người dân xem được từ bây giờ.")
    return redirect(url_for("desk.albums.edit", id=album.id))


@bp.get("/<id:id>")
def edit(id: int):
    album = album_for(current_user, id)
    return _form_page(album, AlbumForm.of(album))


@bp.post("/<id:id>")
def save(id: int):
    album = album_for(current_user, id)
    form = AlbumForm()
    if request.form.get("take"):
        return _with_files(album, form)
    valid = form.validate()
    db.session.commit()  # the files that came along are kept, whatever becomes of the rest
    if not valid:
        return _form_page(album, form, 422)
    if not saving.save(album, form.record, form.version.data, "album này"):
        form.version.data = str(album_for(current_user, id).version)
        return _form_page(album, form, 409)
    flash("Đã lưu.")
    return redirect(url_for("desk.albums.edit", id=id))


@bp.post("/<id:id>/bo")
def trash(id: int):
    album = album_for(current_user, id)
    saving.throw_away(album)
    flash(f"Đã bỏ “{album.title}” vào thùng rác.")
    return redirect(url_for("desk.albums.index"))


def _with_files(album: Album | None, form: AlbumForm):
    """The form again, with the files that were chosen; nothing else is saved yet."""
    form.take_files()
    db.session.commit()
    return _form_page(album, form)


def _form_page(album: Album | None, form: AlbumForm, status: int = 200):
    most_mb = current_app.config["TANKY"]["max_upload_mb"]
    page = render_template("albums/desk/album.html", album=album, form=form, most_mb=most_mb)
    return page, status


class AlbumSection(Section):
    subject, noun, path = Album.SUBJECT, "album", "thu-vien"
    blueprint = bp
    menu = (Entry("desk.albums.index", "Thư viện ảnh, video", roles.every_editor),)
    model = Album
    schema = RECORD

    def row_for(self, person: Person, ref: str) -> Album:
        return album_for(person, self.id_of(ref))

    def may_restore(self, person: Person, row: Album) -> bool:
        return person.edits_all and not row.is_trashed

    def totals(self) -> Mapping[str, int]:
        count = select(func.count()).select_from(Album.listed().subquery())
        return {"Album": db.session.scalar(count)}


SECTION = AlbumSection()
