"""A real Celery worker with processes of its own, as a development machine runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from queryscope.analysis.shapes import query_count
from queryscope.model import Capture
from queryscope.store import Store
from tests.suites import Project, project

APPLICATION = """
    import os
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
    from celery import Celery
    app = Celery("shop", broker="filesystem://", backend="file://{folder}/results")
    app.conf.broker_transport_options = {{
        "data_folder_in": "{folder}/queue", "data_folder_out": "{folder}/queue",
        "control_folder": "{folder}/control",
    }}
    app.conf.worker_enable_remote_control = False
    app.autodiscover_tasks(["shop"])
"""
TASKS = """
    import os
    from celery import shared_task
    from django.db import connection

    @shared_task
    def count(number, broken=False):
        with connection.cursor() as cursor:
            for each in range(number):
                cursor.execute("SELECT %s", [f"zqzq{each}"])
        if broken:
            raise ValueError("zqzq-secret")
        return os.getpid()
"""
SENDER = """
import os
from worker import app
from shop.tasks import count
results = [count.delay(number) for number in (1, 2, 3)]
pids = {result.get(timeout=60) for result in results}
failed = count.delay(4, broken=True)
try:
    failed.get(timeout=60)
except ValueError as error:
    print("raised", error)
print("apart", os.getpid() not in pids)
"""


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Project]:
    with project(tmp_path, f"queryscope_celery_{os.getpid()}") as made:
        for folder in ("queue", "results", "control"):
            (tmp_path / folder).mkdir()
        made.write("worker.py", APPLICATION.format(folder=tmp_path))
        made.write("shop/tasks.py", TASKS)
        yield made


def run_tasks(shop: Project) -> list[Capture]:
    """What the store holds after a worker has run four tasks."""
    shop.write("settings.py", shop.read("settings.py") + 'DEBUG = True\nINSTALLED_APPS += ["queryscope"]\n')
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DJANGO"))}
    options = ["--pool", "prefork", "-c", "2", "-l", "WARNING"]
    command = [sys.executable, "-m", "celery", "-A", "worker", "worker", *options]
    with (shop.folder / "log").open("w") as log:
        worker = subprocess.Popen(command, cwd=shop.folder, env=kept, stdout=log, stderr=log)
    try:
        sent = shop.run("-c", SENDER)
    finally:
        worker.terminate()
        worker.wait(60)
    assert sent.stdout == "raised zqzq-secret\napart True\n", (sent.stderr, shop.read("log"))
    return Store(shop.folder).captures()[0]


def test_tasks_of_worker_processes_are_units_in_the_same_store(shop: Project) -> None:
    captures = run_tasks(shop)
    assert {(each.trace.origin.kind, each.trace.origin.label) for each in captures} == {
        ("task", "shop.tasks.count")
    }
    assert sorted(query_count(each.trace) for each in captures) == [1, 2, 3, 4]
    (stack,) = {group.stack for each in captures for group in each.trace.groups}
    assert [(frame.path, frame.function) for frame in stack] == [("shop/tasks.py", "count")]
    for file in (shop.folder / ".queryscope").glob("*.json"):
        assert "zqzq" not in file.read_text()
