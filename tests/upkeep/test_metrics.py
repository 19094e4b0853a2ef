"""Figures for Prometheus, by a process of its own, while the portal is served."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ..conftest import PHONE, free_port, get, once_it_answers


@pytest.fixture
def ask(tmp_path):
    """``ask()``: the figures of a process that tells them, by name."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "tanky", "metrics", "--port", str(port)],
        env=os.environ | {"TANKY_INSTANCE": str(tmp_path)},
        cwd=Path(__file__).parent.parent.parent,
        stdout=subprocess.DEVNULL,
    )

    def figures() -> dict[str, float]:
        told = once_it_answers(process, lambda: get(port, "/metrics", PHONE)[1])
        return {
            sample.name + "".join(sample.labels.values()): sample.value
            for family in text_string_to_metric_families(told)
            for sample in family.samples
        }

    yield figures
    process.kill()
    process.wait()


def test_they_are_those_of_the_portal(server, ask, tmp_path):
    _, port = server(workers=1)
    get(port, "/", PHONE)
    told = ask()
    assert told["tanky_ready"] == 1
    assert told["tanky_visitors_online"] == told["tanky_visits_total"] == 1
    assert told["tanky_disk_free_bytes"] > 0
    assert told["tanky_backup_proven_seconds"] == 0
    (tmp_path / "secret_key").write_text("another")
    told = ask()
    assert told["tanky_ready"] == 0
    assert told["tanky_problemkey"] == 1
