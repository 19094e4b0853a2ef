"""The list of articles and the page of one. What a button does has an address of its own."""

from collections.abc import Callable
from datetime import timedelta

from flask import abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import delete, insert, or_, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict

from ...accounts.models import Person
from ...base.db import db, without_patience
from ...desk import comparing, roles
from ...desk.forms import take, tidy
from ...media.library import take_picture
from ...records import journal, revisions
from ...records.search import having
from ...site import identity
from ...text import formats
from ...web.page import current_page
from ...web.pagination import paginate
from ...web.templating import absolute
from .. import access, publishing
from ..forms import AUTOSAVED, ArticleForm, LinkForm, WordForm
from ..models import Article, AutosavedDraft, Presence, PreviewLink, State
from ..publishing import Action
from ..record import RECORD
from .section import bp

PER_PAGE = 25
STATES = {"nhap": State.DRAFT, "cho-duyet": State.IN_REVIEW, "da-dang": State.PUBLISHED,
          "da-go": State.WITHDRAWN}  # fmt: skip
# Someone whose page has not been heard of for so long has left it.
PRESENT = timedelta(seconds=75)


@bp.get("/")
@roles.anyone
def index():
    query = access.articles_of(current_user)
    state = request.args.get("trang-thai", "")
    words = request.args.get("q", "").strip()[:200]
    if state:
        query = query.where(_in_state(STATES.get(state) or abort(404)))
    query = having(query, Article.search_text, words)
    page = paginate(query, Article.id, (Article.updated_at.desc(), Article.id.desc()), PER_PAGE)
    return render_template(
        "news/desk/articles.html",
        page=page, state=state, states=STATES, words=words, publishing=publishing,
        word_form=WordForm(),
    )  # fmt: skip


@bp.post("/moi")
@roles.anyone
def new():
    article = publishing.new_article(current_user)
    return redirect(url_for("desk.news.edit", id=article.id))


@bp.get("/<id:id>")
def edit(id: int):
    article = access.article_for(current_user, id)
    form = ArticleForm.of(article, identity.zone())
    may_edit = publishing.may_edit(article, current_user)
    draft = db.session.get(AutosavedDraft, (article.id, current_user.id)) if may_edit else None
    if draft:
        form = _with_autosaved(form, draft)
    others = _be_present(article) if may_edit else []
    return _page(article, form, autosaved=draft, others=others)


@bp.get('/<id:id>/<any("luu-va-xem", "gui-duyet", dang, "tra-lai", "go-xuong", bo):action>')
@roles.anyone
def back_to_form(id: int, action: str):
    """The page that refused an action, asked for again: by reloading it, or after signing in."""
    return redirect(url_for("desk.news.edit", id=id))


@bp.post("/<id:id>")
def save(id: int):
    asked = request.form.get("action", Action.SAVE)
    if asked in set(Action) - {Action.SAVE}:
        # A page from before November 2026 names what its buttons do.
        return redirect(url_for(f"desk.news.{asked}", id=id), 307)
    article = access.article_for(current_user, id, Action.SAVE)

    def times(form: ArticleForm) -> str:
        if article.state != State.PUBLISHED:
            return "Đã lưu."
        publishing.reschedule(article, current_user, form.moment, form.until)
        return "Đã lưu. Bài đang đăng đã đổi theo."

    return _saved_and(times, article)


@bp.post("/<id:id>/luu-va-xem")
def preview(id: int):
    article = access.article_for(current_user, id, Action.PREVIEW)
    return _saved_and(lambda form: "Đã lưu.", article, onward="desk.news.frames")


@bp.post("/<id:id>/gui-duyet")
def submit(id: int):
    article = access.article_for(current_user, id, Action.SUBMIT)

    def submitted(form: ArticleForm) -> str:
        publishing.submit(article, current_user)
        return "Đã gửi duyệt. Trưởng Ban Biên tập sẽ thấy bài này trên bàn làm việc."

    return _saved_and(submitted, article)


@bp.post("/<id:id>/dang")
def publish(id: int):
    article = access.article_for(current_user, id, Action.PUBLISH)

    def published(form: ArticleForm) -> str:
        publishing.publish(article, current_user, form.moment, form.until)
        if article.is_scheduled:
            return "Đã duyệt. Bài sẽ tự hiện đúng giờ đã hẹn."
        return "Đã đăng. Người dân xem được bài này từ bây giờ."

    return _saved_and(published, article)


@bp.post("/<id:id>/tra-lai")
def send_back(id: int):
    article = access.article_for(current_user, id, Action.SEND_BACK)

    def sent_back(form: ArticleForm) -> str:
        publishing.send_back(article, current_user, form.remark.data)
        return "Đã trả lại bài cho người viết."

    return _saved_and(sent_back, article)


@bp.post("/<id:id>/go-xuong")
def withdraw(id: int):
    article = access.article_for(current_user, id, Action.WITHDRAW)
    because = tidy(request.form.get("because"))[:300]
    publishing.withdraw(article, current_user, because)
    flash("Đã gỡ bài. Người dân không còn xem được bài này.")
    return redirect(url_for("desk.news.edit", id=id))


@bp.post("/<id:id>/bo")
def trash(id: int):
    article = access.article_for(current_user, id, Action.TRASH)
    publishing.trash(article, current_user)
    flash("Đã bỏ bài vào thùng rác. Bạn có thể lấy lại bất cứ lúc nào.")
    return redirect(url_for("desk.news.index"))


@bp.post("/<id:id>/tu-luu")
def autosave(id: int):
    """Keep what is being typed, apart from the article: residents see nothing of it."""
    article = access.article_for(current_user, id, Action.SAVE)
    fields = {name: request.form.get(name, "")[:1_000_000] for name in AUTOSAVED}
    version = request.form.get("version", "")[:9]
    draft = db.session.get(AutosavedDraft, (article.id, current_user.id)) or AutosavedDraft(
        article_id=article.id, person_id=current_user.id
    )
    draft.fields = fields
    draft.base_version = int(version) if version.isascii() and version.isdigit() else 0
    draft.saved_at = formats.now()
    db.session.add(draft)
    db.session.commit()
    overtaken = draft.base_version != article.version
    return render_template("news/desk/_autosaved.html", autosaved=draft, overtaken=overtaken)


@bp.post("/<id:id>/bo-tu-luu")
def discard_autosaved(id: int):
    article = access.article_for(current_user, id, Action.SAVE)
    publishing.discard_autosaved(article, current_user)
    db.session.commit()
    flash("Đã bỏ bản tự lưu, đây là bản đã lưu trước đó.")
    return redirect(url_for("desk.news.edit", id=id))


@bp.get("/<id:id>/co-mat")
def presence(id: int):
    """Who else has the article open, polled by its form; it keeps oneself present as well."""
    article = access.article_for(current_user, id, Action.SAVE)
    shown = request.args.get("version", "")
    return render_template(
        "news/desk/_presence.html",
        article=article,
        others=_be_present(article),
        overtaken=shown.isdigit() and shown != str(article.version),
    )


@bp.get("/<id:id>/xem-thu")
def frames(id: int):
    """The saved article in the frame of a phone and of a wide screen."""
    article = access.article_for(current_user, id)
    links = db.session.scalars(
        PreviewLink.valid()
        .where(PreviewLink.article_id == id)
        .order_by(PreviewLink.expires_at.desc())
    ).all()
    return render_template(
        "news/desk/preview.html", article=article, links=links, form=LinkForm(),
        is_wide=request.args.get("man") == "rong",
    )  # fmt: skip


@bp.get("/<id:id>/xem-truoc")
def as_seen(id: int):
    """The saved article as residents will see it; within a frame, exactly so."""
    article = access.article_for(current_user, id)
    current_page().is_framed_by_us = True
    older, newer = article.neighbours() if article.published_at else (None, None)
    return render_template(
        "news/article.html",
        article=article, older=older, newer=newer, related=article.related(),
        preview="frame" if "khung" in request.args else "desk",
    )  # fmt: skip


@bp.post("/<id:id>/lien-ket")
def new_link(id: int):
    article = access.article_for(current_user, id)
    form = LinkForm()
    if not form.validate_on_submit() or article.is_trashed:
        abort(400)
    secret = publishing.make_link(article, current_user, form.days.data)
    return render_template(
        "news/desk/preview_link.html",
        article=article,
        link=absolute(url_for("news.preview", secret=secret)),
        lifetime=publishing.LINK_LIFETIMES[form.days.data],
    )


@bp.post("/<id:id>/lien-ket/<id:link_id>/huy")
def end_link(id: int, link_id: int):
    access.article_for(current_user, id)
    query = select(PreviewLink).filter_by(id=link_id, article_id=id)
    publishing.end_link(db.first_or_404(query), current_user)
    flash("Đã huỷ liên kết. Ai mở nó bây giờ sẽ không xem được nữa.")
    return redirect(url_for("desk.news.frames", id=id))


def _saved_and(
    go_further: Callable[[ArticleForm], str], article: Article, onward: str = "desk.news.edit"
):
    """Save what was typed, then do what the button asks for beyond it.

    What is lacking to go further is said on the page; what was typed is saved all the same.

    :param go_further: gives the sentence that says what was done.
    :param onward: the endpoint of the page to go to.
    """
    form = ArticleForm(identity.zone(), cover_id=article.cover_id)
    valid = form.validate()
    if cover := take(form.cover, take_picture):
        form.cover_id.data = str(cover.id)
        form.remove_cover.data = False
        # Kept even if something else is wrong: the photo need not be sent again over a slow line.
        db.session.commit()
    if not valid or form.cover.errors:
        return _page(article, form, status=422)
    if form.version.data != str(article.version):
        return _conflict(article, form)
    try:
        publishing.save(article, current_user, form.fill)
    except publishing.Incomplete as lack:
        db.session.rollback()
        return _page(article, _named(form, lack), status=422)
    except StaleDataError:
        # Somebody's save came between our reading and our writing.
        db.session.rollback()
        return _conflict(access.article_for(current_user, article.id), form)
    form.version.data = str(article.version)
    try:
        message = go_further(form)
    except publishing.Incomplete as lack:
        db.session.rollback()
        return _page(article, _named(form, lack), status=422, saved=True)
    flash(message)
    return redirect(url_for(onward, id=article.id))


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


def _named(form: ArticleForm, lack: publishing.Incomplete) -> ArticleForm:
    """The form with what is lacking said on its fields."""
    for name, sentence in lack.errors.items():
        form[name].errors = [*form[name].errors, sentence]
    return form


def _with_autosaved(form: ArticleForm, draft: AutosavedDraft) -> ArticleForm:
    typed = MultiDict({"cover_id": form.cover_id.data} | draft.fields)
    typed["version"] = str(draft.base_version)
    if form.decorative.data:
        typed["decorative"] = "y"
    return ArticleForm(identity.zone(), cover_id=form.stored_cover_id, formdata=typed)


def _conflict(article: Article, form: ArticleForm):
    """Both versions side by side, and what the other changed; nothing is overwritten."""
    last = revisions.latest(article)
    other_person = db.session.get(Person, last.person_id) if last and last.person_id else None
    return _page(
        article, form, status=409, other=article, other_person=other_person,
        changes=comparing.changes(RECORD, article.snapshot(), form.typed(article)),
    )  # fmt: skip


def _page(article: Article, form: ArticleForm, status: int = 200, **more):
    page = render_template(
        "news/desk/article.html",
        article=article,
        form=form,
        events=journal.of(article, 12),
        revisions_count=revisions.count(article),
        sent_back=access.remark_to_heed(article),
        publishing=publishing,
        actions=publishing.actions(article, current_user),
        **more,
    )
    return page, status
