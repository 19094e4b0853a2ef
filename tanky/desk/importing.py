"""A sheet looked through before it is taken in: the same steps for every noun.

The noun's blueprint has an endpoint ``apply``, to which the preview's button posts.
"""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from sqlalchemy import select

from ..base.db import db
from ..records import journal
from ..records.pending_imports import PendingImport
from ..records.sheets import Report, Unreadable
from . import comparing
from .section import Section

SHOWN = 200  # items and problems on a page
CHANGED = "Dữ liệu đã thay đổi từ lúc bạn xem. Hãy xem lại rồi áp dụng."
UNCONFIRMED = "Hãy xác nhận các lĩnh vực mới, hoặc sửa tên trong tệp rồi gửi lại."


class Importing:
    """The import of a section's sheets.

    :param title: what a sheet brings: ``danh mục thủ tục``.
    :param run: imports within the session; gets the file and the options that it was looked at
        with, and ``look=True`` while it is only looked at.
    """

    def __init__(
        self, section: Section, title: str, run: Callable[[bytes, dict[str, Any]], Report]
    ):
        self.section = section
        self.title = title
        self.run = run
        self.kind = section.blueprint.name

    def preview(self, upload, **options: Any):
        """What the file would change, with the button that does it; nothing is changed yet."""
        name, content = upload.filename or "", upload.stream.read()
        report, problem = self._tried(name, content, options | {"look": True})
        if problem:
            return problem
        db.session.rollback()
        pending = PendingImport.keep(self.kind, name, content, current_user, **options)
        db.session.commit()
        return self._preview_page(report, pending)

    def apply(self, id: int, digest: str):
        """Do what was looked at. Where it would now do something else, it is shown again."""
        query = select(PendingImport).filter_by(id=id, kind=self.kind, person_id=current_user.id)
        pending = db.first_or_404(query)
        report, problem = self._tried(pending.name, pending.content, pending.options)
        if problem:
            return problem
        if report.digest != digest:
            return self._again(report, pending, CHANGED)
        if report.new_fields and not request.form.get("new_fields"):
            return self._again(report, pending, UNCONFIRMED)
        remark = f"{pending.name}: {report.sentence}"
        journal.record("imported", person=current_user, label=self.title, remark=remark)
        db.session.delete(pending)
        db.session.commit()
        flash(report.sentence)
        return redirect(self._back)

    @property
    def _back(self) -> str:
        return url_for(f"desk.{self.kind}.index")

    def _again(self, report: Report, pending: PendingImport, why: str):
        db.session.rollback()
        flash(why, "error")
        return self._preview_page(report, pending)

    def _tried(self, name: str, content: bytes, options: dict):
        """Import within the session: the report and None, or the page that says what is wrong,
        with nothing of the import left in the session."""
        try:
            report = self.run(content, options)
        except Unreadable as error:
            db.session.rollback()
            return None, self._problem_page(name, sentence=str(error))
        if report.problems:
            db.session.rollback()
            return report, self._problem_page(name, problems=report.problems)
        return report, None

    def _preview_page(self, report: Report, pending: PendingImport):
        items = [
            (item, comparing.changes(self.section.schema, item.before, item.after))
            for item in report.items[:SHOWN]
        ]
        return render_template(
            "desk/import_preview.html",
            title=self.title, report=report, items=items, more=len(report.items) - len(items),
            pending=pending, back=self._back,
            action=url_for(f"desk.{self.kind}.apply", id=pending.id),
        )  # fmt: skip

    def _problem_page(self, name: str, sentence: str = "", problems=()):
        page = render_template(
            "desk/import_problems.html",
            title=self.title, name=name, back=self._back, sentence=sentence,
            problems=problems[:SHOWN], more=max(0, len(problems) - SHOWN),
        )  # fmt: skip
        return page, 422
