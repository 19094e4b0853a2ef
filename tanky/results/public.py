from collections.abc import Iterable

from flask import url_for
from sqlalchemy import Select, select

from ..records.public import Outline, Place, Public
from .models import MonthlyResult


class PublicResults(Public):
    model = MonthlyResult
    is_mapped = False

    def visible(self) -> Select:
        return select(MonthlyResult)

    def places(self, first: int, last: int) -> Iterable[Place]:
        if first == 1:
            yield Place(url_for("results.year"))

    def outline(self) -> Outline:
        return Outline("Kết quả giải quyết thủ tục hành chính", url_for("results.year"))


RESULTS = PublicResults()
