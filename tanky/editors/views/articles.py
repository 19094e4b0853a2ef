from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict

from ...extensions import db
from ...media.library import take_picture
from ...news.models import Article, ArticleEvent, AutosavedDraft, State
from ...pagination import paginate
from ...search import having
from ...site import identity
from ...text import formats
from .. import access, bp, publishing
from ..forms import take
from ..forms.articles import AUTOSAVED, ArticleForm

PER_PAGE = 25
STATES = {"nhap": State.DRAFT, "cho-duyet": State.IN_REVIEW, "da-dang": State.PUBLISHED,
          "da-go": State.WITHDRAWN}  # fmt: skip


@bp.get("/tin-tuc/")
def articles():
    query = access.articles_for(current_user)
    state = request.args.get("trang-thai", "")
    words = request.args.get("q", "").strip()[:200]
    if state:
        query = query.where(Article.state == (STATES.get(state) or abort(404)))
    query = having(query, Article.search_text, words)
    page = paginate(query, Article.id, (Article.updated_at.desc(), Article.id.desc()), PER_PAGE)
    return render_template(
        "editors/articles.html",
        page=page, state=state, states=STATES, words=words, label=publishing.label,
        state_labels=publishing.LABELS,
    )  # fmt: skip


@bp.post("/tin-tuc/moi")
def new_article():
    article = publishing.new_article(current_user)
    return redirect(url_for("editors.article", id=article.id))


@bp.get("/tin-tuc/<id:id>")
def article(id: int):
    found = access.get_article_for(current_user, id)
    form = ArticleForm.of(found, identity.zone())
    kept = db.session.get(AutosavedDraft, (found.id, current_user.id))
    if kept and access.may_edit(current_user, found):
        form = _with_autosaved(form, kept)
    return _page(found, form, kept=kept)


@bp.post("/tin-tuc/<id:id>")
def save_article(id: int):
    """Save, and what the button pressed asks for beyond it."""
    found = access.get_editable_article_for(current_user, id)
    action = request.form.get("action", "save")
    if action == "withdraw":
        publishing.withdraw(found, current_user)
        flash("Đã gỡ bài. Người dân không còn xem được bài này.")
        return redirect(url_for("editors.article", id=id))
    if action == "delete":
        publishing.delete_draft(found, current_user)
        flash("Đã xoá bản nháp.")
        return redirect(url_for("editors.articles"))

    form = ArticleForm(identity.zone())
    valid = form.validate()
    if cover := take(form.cover, take_picture):
        form.cover_id.data = str(cover.id)
        form.remove_cover.data = False
        # Kept even if something else is wrong: the photo need not be sent again over a slow line.
        db.session.commit()
    if not valid or form.cover.errors:
        return _page(found, form, status=422)
    if form.version.data != str(found.version):
        return _page(found, form, status=409, other=found)
    try:
        form.fill(found)
        publishing.save(found, current_user)
    except publishing.Incomplete as lack:
        db.session.rollback()
        return _page(found, _named(form, lack), status=422)
    except StaleDataError:
        # Somebody's save came between our reading and our writing.
        db.session.rollback()
        return _page(access.get_article_for(current_user, id), form, status=409, other=found)
    form.version.data = str(found.version)
    try:
        message = _go_further(found, form, action)
    except publishing.Incomplete as lack:
        return _page(found, _named(form, lack), status=422, saved=True)
    flash(message)
    if action == "preview":
        return redirect(url_for("editors.preview_article", id=id))
    return redirect(url_for("editors.article", id=id))


@bp.post("/tin-tuc/<id:id>/tu-luu")
def autosave_article(id: int):
    """Keep what is being typed, apart from the article: residents see nothing of it."""
    found = access.get_editable_article_for(current_user, id)
    fields = {name: request.form.get(name, "")[:1_000_000] for name in AUTOSAVED}
    version = request.form.get("version", "")[:9]
    kept = db.session.get(AutosavedDraft, (found.id, current_user.id)) or AutosavedDraft(
        article_id=found.id, person_id=current_user.id
    )
    kept.fields = fields
    kept.base_version = int(version) if version.isascii() and version.isdigit() else 0
    kept.saved_at = formats.now()
    db.session.add(kept)
    db.session.commit()
    return render_template("editors/_autosaved.html", kept=kept)


@bp.post("/tin-tuc/<id:id>/bo-tu-luu")
def discard_autosaved(id: int):
    found = access.get_editable_article_for(current_user, id)
    kept = db.session.get(AutosavedDraft, (found.id, current_user.id))
    if kept:
        db.session.delete(kept)
        db.session.commit()
    flash("Đã bỏ bản tự lưu, đây là bản đã lưu trước đó.")
    return redirect(url_for("editors.article", id=id))


@bp.get("/tin-tuc/<id:id>/xem-truoc")
def preview_article(id: int):
    """The saved article as residents will see it."""
    found = access.get_article_for(current_user, id)
    older, newer = found.neighbours() if found.published_at else (None, None)
    return render_template(
        "news/article.html",
        article=found, older=older, newer=newer, related=found.related(), preview=True,
    )  # fmt: skip


def _go_further(article: Article, form: ArticleForm, action: str) -> str:
    match action:
        case "submit":
            publishing.submit(article, current_user)
            return "Đã gửi duyệt. Trưởng Ban Biên tập sẽ thấy bài này trên bàn làm việc."
        case "publish":
            publishing.publish(article, current_user, form.moment)
            if article.is_scheduled:
                return "Đã duyệt. Bài sẽ tự hiện đúng giờ đã hẹn."
            return "Đã đăng. Người dân xem được bài này từ bây giờ."
        case "send_back":
            publishing.send_back(article, current_user, form.remark.data)
            return "Đã trả lại bài cho người viết."
        case "save" if article.state == State.PUBLISHED and form.moment:
            publishing.publish(article, current_user, form.moment)
            return "Đã lưu. Bài đang đăng đã đổi theo."
        case "save" | "preview":
            return "Đã lưu."
    abort(400)


def _named(form: ArticleForm, lack: publishing.Incomplete) -> ArticleForm:
    """The form with what is lacking said on its fields."""
    for name, sentence in lack.errors.items():
        form[name].errors = [*form[name].errors, sentence]
    return form


def _with_autosaved(form: ArticleForm, kept: AutosavedDraft) -> ArticleForm:
    typed = MultiDict(kept.fields | {"cover_id": form.cover_id.data, "version": kept.base_version})
    return ArticleForm(identity.zone(), formdata=typed)


def _page(article: Article, form: ArticleForm, status: int = 200, **more):
    events = db.session.scalars(
        select(ArticleEvent)
        .where(ArticleEvent.article_id == article.id)
        .order_by(ArticleEvent.id.desc())
        .limit(12)
    )
    page = render_template(
        "editors/article.html",
        article=article,
        form=form,
        events=list(events),
        actions=publishing.ACTIONS,
        label=publishing.label(article),
        may_edit=access.may_edit(current_user, article),
        may_publish=access.may_publish(current_user),
        **more,
    )
    return page, status
