"""Figures for Prometheus, served by a process of its own (``flask tanky metrics``).

By itself it is off; who starts it chooses the port. What it tells is read when it is asked for, so
that it is nobody's burden between two looks.
"""

from collections.abc import Iterator
from datetime import datetime

from flask import Flask, current_app
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from ..base.db import db
from ..base.instance import current_instance
from . import doctor, notes, watch

# Of this process, which serves no pages.
NOT_OURS = {"heart"}


def registry(app: Flask) -> CollectorRegistry:
    made = CollectorRegistry()
    made.register(_Portal(app))
    return made


class _Portal(Collector):
    def __init__(self, app: Flask):
        self.app = app

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        with self.app.app_context():
            try:
                yield from _figures()
            finally:
                db.session.remove()
                db.engine.dispose()


def _figures() -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
    instance = current_instance()
    problems = [one.name for one in doctor.quick() if one.is_grave and one.name not in NOT_OURS]
    yield GaugeMetricFamily("tanky_ready", "1: nothing is missing that serving needs", not problems)
    missing = GaugeMetricFamily("tanky_problem", "What is missing", labels=["name"])
    for name in sorted(set(problems)):
        missing.add_metric([name], 1)
    yield missing
    if "counters" not in problems:
        figures = current_app.extensions["tally"].figures()
        yield GaugeMetricFamily("tanky_visitors_online", "Visitors on the site", figures.online)
        yield CounterMetricFamily(
            "tanky_visits", "Visits counted, old site included", figures.total
        )
    yield GaugeMetricFamily(
        "tanky_disk_free_bytes", "Free where the instance lies", doctor.free(instance)
    )
    for name, told, moment in (
        ("tanky_backup_made_seconds", "When the last backup was made", notes.last_made(instance)),
        ("tanky_backup_proven_seconds", "When one was last proven", notes.last_proven(instance)),
        ("tanky_watch_seconds", "When the watch last looked", watch.last_at(instance)),
    ):
        yield GaugeMetricFamily(name, f"{told}; 0: never", _seconds(moment))
    findings = len(watch.last(instance).get("findings", ()))
    yield GaugeMetricFamily("tanky_watch_findings", "What the last watch found", findings)


def _seconds(moment: datetime | None) -> float:
    return moment.timestamp() if moment else 0.0
