"""A file looked through before it is taken in: the same steps for procedures and for results."""

from collections.abc import Callable

from flask import flash, render_template, request
from flask_login import current_user
from sqlalchemy import select

from ..base.db import db
from ..records import journal
from ..records.pending_imports import PendingImport
from ..records.sheets import Report, Unreadable
from . import comparing

SHOWN = 200  # items and problems on a page
TITLES = {"procedures": "danh mục thủ tục", "results": "kết quả giải quyết TTHC"}
CHANGED = "Dữ liệu đã thay đổi từ lúc bạn xem. Hãy xem lại rồi áp dụng."
UNCONFIRMED = "Hãy xác nhận các lĩnh vực mới, hoặc sửa tên trong tệp rồi gửi lại."
SUBJECTS = {"procedures": "procedure", "results": "result"}

# Does the import within the session: ``run(content, options) -> Report``.
Run = Callable[[bytes, dict], Report]


def preview(kind: str, name: str, content: bytes, run: Run, back: str, **options):
    """What the file would change, with the button that does it; nothing is changed yet."""
    report, problem = _tried(kind, name, content, run, back, options | {"look": True})
    if problem:
        return problem
    db.session.rollback()
    kept = PendingImport.keep(kind, name, content, current_user, **options)
    db.session.commit()
    return _preview_page(kind, report, kept, back)


def apply(kind: str, id: int, digest: str, run: Run, back: str):
    """Do what was looked at. Where it would now do something else, it is shown again instead.

    :returns: None once it is done, else the page to answer with.
    """
    query = select(PendingImport).filter_by(id=id, kind=kind, person_id=current_user.id)
    kept = db.first_or_404(query)
    report, problem = _tried(kind, kept.name, kept.content, run, back, kept.options)
    if problem:
        return problem
    if report.digest != digest:
        return _again(kind, report, kept, back, CHANGED)
    if report.new_fields and not request.form.get("new_fields"):
        return _again(kind, report, kept, back, UNCONFIRMED)
    journal.record("imported", person=current_user, label=TITLES[kind],
                   remark=f"{kept.name}: {report.sentence}")  # fmt: skip
    db.session.delete(kept)
    db.session.commit()
    flash(report.sentence)
    return None


def _again(kind: str, report: Report, kept: PendingImport, back: str, why: str):
    db.session.rollback()
    flash(why, "error")
    return _preview_page(kind, report, kept, back)


def _tried(kind: str, name: str, content: bytes, run: Run, back: str, options: dict):
    """Import within the session: the report and None, or the page that says what is wrong, with
    nothing of the import left in the session."""
    try:
        report = run(content, options)
    except Unreadable as error:
        db.session.rollback()
        return None, _problem_page(kind, name, back, sentence=str(error))
    if report.problems:
        db.session.rollback()
        return report, _problem_page(kind, name, back, problems=report.problems)
    return report, None


def _preview_page(kind: str, report: Report, kept: PendingImport, back: str):
    items = [
        (item, comparing.changes(SUBJECTS[kind], item.before, item.after))
        for item in report.items[:SHOWN]
    ]
    return render_template(
        "desk/import_preview.html", kind=kind, title=TITLES[kind], report=report, items=items,
        more=len(report.items) - len(items), kept=kept, back=back,
    )  # fmt: skip


def _problem_page(kind: str, name: str, back: str, sentence: str = "", problems=()):
    page = render_template(
        "desk/import_problems.html", title=TITLES[kind], name=name, back=back,
        sentence=sentence, problems=problems[:SHOWN], more=max(0, len(problems) - SHOWN),
    )  # fmt: skip
    return page, 422
