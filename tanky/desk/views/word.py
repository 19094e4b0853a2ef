"""Text that comes from elsewhere: Word files, the clipboard, fonts before Unicode."""

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask_login import current_user

from ... import reading
from ...base.db import db
from ...media import markup
from ...reading.bounds import Refused
from ...text import legacy, sanitise
from .. import access, bp, publishing
from ..forms.articles import ImportedForm, WordForm
from ..word import read

LONGEST_PASTE = 3_000_000  # characters
PASTE_TOO_MUCH = (
    "Phần dán vào quá dài hoặc quá rối nên không làm sạch được. Hãy nhập cả tệp Word, hoặc dán "
    "từng phần nhỏ."
)


@bp.post("/tin-tuc/nhap-word")
def import_word():
    """A draft from a .docx; where its text is of a font before Unicode, first a choice."""
    form = WordForm()
    problem = None
    if form.validate_on_submit():
        try:
            document = read(form.file.data, current_user)
        except Refused as refusal:
            db.session.rollback()
            problem = str(refusal)
        else:
            # The pictures are in the library whatever becomes of the draft.
            db.session.commit()
            name = (form.file.data.filename or "")[:200]
            for remark in document.remarks:
                flash(remark, "error")
            if document.converted:
                return render_template(
                    "desk/choose_encoding.html", document=document, name=name,
                    encoding=legacy.NAMES[document.encoding],
                )  # fmt: skip
            return _draft(document.title, document.lede, document.body, name, document.source)
    else:
        problem = " ".join(form.file.errors) or "Hãy chọn một tệp .docx."
    return render_template("desk/word.html", form=form, problem=problem), 422


@bp.post("/tin-tuc/nhap-word/chon")
def choose_encoding():
    """The draft as chosen between before and after."""
    form = ImportedForm()
    if not form.validate_on_submit():
        abort(400)
    return _draft(form.title.data, form.lede.data, form.body.data, form.name.data)


@bp.post("/dan")
def paste():
    """What was pasted, clean: ``{"html", "converted", "encoding", "lost_pictures",
    "lost_videos"}``."""
    given = request.form.get("html", "")
    if len(given) > LONGEST_PASTE:
        abort(413)
    try:
        pasted = reading.read("paste", given.encode())
    except Refused:
        return jsonify(error=PASTE_TOO_MUCH), 422
    return jsonify(
        html=markup.undress(pasted["html"]),
        converted=markup.undress(pasted["converted"]),
        encoding=legacy.NAMES.get(pasted["encoding"], ""),
        lost_pictures=pasted["lost_pictures"],
        lost_videos=pasted["lost_videos"],
    )


@bp.route("/tin-tuc/<id:id>/chuyen-ma", methods=["GET", "POST"])
def convert_article(id: int):
    """An article's saved text of a font before Unicode: before and after, then the change."""
    from ...text import pasting

    found = access.get_editable_article_for(current_user, id)
    whole = " ".join((found.title, found.lede, sanitise.plain(found.body)))
    asked = request.values.get("ma", "")
    encoding = asked if asked in legacy.NAMES else legacy.detect(whole)
    after = None
    if encoding:
        after = {
            "title": legacy.to_unicode(found.title, encoding)[:300],
            "lede": legacy.to_unicode(found.lede, encoding),
            "body": pasting.convert_html(found.body, encoding),
        }
    if request.method == "POST" and after:

        def fill(article):
            for name, value in after.items():
                setattr(article, name, value)

        publishing.save(found, current_user, fill, f"Chuyển từ {legacy.NAMES[encoding]}")
        flash("Đã chuyển sang Unicode. Bản trước vẫn còn trong các phiên bản.")
        return redirect(url_for("desk.article", id=id))
    return render_template(
        "desk/convert.html", article=found, after=after, encoding=encoding,
        encodings=legacy.NAMES, is_sure=bool(encoding) and not asked,
    )  # fmt: skip


def _draft(title: str, lede: str, body: str, name: str, source: str = ""):
    article = publishing.new_article(
        current_user, name or "tệp Word", title=title[:300], lede=lede[:2000], source=source,
        body=sanitise.for_editor(markup.dress(sanitise.clean(body))),
    )  # fmt: skip
    flash("Đã tạo bản nháp từ tệp Word. Hãy chọn chuyên mục và xem lại trước khi gửi duyệt.")
    return redirect(url_for("desk.article", id=article.id))
