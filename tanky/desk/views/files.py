"""The media library: photos and documents, uploaded many at once, found, described, put away."""

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select

from ...base.db import db
from ...media import library
from ...media.models import MediaFile
from ...reading.bounds import Refused
from ...records import journal
from ...text.folding import fold
from ...web.pagination import paginate
from .. import access, bp, usage
from ..forms.files import FileForm, UploadForm

PER_PAGE = 36
KINDS = {"anh": "Ảnh", "tai-lieu": "Tài liệu"}


@bp.get("/tep/")
def files():
    """``?chon=anh`` is the same library within the article's page, to choose from."""
    kind = request.args.get("loai", "")
    if kind and kind not in KINDS:
        abort(404)
    words = request.args.get("q", "").strip()[:100]
    query = access.visible_files(current_user)
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


@bp.post("/tep/")
def upload_files():
    """Each file by itself: one that is refused does not hold up the others. A script that shows
    progress sends them one by one and is answered in JSON."""
    form = UploadForm()
    if not form.validate_on_submit():
        message = " ".join(form.files.errors) or "Hãy chọn tệp."
        if _wants_json():
            return jsonify(error=message), 422
        flash(message, "error")
        return redirect(url_for("desk.files"))
    taken, refused = [], []
    for upload in form.files.data:
        known = db.session.scalar(select(MediaFile.id).order_by(MediaFile.id.desc()).limit(1)) or 0
        try:
            file = library.take(upload, current_user)
        except Refused as refusal:
            refused.append(f"{upload.filename or 'Tệp'}: {refusal}")
            continue
        if file.id > known:
            journal.record("uploaded", file, current_user)
        db.session.commit()
        taken.append((file, file.id <= known))
    if _wants_json():
        if refused:
            return jsonify(error=refused[0]), 422
        file, was_known = taken[0]
        return jsonify(_described(file) | {"known": was_known})
    for sentence in refused:
        flash(sentence, "error")
    if taken:
        again = sum(was_known for _, was_known in taken)
        flash(f"Đã nhận {len(taken)} tệp." + (f" {again} tệp đã có từ trước." if again else ""))
    return redirect(url_for("desk.files"))


@bp.route("/tep/<id:id>", methods=["GET", "POST"])
def file(id: int):
    found = access.get_file_for(current_user, id)
    form = FileForm(obj=found)
    if form.validate_on_submit():
        if not access.may_edit_file(current_user, found):
            abort(403)
        if found.is_trashed:
            abort(409)
        form.populate_obj(found)
        journal.record("saved", found, current_user)
        db.session.commit()
        flash("Đã lưu.")
        return redirect(url_for("desk.file", id=id))
    page = render_template(
        "desk/file.html", file=found, form=form, uses=usage.uses_of(found),
        may_trash=_may_trash(found), may_edit=access.may_edit_file(current_user, found),
        is_public=usage.is_public(found),
    )  # fmt: skip
    return page, 422 if form.errors else 200


@bp.post("/tep/<id:id>/bo")
def trash_file(id: int):
    found = access.get_file_for(current_user, id)
    if not _may_trash(found):
        abort(403)
    if usage.is_public(found):
        what = usage.uses_of(found)[0].what
        flash(f"Tệp đang được dùng trong {what} nên chưa bỏ được.", "error")
        return redirect(url_for("desk.file", id=id))
    found.trash(current_user)
    journal.record("trashed", found, current_user)
    db.session.commit()
    flash("Đã bỏ tệp vào thùng rác. Bạn có thể lấy lại bất cứ lúc nào.")
    return redirect(url_for("desk.files"))


@bp.get("/tep/<id:id>/mo-ta.json")
def described_file(id: int):
    """What the article's form needs to show a file that was chosen."""
    return jsonify(_described(access.get_file_for(current_user, id)))


def _may_trash(file: MediaFile) -> bool:
    return access.may_trash_file(current_user, file)


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
        "page": url_for("desk.file", id=file.id),
    }
