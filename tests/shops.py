"""A project in a git work tree and on a database of its own, whose files may be written."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parent.parent

SETTINGS = """\
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent
SECRET_KEY = "x"
DEBUG = True
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.postgres", "queryscope", "shop"]
MIDDLEWARE = ["queryscope.middleware.QueryscopeMiddleware"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
DATABASES = {{"default": {database!r}}}
QUERYSCOPE = {{"TRIAL_INDEXES": ["default"], "SLOW_MS": 1, "EXPLAIN_BUDGET_MS": 60_000}}
"""

DATED = """\
from django.db import models


class Dated(models.Model):
    created = models.DateTimeField()

    class Meta:
        abstract = True
        ordering = ["pk"]
        indexes = [models.Index(fields=["created"], name="%(class)s_created")]
"""

ORDERS = '''\
"""Orders, and what hangs on them."""

from django.contrib.postgres.fields import DateRangeField
from django.db import models

from shop.models.dated import Dated


class Customer(Dated):
    name = models.CharField(max_length=80)

    def __str__(self):
        return self.name


class Order(models.Model):
    class Status(models.TextChoices):
        OPEN = "open"
        DONE = "done"

    status = models.CharField(max_length=10, choices=Status)
    customer = models.ForeignKey(Customer, models.CASCADE, db_index=False)
    name = models.CharField(max_length=80)
    data = models.JSONField(default=dict)
    total = models.IntegerField()
    period = DateRangeField(null=True)
    created = models.DateTimeField()
    sent = models.DateTimeField(null=True)
    tags = models.ManyToManyField("Tag")


class Note(Dated):
    text = models.TextField()

    class Meta(Dated.Meta):
        verbose_name = "remark"


class Tag(models.Model):
    name = models.CharField(max_length=20)

    class Meta:
        indexes = (
            models.Index(fields=["name"], name="tag_name"),  # for the list
        )


class Line(models.Model):
    order = models.ForeignKey(
        Order,
        on_delete=models.CASCADE,
    )
    product = models.IntegerField(db_index=True)
    label = models.CharField(max_length=20, db_index=True)

    class Meta:
        indexes = [
            models.Index(fields=["label", "product"], name="line_old"),
        ]


class Event(models.Model):
    day = models.DateField()
    value = models.IntegerField()


class SpecialTag(Tag):
    extra = models.IntegerField()


class Proxy(Tag):
    class Meta:
        proxy = True


class Foreign(models.Model):
    value = models.IntegerField()

    class Meta:
        managed = False
        db_table = "elsewhere"
'''
URLS = """\
from django.urls import path

from shop import views

urlpatterns = [path("orders/", views.order_list)]
"""
VIEWS = '''\
from django.http import HttpResponse

from shop.models import Order


def order_list(request):
    """The newest orders of a customer."""
    orders = Order.objects.filter(customer=7, status="open").order_by("-created")[:20]
    return HttpResponse("\\n".join(order.name for order in orders))
'''
FILL = """
ALTER TABLE shop_order SET (autovacuum_enabled = off);  -- its locks would come at any time
INSERT INTO shop_customer (name, created) SELECT 'customer ' || n, now() FROM generate_series(1, 500) n;
INSERT INTO shop_order (status, customer_id, name, data, total, period, created, sent)
SELECT CASE WHEN n % 50 = 0 THEN 'open' ELSE 'done' END, 1 + n % 500, 'order number ' || n,
       jsonb_build_object('n', n), n % 1000, daterange(date '2020-01-01', date '2020-01-01' + n % 300),
       timestamptz '2020-01-01' + n * interval '1 minute', NULL
FROM generate_series(1, {rows}) n;
ANALYZE;
"""


_MIGRATE = """
import django; django.setup()
from django.core.management import call_command
call_command("makemigrations", "shop", verbosity=0)
call_command("migrate", verbosity=0)
"""


class Shop:
    """The project's folder, and what can be done in it."""

    def __init__(self, folder: Path, database: dict[str, Any]) -> None:
        self.folder = folder
        self.database = database
        self.models = folder / "shop" / "models"
        self.migrations = folder / "shop" / "migrations"

    def make(self) -> Shop:
        """Write, migrate and commit it."""
        self.models.mkdir(parents=True)
        self.migrations.mkdir()
        (self.folder / "settings.py").write_text(SETTINGS.format(database=self.database))
        (self.folder / "shop" / "__init__.py").touch()
        (self.folder / "shop" / "urls.py").write_text(URLS)
        (self.folder / "shop" / "views.py").write_text(VIEWS)
        (self.migrations / "__init__.py").touch()
        (self.models / "dated.py").write_text(DATED)
        (self.models / "orders.py").write_text(ORDERS)
        (self.models / "__init__.py").write_text("from shop.models.orders import *  # noqa: F403\n")
        (self.folder / ".gitignore").write_text("__pycache__/\n.queryscope/\n")
        self.python(_MIGRATE)
        self.git("init", "-q")
        self.commit()
        return self

    def commit(self) -> None:
        """Commit all that is there."""
        self.git("add", "-A")
        self.git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "as it is")

    def git(self, *arguments: str) -> str:
        """What git says."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def manage(self, *arguments: str, code: int | None = 0) -> str:
        """A management command; standard output and error together."""
        return self.python(
            "import sys; from django.core.management import execute_from_command_line as run; run(sys.argv)",
            *arguments,
            code=code,
        )

    def python(self, script: str, *arguments: str, code: int | None = 0) -> str:
        """A script in a process of its own."""
        done = self.start(script, *arguments)
        told, _ = done.communicate(timeout=300)
        if code is not None:
            assert done.returncode == code, told
        return told

    def start(self, script: str, *arguments: str) -> subprocess.Popen[str]:
        """The same, running. Bytecode of the project would hide an edit of the same second and size."""
        for cache in self.folder.rglob("__pycache__"):
            shutil.rmtree(cache, ignore_errors=True)
        source = os.pathsep.join([str(self.folder), str(ROOT / "src"), str(ROOT)])
        return subprocess.Popen(
            [sys.executable, "-c", script, *arguments],
            cwd=self.folder,
            env={
                "DJANGO_SETTINGS_MODULE": "settings",
                "PYTHONPATH": source,
                "PATH": os.environ["PATH"],
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def files(self) -> dict[str, bytes]:
        """All files that git would see."""
        names = self.git("ls-files", "-co", "--exclude-standard").split()
        return {name: (self.folder / name).read_bytes() for name in names}


def connect(shop: Shop) -> psycopg.Connection[Any]:
    """A session on its database, which the caller closes."""
    settings = shop.database
    return psycopg.connect(
        dbname=settings["NAME"],
        user=settings["USER"],
        password=settings["PASSWORD"],
        host=settings["HOST"],
        port=settings["PORT"] or None,
        autocommit=True,
    )
