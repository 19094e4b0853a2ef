"""Articles from elsewhere: Word files, fonts before Unicode."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user

from ...base.db import db
from ...desk import roles
from ...media import rich_text
from ...reading.bounds import Refused
from ...text import legacy, sanitise
from .. import access, publishing
from ..forms import ImportedForm, WordForm
from ..publishing import Action
from ..word import read
from .section import bp


@bp.post("/nhap-word")
@roles.anyone
@roles.anyone
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
                    "news/desk/choose_encoding.html", document=document, name=name,
                    encoding=legacy.NAMES[document.encoding],
                )  # fmt: skip
            return _draft(document.title, document.lede, document.body, name, document.source)
    else:
        problem = " ".join(form.file.errors) or "Hãy chọn một tệp .docx."
    return render_template("news/desk/word.html", form=form, problem=problem), 422


@bp.post("/nhap-word/chon")
@roles.anyone
@roles.anyone
def choose_encoding():
    """The draft as chosen between before and after."""
    form = ImportedForm()
    if not form.validate_on_submit():
        abort(400)
    return _draft(form.title.data, form.lede.data, form.body.data, form.name.data)


@bp.route("/<id:id>/chuyen-ma", methods=["GET", "POST"])
def convert(id: int):
    """An article's saved text of a font before Unicode: before and after, then the change."""
    # Loaded here: Beautiful Soup is large, and only this needs it.
    from ...text import pasting

    article = access.article_for(current_user, id, Action.SAVE)
    whole = " ".join((article.title, article.lede, sanitise.plain(article.body)))
    asked = request.values.get("ma", "")
    encoding = asked if asked in legacy.NAMES else legacy.detect(whole)
    after = None
    if encoding:
        after = {
            "title": legacy.to_unicode(article.title, encoding)[:300],
            "lede": legacy.to_unicode(article.lede, encoding),
            "body": pasting.convert_html(article.body, encoding),
        }
    if request.method == "POST" and after:

        def fill(article):
            for name, value in after.items():
                setattr(article, name, value)

        publishing.save(article, current_user, fill, f"Chuyển từ {legacy.NAMES[encoding]}")
        flash("Đã chuyển sang Unicode. Bản trước vẫn còn trong các phiên bản.")
        return redirect(url_for("desk.news.edit", id=id))
    return render_template(
        "news/desk/convert.html", article=article, after=after, encoding=encoding,
        encodings=legacy.NAMES, is_sure=bool(encoding) and not asked,
    )  # fmt: skip


def _draft(title: str, lede: str, body: str, name: str, source: str = ""):
    article = publishing.new_article(
        current_user, name or "tệp Word", title=title[:300], lede=lede[:2000], source=source,
        body=sanitise.for_editor(rich_text.canonical(body)),
    )  # fmt: skip
    flash("Đã tạo bản nháp từ tệp Word. Hãy chọn chuyên mục và xem lại trước khi gửi duyệt.")
    return redirect(url_for("desk.news.edit", id=article.id))
