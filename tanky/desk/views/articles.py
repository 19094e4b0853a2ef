from datetime import timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import delete, insert, or_, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict

from ...base.db import db, without_patience
from ...media.library import take_picture
from ...news.models import Article, AutosavedDraft, Presence, PreviewLink, State
from ...records import journal, revisions
from ...records.search import having
from ...site import identity
from ...text import formats
from ...web.pagination import paginate
from ...web.templating import absolute
from .. import access, bp, comparing, publishing
from ..forms import take
from ..forms.articles import AUTOSAVED, ArticleForm, LinkForm, WordForm

PER_PAGE = 25
STATES = {"nhap": State.DRAFT, "cho-duyet": State.IN_REVIEW, "da-dang": State.PUBLISHED,
          "da-go": State.WITHDRAWN}  # fmt: skip
# Someone whose page has not been heard of for so long has left it.
PRESENT = timedelta(seconds=75)


@bp.get("/tin-tuc/")
def articles():
    query = access.articles_for(current_user)
    state = request.args.get("trang-thai", "")
    words = request.args.get("q", "").strip()[:200]
    if state:
        query = query.where(_in_state(STATES.get(state) or abort(404)))
    query = having(query, Article.search_text, words)
    page = paginate(query, Article.id, (Article.updated_at.desc(), Article.id.desc()), PER_PAGE)
    return render_template(
        "desk/articles.html",
        page=page, state=state, states=STATES, words=words, publishing=publishing,
        word_form=WordForm(),
    )  # fmt: skip


@bp.post("/tin-tuc/moi")
def new_article():
    article = publishing.new_article(current_user)
    return redirect(url_for("desk.article", id=article.id))


@bp.get("/tin-tuc/<id:id>")
def article(id: int):
    found = access.get_article_for(current_user, id)
    form = ArticleForm.of(found, identity.zone())
    kept = db.session.get(AutosavedDraft, (found.id, current_user.id))
    if kept and access.may_edit(current_user, found):
        form = _with_autosaved(form, kept)
    others = _be_present(found) if access.may_edit(current_user, found) else []
    return _page(found, form, kept=kept, others=others)


@bp.post("/tin-tuc/<id:id>")
def save_article(id: int):
    """Save, and what the button pressed asks for beyond it."""
    action = request.form.get("action", "save")
    found = access.get_article_for(current_user, id)
    if action == "trash":
        access.demand_may_trash(current_user, found)
        publishing.trash(found, current_user)
        flash("Đã bỏ bài vào thùng rác. Bạn có thể lấy lại bất cứ lúc nào.")
        return redirect(url_for("desk.articles"))
    found = access.get_editable_article_for(current_user, id)
    if action == "withdraw":
        publishing.withdraw(found, current_user)
        flash("Đã gỡ bài. Người dân không còn xem được bài này.")
        return redirect(url_for("desk.article", id=id))

    form = ArticleForm(identity.zone(), cover_id=found.cover_id)
    valid = form.validate()
    if cover := take(form.cover, take_picture):
        form.cover_id.data = str(cover.id)
        form.remove_cover.data = False
        # Kept even if something else is wrong: the photo need not be sent again over a slow line.
        db.session.commit()
    if not valid or form.cover.errors:
        return _page(found, form, status=422)
    if form.version.data != str(found.version):
        return _conflict(found, form)
    try:
        publishing.save(found, current_user, form.fill)
    except publishing.Incomplete as lack:
        db.session.rollback()
        return _page(found, _named(form, lack), status=422)
    except StaleDataError:
        # Somebody's save came between our reading and our writing.
        db.session.rollback()
        return _conflict(access.get_article_for(current_user, id), form)
    form.version.data = str(found.version)
    try:
        message = _go_further(found, form, action)
    except publishing.Incomplete as lack:
        db.session.rollback()
        return _page(found, _named(form, lack), status=422, saved=True)
    flash(message)
    if action == "preview":
        return redirect(url_for("desk.try_article", id=id))
    return redirect(url_for("desk.article", id=id))


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
    overtaken = kept.base_version != found.version
    return render_template("desk/_autosaved.html", kept=kept, overtaken=overtaken)


@bp.post("/tin-tuc/<id:id>/bo-tu-luu")
def discard_autosaved(id: int):
    found = access.get_editable_article_for(current_user, id)
    publishing.discard_autosaved(found, current_user)
    db.session.commit()
    flash("Đã bỏ bản tự lưu, đây là bản đã lưu trước đó.")
    return redirect(url_for("desk.article", id=id))


@bp.get("/tin-tuc/<id:id>/co-mat")
def presence(id: int):
    """Who else has the article open, polled by its form; it keeps oneself present as well."""
    found = access.get_editable_article_for(current_user, id)
    shown = request.args.get("version", "")
    return render_template(
        "desk/_presence.html",
        article=found,
        others=_be_present(found),
        overtaken=shown.isdigit() and shown != str(found.version),
    )


@bp.get("/tin-tuc/<id:id>/xem-thu")
def try_article(id: int):
    """The saved article in the frame of a phone and of a wide screen."""
    found = access.get_article_for(current_user, id)
    links = db.session.scalars(
        PreviewLink.valid()
        .where(PreviewLink.article_id == id)
        .order_by(PreviewLink.expires_at.desc())
    ).all()
    return render_template(
        "desk/preview.html", article=found, links=links, form=LinkForm(),
        is_wide=request.args.get("man") == "rong",
    )  # fmt: skip


@bp.get("/tin-tuc/<id:id>/xem-truoc")
def preview_article(id: int):
    """The saved article as residents will see it; within a frame, exactly so."""
    found = access.get_article_for(current_user, id)
    older, newer = found.neighbours() if found.published_at else (None, None)
    return render_template(
        "news/article.html",
        article=found, older=older, newer=newer, related=found.related(),
        preview="frame" if "khung" in request.args else "desk",
    )  # fmt: skip


@bp.post("/tin-tuc/<id:id>/lien-ket")
def new_preview_link(id: int):
    found = access.get_article_for(current_user, id)
    form = LinkForm()
    if not form.validate_on_submit() or found.is_trashed:
        abort(400)
    secret = publishing.make_link(found, current_user, form.days.data)
    return render_template(
        "desk/preview_link.html",
        article=found,
        link=absolute(url_for("news.preview", secret=secret)),
        lifetime=publishing.LINK_LIFETIMES[form.days.data],
    )


@bp.post("/tin-tuc/<id:id>/lien-ket/<id:link_id>/huy")
def end_preview_link(id: int, link_id: int):
    access.get_article_for(current_user, id)
    query = select(PreviewLink).filter_by(id=link_id, article_id=id)
    publishing.end_link(db.first_or_404(query), current_user)
    flash("Đã huỷ liên kết. Ai mở nó bây giờ sẽ không xem được nữa.")
    return redirect(url_for("desk.try_article", id=id))


def _in_state(state: State):
    """Where articles are in a state as it is shown: one whose set time is over counts as gone."""
    expired = (Article.state == State.PUBLISHED) & (Article.withdraw_at <= formats.now())
    if state == State.WITHDRAWN:
        return or_(Article.state == state, expired)
    if state == State.PUBLISHED:
        still = or_(Article.withdraw_at.is_(None), Article.withdraw_at > formats.now())
        return (Article.state == state) & still
    return Article.state == state


def _be_present(article: Article) -> list[Presence]:
    """Note that the person has the article open; the others who have, too."""
    now = formats.now()
    try:
        with db.engine.connect() as connection, without_patience(connection):
            place = {"article_id": article.id, "person_id": current_user.id}
            connection.execute(delete(Presence).filter_by(**place))
            connection.execute(insert(Presence).values(**place, seen_at=now))
            connection.commit()
    except (OperationalError, IntegrityError):
        pass  # a full disk or a long import keeps nobody from reading
    query = select(Presence).where(
        Presence.article_id == article.id,
        Presence.person_id != current_user.id,
        Presence.seen_at > now - PRESENT,
    )
    return list(db.session.scalars(query))


def _go_further(article: Article, form: ArticleForm, action: str) -> str:
    match action:
        case "submit":
            publishing.submit(article, current_user)
            return "Đã gửi duyệt. Trưởng Ban Biên tập sẽ thấy bài này trên bàn làm việc."
        case "publish":
            publishing.publish(article, current_user, form.moment, form.until)
            if article.is_scheduled:
                return "Đã duyệt. Bài sẽ tự hiện đúng giờ đã hẹn."
            return "Đã đăng. Người dân xem được bài này từ bây giờ."
        case "send_back":
            publishing.send_back(article, current_user, form.remark.data)
            return "Đã trả lại bài cho người viết."
        case "save" if article.state == State.PUBLISHED:
            # The form shows whole seconds.
            begins = article.published_at.replace(microsecond=0)
            if form.moment not in (None, begins) or form.until != article.withdraw_at:
                publishing.publish(article, current_user, form.moment, form.until)
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
    typed = MultiDict({"cover_id": form.cover_id.data} | kept.fields)
    typed["version"] = str(kept.base_version)
    if form.decorative.data:
        typed["decorative"] = "y"
    return ArticleForm(identity.zone(), cover_id=form.stored_cover_id, formdata=typed)


def _conflict(article: Article, form: ArticleForm):
    """Both versions side by side, and what the other changed; nothing is overwritten."""
    last = revisions.latest(article)
    return _page(
        article, form, status=409, other=article, other_person=last.person if last else None,
        changes=comparing.changes("article", article.snapshot(), form.typed(article)),
    )  # fmt: skip


def _page(article: Article, form: ArticleForm, status: int = 200, **more):
    page = render_template(
        "desk/article.html",
        article=article,
        form=form,
        events=journal.of(article, 12),
        revisions_count=revisions.count(article),
        sent_back=access.remark_to_heed(article),
        publishing=publishing,
        may_edit=access.may_edit(current_user, article),
        may_publish=access.may_publish(current_user),
        may_trash=access.may_trash(current_user, article),
        **more,
    )
    return page, status
