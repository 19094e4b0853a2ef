"""Công khai on the desk. Editors prepare items; the editor-in-chief has them posted."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from ..accounts.models import Person
from ..base.db import db
from ..desk import roles, saving
from ..desk.forms import WithdrawForm
from ..desk.section import Entry, Fulfilment, Section, Warning
from ..media import rich_text
from ..records import journal
from ..site import identity
from ..site.models import SiteIdentity
from ..text import formats
from ..web.pagination import paginate
from .forms import AskingForm, CatalogueForm, DisclosureForm, HeadingForm, PlanForm
from .headings import SPOKEN_DAYS, Heading, tree
from .models import Disclosure, ListedElsewhere, Plan
from .record import DAYS, RECORD, wrong_days
from .views import budget_late, draw_certificate, planned

bp = Blueprint("disclosures", __name__, url_prefix="/cong-khai")
PER_PAGE = 50
MOST_WARNINGS = 8
YEARS_AHEAD = 1  # that a plan may be written for
POSTED_MEANWHILE = (
    "Nội dung đang đăng nên chỉ Trưởng Ban Biên tập sửa được. Những gì bạn gõ còn nguyên bên dưới; "
    "hãy chép lại trước khi rời trang này."
)


def item_for(person: Person, id: int, action: str = "") -> Disclosure:
    """:raises NotFound: there is none, or it is in the trash.
    :raises Forbidden: items are not this person's, or the action is not.
    """
    if not person.edits_all:
        abort(403)
    item = db.first_or_404(Disclosure.listed().where(Disclosure.id == id))
    if action and action not in actions(item, person):
        abort(409 if person.is_chief else 403)
    return item


def actions(item: Disclosure, person: Person) -> set[str]:
    """What the person may do with the item in its present state; each is an endpoint here."""
    if item.is_trashed or not person.edits_all:
        return set()
    if item.is_public:
        return {"save", "withdraw"} if person.is_chief else set()
    own = {"save"} if item.postings else {"save", "trash"}
    return own | {"publish"} if person.is_chief else own


@bp.get("/")
@roles.editors
def index():
    query = Disclosure.listed()
    page = paginate(query, Disclosure.id, (Disclosure.id.desc(),), PER_PAGE)
    return render_template("disclosures/desk/items.html", page=page)


@bp.route("/moi", methods=["GET", "POST"])
@roles.editors
def new():
    if request.method == "GET":
        heading = Heading.by(number=request.args.get("muc", ""))
        return _form_page(None, DisclosureForm.of(None, heading))
    form = DisclosureForm()
    if table := request.form.get("add_row"):
        return _with_row(None, form, table)
    if not form.validate():
        return _form_page(None, form, 422)
    item = Disclosure()
    saving.create(item, form.record)
    flash("Đã lưu. Nội dung còn là bản nháp.")
    return redirect(url_for("desk.disclosures.edit", id=item.id))


@bp.get("/<id:id>")
def edit(id: int):
    item = item_for(current_user, id)
    return _form_page(item, DisclosureForm.of(item))


@bp.post("/<id:id>")
def save(id: int):
    item = item_for(current_user, id)
    form = DisclosureForm(item)
    if "save" not in actions(item, current_user):
        flash(POSTED_MEANWHILE, "error")
        return _form_page(item, form, 403, {"save"})
    if table := request.form.get("add_row"):
        return _with_row(item, form, table)
    if not form.validate():
        return _form_page(item, form, 422)
    record = form.record
    if item.is_public and (problem := _problem_with(record["body"], record["files"])):
        form.body.errors = [problem]
        return _form_page(item, form, 422)
    posted = len(item.postings)
    if not saving.save(item, record, form.version.data, "nội dung này"):
        item = item_for(current_user, id)
        form.version.data = str(item.version)
        return _form_page(item, form, 409)
    is_new = len(item.postings) > posted
    flash("Đã lưu. Nội dung vừa đổi được tính là một lần đăng mới." if is_new else "Đã lưu.")
    return redirect(url_for("desk.disclosures.edit", id=id))


@bp.post("/<id:id>/dang")
def publish(id: int):
    item = item_for(current_user, id, "publish")
    here = redirect(url_for("desk.disclosures.edit", id=id))
    if request.form.get("version") != str(item.version):
        flash("Nội dung vừa được sửa. Hãy xem lại bản này rồi đăng.", "error")
        return here
    files = [{"file_id": row.file_id} for row in item.files]
    problem = _problem_with(item.body, files)
    days = {name: getattr(item, name) for name in DAYS}
    for name, why in wrong_days(
        days, item.under, identity.today(), item.has_names, bool(item.shorter_because)
    ):
        problem = problem or f"{RECORD[name].label}: {why}."
    if problem:
        flash(problem, "error")
        return here
    item.post()
    journal.record("published", item, current_user)
    db.session.commit()
    flash("Đã đăng. Người dân xem được từ bây giờ.")
    return here


@bp.post("/<id:id>/go-xuong")
def withdraw(id: int):
    item = item_for(current_user, id, "withdraw")
    form = WithdrawForm()
    if not form.validate():
        return _form_page(item, DisclosureForm.of(item), 422, withdrawing=form)
    item.withdraw(form.because.data)
    journal.record("withdrawn", item, current_user, form.because.data)
    db.session.commit()
    flash("Đã gỡ. Ai mở địa chỉ cũ sẽ đọc được lý do; tệp cũng không còn mở được.")
    return redirect(url_for("desk.disclosures.edit", id=id))


@bp.post("/<id:id>/bo")
def trash(id: int):
    item = item_for(current_user, id, "trash")
    saving.throw_away(item)
    flash("Đã bỏ vào thùng rác. Bạn có thể lấy lại bất cứ lúc nào.")
    return redirect(url_for("desk.disclosures.index"))


@bp.get("/<id:id>/chung-nhan")
def certificate(id: int):
    """The certificate with the title that residents may see no more."""
    item = item_for(current_user, id)
    if not item.postings:
        abort(404)
    return draw_certificate(item, shows_names=True)


@bp.get("/muc")
@roles.editors
def headings():
    return render_template("disclosures/desk/headings.html", tree=tree())


@bp.route("/muc/<number>", methods=["GET", "POST"])
@roles.chiefs
def edit_heading(number: str):
    heading = Heading.by(number=number) or abort(404)
    form = HeadingForm(obj=heading) if request.method == "GET" else HeadingForm()
    if form.validate_on_submit():
        form.fill(heading)
        db.session.add(heading)
        journal.record("saved", person=current_user, label=f"mục công khai {heading.number}")
        try:
            db.session.commit()
        except IntegrityError:  # another person's first change came between
            abort(409)
        flash("Đã lưu mục.")
        return redirect(url_for("desk.disclosures.headings"))
    page = render_template("disclosures/desk/heading.html", form=form, heading=heading)
    return page, 422 if form.errors else 200


@bp.post("/muc/<number>/theo-phan-mem")
@roles.chiefs
def reset_heading(number: str):
    """Let the line that came with the software hold again."""
    heading = Heading.by(number=number) or abort(404)
    if heading.is_edited:
        label = f"mục công khai {heading.number}"
        journal.record("saved", person=current_user, label=label, remark="theo phần mềm")
        db.session.delete(heading)
        db.session.commit()
    flash("Mục này theo bản đi kèm phần mềm.")
    return redirect(url_for("desk.disclosures.headings"))


@bp.route("/ke-hoach", methods=["GET", "POST"])
@roles.editors
def plan():
    """A year's plan as one table."""
    this_year = identity.today().year
    year = request.args.get("nam", default=this_year, type=int)
    if not 2000 <= year <= this_year + YEARS_AHEAD:
        abort(404)
    rows = Plan.of_year(year)
    form = PlanForm.of(rows) if request.method == "GET" else PlanForm()
    if request.form.get("add_row"):
        form.add_row("rows")
    elif form.validate_on_submit() and saving.is_unchanged(form, PlanForm.of(rows)):
        _replace_plan(year, rows, form)
        journal.record("saved", person=current_user, label=f"kế hoạch công khai năm {year}")
        db.session.commit()
        flash("Đã lưu kế hoạch.")
        return redirect(url_for("desk.disclosures.plan", nam=year))
    years = sorted({*Plan.years(), this_year, this_year + YEARS_AHEAD, year}, reverse=True)
    page = render_template(
        "disclosures/desk/plan.html", form=form, year=year, years=years,
        done={row.id: item for row, item in planned(year) if item},
    )  # fmt: skip
    return page, saving.table_status(form)


def _replace_plan(year: int, rows: list[Plan], form: PlanForm) -> None:
    """Rows keep their ids, by which items name them; one without content goes."""
    known = {str(row.id): row for row in rows}
    kept = set()
    for position, given in enumerate(row for row in form.rows.data if row["content"]):
        row = known.get(given["id"]) or Plan(year=year)
        row.position = position
        for name in ("content", "form", "due_on", "duration", "responsible"):
            setattr(row, name, given[name])
        db.session.add(row)
        kept.add(given["id"])
    for id, row in known.items():
        if id not in kept:
            db.session.delete(row)


@bp.route("/danh-muc", methods=["GET", "POST"])
@roles.editors
def catalogue():
    """The lines that the list of information has besides what is on this site."""
    known = ListedElsewhere.in_order()
    form = CatalogueForm.of(known) if request.method == "GET" else CatalogueForm()
    if request.form.get("add_row"):
        form.add_row("rows")
    elif form.validate_on_submit() and saving.is_unchanged(form, CatalogueForm.of(known)):
        db.session.execute(delete(ListedElsewhere))
        for position, given in enumerate(row for row in form.rows.data if row["name"]):
            db.session.add(ListedElsewhere(position=position, **given))
        journal.record("saved", person=current_user, label="danh mục thông tin phải công khai")
        db.session.commit()
        flash("Đã lưu danh mục.")
        return redirect(url_for("desk.disclosures.catalogue"))
    page = render_template("disclosures/desk/catalogue.html", form=form)
    return page, saving.table_status(form)


@bp.route("/tiep-can-thong-tin", methods=["GET", "POST"])
@roles.chiefs
def asking():
    current = SiteIdentity.current()
    form = AskingForm(obj=current) if request.method == "GET" else AskingForm()
    if form.validate_on_submit():
        taken = form.taken()
        if not form.request_form.errors:
            for name in ("information_contact", "information_address", "complaint_address"):
                setattr(current, name, form[name].data)
            current.request_form = taken or current.request_form
            current.updated_at = formats.now()
            db.session.add(current)
            journal.record("saved", current, current_user, "tiếp cận thông tin")
            db.session.commit()
            flash("Đã lưu.")
            return redirect(url_for("desk.disclosures.asking"))
    page = render_template("disclosures/desk/asking.html", form=form, identity=current)
    return page, 422 if form.errors else 200


def _problem_with(body: str, files: list[dict]) -> str:
    """What residents would lack; empty if nothing."""
    if not body and not files:
        return "Chưa có gì để đăng: hãy gõ nội dung hoặc gửi tệp."
    if lost := ", ".join(file.called for file in rich_text.trashed_files(body)):
        return f"Nội dung còn dùng tệp đã bỏ: {lost}. Hãy lấy lại tệp hoặc xoá nó khỏi nội dung."
    if silent := len(rich_text.undescribed(body)):
        return f"Còn {silent} ảnh chưa có mô tả cho người không nhìn thấy ảnh."
    return ""


def _with_row(item: Disclosure | None, form: DisclosureForm, table: str):
    if table not in ("broadcasts", "files"):
        abort(400)
    form.validate()  # takes in the files that were chosen
    form.add_row(table)
    return _form_page(item, form)


def _form_page(
    item: Disclosure | None,
    form: DisclosureForm,
    status: int = 200,
    allowed: set[str] | None = None,
    withdrawing: WithdrawForm | None = None,
):
    """:param allowed: what the page offers, where that is not what may be done."""
    allowed = allowed or (actions(item, current_user) if item else {"save"})
    db.session.commit()  # the files that were taken in, also where the rest was refused
    html = render_template(
        "disclosures/desk/item.html", item=item, form=form, actions=allowed,
        heading=Heading.by(number=form.heading.data or ""),
        withdrawing=withdrawing or WithdrawForm(formdata=None), spoken_days=SPOKEN_DAYS,
    )  # fmt: skip
    return html, status


class DisclosureSection(Section):
    subject, noun, path = Disclosure.SUBJECT, "nội dung công khai", "cong-khai"
    blueprint = bp
    menu = (Entry("desk.disclosures.index", "Công khai", roles.every_editor),)
    model = Disclosure
    schema = RECORD

    def row_for(self, person: Person, ref: str) -> Disclosure:
        return item_for(person, self.id_of(ref))

    def may_restore(self, person: Person, row: Disclosure) -> bool:
        # A version comes back without the form's checks, so never to where residents read.
        return "save" in actions(row, person) and not row.is_public

    def warnings(self, person: Person) -> Sequence[Warning]:
        """Drafts whose term is over; what is spoken about too seldom; what the plan still lacks."""
        if not person.edits_all:
            return ()
        drafts = db.session.scalars(Disclosure.listed().where(~Disclosure.postings.any())).all()
        today = identity.today()
        told: list[Warning] = []
        if drafts and person.is_chief:
            here = url_for("desk.disclosures.index")
            sentence = f"{len(drafts)} nội dung công khai là bản nháp, chờ bạn đăng."
            told.append(Warning(sentence, here, "Xem"))
        if missing := ", ".join(f"{part.name} năm {year}" for year, part, _ in budget_late(today)):
            budget = url_for("disclosures.heading", slug="ngan-sach")
            sentence = f"Ngân sách quá hạn công khai: {missing}."
            told.append(Warning(sentence, budget, "Xem các mục"))
        late = [
            Warning(
                f"“{item.title}” quá hạn công khai {formats.number(item.days_late)} ngày "
                f"(hạn {formats.day(item.due_on)}).",
                self.address(item),
                "Xem và đăng",
            )
            for item in drafts
            if item.days_late
        ]
        numbers = [row.number for row in Heading.in_order() if row.is_spoken]
        is_spoken = Disclosure.heading.in_(numbers)
        spoken = [
            Warning(
                f"“{item.title}” mới ghi {len(item.broadcasts)} ngày phát loa; luật đòi ít nhất "
                f"{SPOKEN_DAYS} ngày.",
                self.address(item),
                "Ghi ngày phát",
            )
            for item in db.session.scalars(Disclosure.published().where(is_spoken))
            if len(item.broadcasts) < SPOKEN_DAYS
        ]
        lacking = [
            Warning(
                f"Theo kế hoạch, “{row.content}” đến hạn {formats.day(row.due_on)} mà chưa đăng.",
                url_for("desk.disclosures.plan", nam=row.year),
                "Xem kế hoạch",
            )
            for row, item in planned(today.year)
            if item is None and row.due_on and row.due_on < today
        ]
        return (told + late + spoken + lacking)[:MOST_WARNINGS]

    def fulfilments(self) -> Iterable[Fulfilment]:
        newest: dict[str, datetime] = {}
        real = Disclosure.published().where(Disclosure.is_sample.is_(False))
        for item in db.session.scalars(real):
            for number in {item.heading, item.heading.partition(".")[0]}:
                began_at = item.posting.began_at
                newest[number] = max(newest.get(number, began_at), began_at)
        late = {part.number: (year, due) for year, part, due in budget_late(identity.today())}
        for heading in Heading.in_order():
            if heading.link:
                continue
            year, due_on = late.get(heading.number, (0, None))
            yield Fulfilment(
                f"cong-khai:{heading.number}", f"Công khai mục {heading.called}",
                heading.number in newest, identity.day_of(newest.get(heading.number)),
                url_for("desk.disclosures.new", muc=heading.number),
                f"Của năm {year} phải đăng chậm nhất ngày {formats.day(due_on)}." if due_on else "",
            )  # fmt: skip
        year = identity.today().year
        yield Fulfilment(
            "cong-khai:ke-hoach", "Kế hoạch công khai của năm", bool(Plan.of_year(year)), None,
            url_for("desk.disclosures.plan", nam=year),
        )  # fmt: skip
        yield Fulfilment(
            "cong-khai:theo-quy", "Danh sách đã công khai theo quý (máy tự lập)", bool(newest),
            None, url_for("disclosures.quarter"),
        )  # fmt: skip
        yield Fulfilment(
            "cong-khai:danh-muc", "Danh mục thông tin phải công khai (máy tự lập)", True, None,
            url_for("desk.disclosures.catalogue"),
        )  # fmt: skip
        site = identity.current()
        yield Fulfilment(
            "cong-khai:tiep-can", "Chuyên mục tiếp cận thông tin: đầu mối, mẫu phiếu",
            bool(site.information_contact and site.request_form_id), None,
            url_for("desk.disclosures.asking"), is_for_chiefs=True,
        )  # fmt: skip

    def totals(self) -> Mapping[str, int]:
        count = select(func.count()).select_from(Disclosure.published().subquery())
        return {"Nội dung đang công khai": db.session.scalar(count)}


SECTION = DisclosureSection()
