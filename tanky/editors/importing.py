"""A file looked through before it is taken in: the same steps for procedures and for results."""

from collections.abc import Callable

from flask import flash, render_template
from flask_login import current_user
from sqlalchemy import select

from .. import journal
from ..extensions import db
from ..imports import PendingImport
from ..procedures.sheets import Report, Unreadable
from . import comparing

SHOWN = 200  # items and problems on a page
TITLES = {"procedures": "danh mục thủ tục", "results": "kết quả giải quyết TTHC"}
SUBJECTS = {"procedures": "procedure", "results": "result"}

# Does the import within the session: ``run(content, options) -> Report``.
Run = Callable[[bytes, dict], Report]


def preview(kind: str, name: str, content: bytes, run: Run, back: str, **options):
    """What the file would change, with the button that does it; nothing is changed yet."""
    try:
        report = run(content, options)
    except Unreadable as error:
        db.session.rollback()
        return _problem_page(kind, name, back, str(error))
    db.session.rollback()
    if report.problems:
        return _problem_page(kind, name, back, "", report)
    kept = PendingImport.keep(kind, name, content, current_user, **options)
    db.session.commit()
    return _preview_page(kind, report, kept, back)


def apply(kind: str, id: int, digest: str, run: Run, back: str):
    """Do what was looked at. Where it would now do something else, it is shown again instead.

    :returns: None once it is done, else the page to answer with.
    """
    query = select(PendingImport).filter_by(id=id, kind=kind, person_id=current_user.id)
    kept = db.first_or_404(query)
    try:
        report = run(kept.content, kept.options)
    except Unreadable as error:
        db.session.rollback()
        return _problem_page(kind, kept.name, back, str(error))
    if report.problems:
        db.session.rollback()
        return _problem_page(kind, kept.name, back, "", report)
    if report.digest != digest:
        db.session.rollback()
        flash("Dữ liệu đã thay đổi từ lúc bạn xem. Hãy xem lại rồi áp dụng.", "error")
        return _preview_page(kind, report, kept, back)
    journal.record("imported", person=current_user, label=TITLES[kind],
                   remark=f"{kept.name}: {report.sentence}")  # fmt: skip
    db.session.delete(kept)
    db.session.commit()
    flash(report.sentence)
    return None


def _preview_page(kind: str, report: Report, kept: PendingImport, back: str):
    items = [
        (item, comparing.changes(SUBJECTS[kind], item.before, item.after))
        for item in report.items[:SHOWN]
    ]
    return render_template(
        "editors/import_preview.html", kind=kind, title=TITLES[kind], report=report, items=items,
        more=len(report.items) - len(items), kept=kept, back=back,
    )  # fmt: skip


def _problem_page(kind: str, name: str, back: str, sentence: str, report: Report | None = None):
    page = render_template(
        "editors/import_problems.html", title=TITLES[kind], name=name, back=back,
        sentence=sentence, problems=report.problems[:SHOWN] if report else [],
        more=max(0, len(report.problems) - SHOWN) if report else 0,
    )  # fmt: skip
    return page, 422
