"""Commands on a machine where something is wrong: a sentence, and nothing of what was is lost."""

import os
import resource
import subprocess
import sys

import pytest

pytestmark = pytest.mark.on_sqlite


@pytest.fixture
def command(tmp_path, sqlite_template):
    (tmp_path / "tanky.sqlite3").write_bytes(sqlite_template.read_bytes())

    def run(*words, longest: int = 0):
        def bound():
            if longest:
                resource.setrlimit(resource.RLIMIT_FSIZE, (longest, longest))

        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", "tanky", "tanky", *words],
            env=os.environ | {"TANKY_INSTANCE": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=120,
            preexec_fn=bound,
        )

    return run


@pytest.mark.parametrize("words", [("backup",), ("upgrade",), ("setup",), ("watch",)])
def test_a_damaged_database_is_named(command, tmp_path, words):
    path = tmp_path / "tanky.sqlite3"
    damaged = path.read_bytes()[:100] + b"\xff" * 60_000
    path.write_bytes(damaged)
    ended = command(*words)
    assert ended.returncode == 1
    assert "Cơ sở dữ liệu bị hỏng" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert path.read_bytes() == damaged


def test_a_file_that_may_not_grow_ends_a_backup_in_a_sentence(command, tmp_path):
    ended = command("backup", longest=100_000)
    assert ended.returncode == 1
    assert "Error: " in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list((tmp_path / "backups").glob("*.tar"))
