"""The media library: photos and documents, uploaded many at once, found, described, put away."""

from dataclasses import dataclass

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import Select, or_, select

from ..accounts.models import Person
from ..base.db import db
from ..media import library
from ..media.models import MediaFile
from ..reading.bounds import Refused
from ..records import journal, public, references, revisions
from ..text.folding import fold
from ..web.pagination import paginate
from . import roles
from .forms.files import FileForm, UploadForm
from .section import Entry, Section, StillUsed, current_sections

bp = Blueprint("files", __name__, url_prefix="/tep")
PER_PAGE = 36
MOST_USES = 20  # named of each noun
KINDS = {"anh": "Ảnh", "tai-lieu": "Tài liệu"}


@bp.get("/")
def index():
    """``?chon=anh`` is the same library within the article's page, to choose from."""
    kind = request.args.get("loai", "")
    if kind and kind not in KINDS:
        abort(404)
    words = request.args.get("q", "").strip()[:100]
    query = files_for(current_user)
    if kind:
        is_picture = MediaFile.width.is_not(None)
        query = query.where(is_picture if kind == "anh" else ~is_picture)
    for word in fold(words).split():
        query = query.where(MediaFile.name.contains(word, autoescape=True))
    newest = (MediaFile.uploaded_at.desc(), MediaFile.id.desc())
    page = paginate(query, MediaFile.id, newest, PER_PAGE)
    template = "desk/_choose_file.html" if "chon" in request.args else "desk/files.html"
    return render_template(
        template, page=page, kind=kind, kinds=KINDS, words=words, form=UploadForm()
    )


@bp.post("/")
@roles.anyone
def upload():
    """Each file by itself: one that is refused does not hold up the others. A script that shows
    progress sends them one by one and is answered in JSON."""
    form = UploadForm()
    if not form.validate_on_submit():
        message = " ".join(form.files.errors) or "Hãy chọn tệp."
        if _wants_json():
            return jsonify(error=message), 422
        flash(message, "error")
        return redirect(url_for("desk.files.index"))
    taken, refused = [], []
    for upload in form.files.data:
        newest = db.session.scalar(select(MediaFile.id).order_by(MediaFile.id.desc()).limit(1)) or 0
        try:
            file = library.take(upload, current_user)
        except Refused as refusal:
            refused.append(f"{upload.filename or 'Tệp'}: {refusal}")
            continue
        if file.id > newest:
            journal.record("uploaded", file, current_user)
        db.session.commit()
        taken.append((file, file.id <= newest))
    if _wants_json():
        if refused:
            return jsonify(error=refused[0]), 422
        file, was_there = taken[0]
        return jsonify(_described(file) | {"known": was_there})
    for sentence in refused:
        flash(sentence, "error")
    if taken:
        again = sum(was_there for _, was_there in taken)
        flash(f"Đã nhận {len(taken)} tệp." + (f" {again} tệp đã có từ trước." if again else ""))
    return redirect(url_for("desk.files.index"))


@bp.route("/<id:id>", methods=["GET", "POST"])
def edit(id: int):
    file = file_for(current_user, id)
    form = FileForm(obj=file)
    if form.validate_on_submit():
        if not may_edit(current_user, file):
            abort(403)
        if file.is_trashed:
            abort(409)
        form.populate_obj(file)
        journal.record("saved", file, current_user)
        db.session.commit()
        flash("Đã lưu.")
        return redirect(url_for("desk.files.edit", id=id))
    page = render_template(
        "desk/file.html", file=file, form=form, uses=uses_of(file),
        may_trash=may_edit(current_user, file) and not file.is_trashed,
        may_edit=may_edit(current_user, file), is_public=public.shows(file.key),
    )  # fmt: skip
    return page, 422 if form.errors else 200


@bp.post("/<id:id>/bo")
def trash(id: int):
    file = file_for(current_user, id)
    if file.is_trashed or not may_edit(current_user, file):
        abort(403)
    if public.shows(file.key):
        what = uses_of(file)[0].what
        flash(f"Tệp đang được dùng trong {what} nên chưa bỏ được.", "error")
        return redirect(url_for("desk.files.edit", id=id))
    file.trash(current_user)
    journal.record("trashed", file, current_user)
    db.session.commit()
    flash("Đã bỏ tệp vào thùng rác. Bạn có thể lấy lại bất cứ lúc nào.")
    return redirect(url_for("desk.files.index"))


@bp.get("/<id:id>/mo-ta.json")
def described(id: int):
    """What the article's form needs to show a file that was chosen."""
    return jsonify(_described(file_for(current_user, id)))


@dataclass(frozen=True)
class Use:
    what: str  # bài “Được mùa”
    address: str


def uses_of(file: MediaFile) -> list[Use]:
    """What shows a file or links to it; also what is in the trash, since it can be taken back."""
    uses = []
    for section in current_sections():
        if section.model is not None:
            rows = references.referring(file.key, section.model).limit(MOST_USES)
            for row in db.session.scalars(rows):
                uses.append(Use(section.told(row), section.address(row)))
    return uses


def may_see(person: Person, file: MediaFile) -> bool:
    """Own uploads, and what own texts show; for an editor every file."""
    return (
        person.edits_all
        or file.uploaded_by_id == person.id
        or any(references.among(file.key, rows, model) for model, rows in _own(person))
    )


def sees(person: Person, file: MediaFile) -> bool:
    """Whether the library shows the file to the person."""
    return may_see(person, file) or public.shows(file.key)


def may_edit(person: Person, file: MediaFile) -> bool:
    """A photo's focal point and title show wherever it stands: only its owner or an editor changes
    them, and throws it away."""
    return person.edits_all or file.uploaded_by_id == person.id


def files_for(person: Person) -> Select:
    """The files of the library that a person sees: those of others once they are public."""
    query = select(MediaFile).where(MediaFile.trashed_at.is_(None))
    if person.edits_all:
        return query
    shown = (MediaFile.key.in_(references.keys_of(rows, model)) for model, rows in _own(person))
    uploaded = MediaFile.uploaded_by_id == person.id
    return query.where(or_(uploaded, public.shown_keys(MediaFile.key), *shown))


def file_for(person: Person, id: int) -> MediaFile:
    """:raises Forbidden: a file of somebody else's that nothing public shows."""
    file = db.get_or_404(MediaFile, id)
    if not sees(person, file):
        abort(403)
    return file


def _own(person: Person):
    """The model of each noun, and the rows of it that are the person's own."""
    for section in current_sections():
        rows = section.own(person)
        if rows is not None:
            yield section.model, rows


def _wants_json() -> bool:
    return request.headers.get("X-Requested-With") == "fetch"


def _described(file: MediaFile) -> dict:
    return {
        "id": file.id,
        "url": file.url,
        "is_picture": file.is_picture,
        "thumbnail": file.picture_url(file.widths[0]) if file.is_picture else "",
        "title": file.called,
        "facts": file.facts,
        "page": url_for("desk.files.edit", id=file.id),
    }


class FileSection(Section):
    subject, noun, path = MediaFile.SUBJECT, "tệp", "tep"
    blueprint = bp
    menu = (Entry("desk.files.index", "Ảnh và tệp"),)
    model = MediaFile

    def delete(self, row: MediaFile) -> None:
        """Never what something shows, or what an earlier version would lack when taken back."""
        if uses_of(row) or revisions.mention(row.key, row.id):
            raise StillUsed(f"Tệp “{row.called}” còn được dùng trong một bài hay một phiên bản cũ.")
        library.delete(row)


SECTION = FileSection()
