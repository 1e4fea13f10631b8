"""A stranger's project with tests of its own, written into a folder and run in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

import psycopg

from config.database_url import parse_database_url

SETTINGS = """
    BASE_DIR = {base_dir!r}
    SECRET_KEY = "x"
    ALLOWED_HOSTS = ["*"]
    INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "shop"]
    ROOT_URLCONF = "urls"
    DATABASES = {{"default": {database!r}}}
    USE_TZ = True
    DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
    TEST_RUNNER = "queryscope.test_runner.QueryscopeRunner"
"""
FILES = {
    "manage.py": """
        import multiprocessing, os, sys
        if __name__ == "__main__":
            os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
            if os.environ.get("START_METHOD"):
                multiprocessing.set_start_method(os.environ["START_METHOD"])
            from django.core.management import execute_from_command_line
            execute_from_command_line(sys.argv)
    """,
    "urls.py": """
        from django.urls import path
        from shop import views
        pages = (views.books, views.cured, views.stream)
        urlpatterns = [path(f"{page.__name__}/", page) for page in pages]
    """,
    "shop/__init__.py": "",
    "shop/models.py": """
        from django.db import models

        class Author(models.Model):
            name = models.CharField(max_length=40)

        class Book(models.Model):
            title = models.CharField(max_length=40)
            author = models.ForeignKey(Author, on_delete=models.CASCADE)
    """,
    "shop/views.py": """
        from django.http import HttpResponse, StreamingHttpResponse
        from shop.models import Book

        def books(request):
            found = Book.objects.order_by("id")
            return HttpResponse(", ".join(book.author.name for book in found))

        def cured(request):
            found = Book.objects.select_related("author").order_by("id")
            return HttpResponse(", ".join(book.author.name for book in found))

        def stream(request):
            return StreamingHttpResponse(book.title for book in Book.objects.order_by("id"))

        def shelf():
            return [book.author.name for book in Book.objects.order_by("id")]
    """,
    "making.py": """
        def make(count):
            from shop.models import Author, Book
            for number in range(count):
                Book.objects.create(title=f"t{number}", author=Author.objects.create(name=f"zqzq{number}"))
    """,
    "conftest.py": "",
    "pytest.ini": """
        [pytest]
        asyncio_default_fixture_loop_scope = function
    """,
}
TEST_CASES = """
    from django.test import SimpleTestCase, TestCase, TransactionTestCase
    from making import make

    class Books(TestCase):
        def setUp(self):
            make(5)

        def test_books(self):
            self.assertContains(self.client.get("/books/"), "zqzq0")

        def test_cured(self):
            with self.assertNumQueries(1):
                self.client.get("/cured/")

        async def test_async(self):
            assert (await self.async_client.get("/books/")).status_code == 200

    class Quiet(SimpleTestCase):
        def test_without_queries(self):
            assert True

    class Committed(TransactionTestCase):
        def test_stream(self):
            make(3)
            assert b"".join(self.client.get("/stream/").streaming_content)
"""
FUNCTIONS = """
    import pytest
    from making import make

    @pytest.mark.django_db
    def test_books(client):
        make(5)
        assert client.get("/books/").status_code == 200

    @pytest.mark.django_db
    def test_cured(client, django_assert_num_queries):
        make(5)
        with django_assert_num_queries(1):
            client.get("/cured/")

    def test_plain():
        assert True
"""


class Project:
    """The project and how it is run."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        database = parse_database_url(os.environ["DATABASE_URL"])
        self.database = {**database, "TEST": {"NAME": name}}
        self.write("settings.py", SETTINGS.format(base_dir=str(folder), database=self.database))
        for path, text in FILES.items():
            self.write(path, text)
        (folder / ".git").mkdir(exist_ok=True)

    def write(self, path: str, text: str) -> None:
        """Write a file of the project."""
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(dedent(text), encoding="utf-8")

    def read(self, path: str) -> str:
        """Read a file of the project."""
        return (self.folder / path).read_text(encoding="utf-8")

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the project, away from the settings of the tests around it."""
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "DJANGO"))
        }
        kept.pop("PYTHONPATH", None)
        return subprocess.run(
            [sys.executable, *command],
            cwd=self.folder,
            env={**kept, "NO_COLOR": "1", "COLUMNS": "120", **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    def pytest(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run pytest in the project, on a database that stays."""
        always = ["-q", "-p", "no:cacheprovider", "-p", "no:benchmark", "--reuse-db", "--nomigrations"]
        settings = {"DJANGO_SETTINGS_MODULE": "settings", **environment}
        return self.run("-m", "pytest", *always, *arguments, **settings)

    def test(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `manage.py test` in the project."""
        return self.run("manage.py", "test", "--noinput", *arguments, **environment)


def drop_databases(prefix: str) -> None:
    """Drop what the runs have left."""
    given = parse_database_url(os.environ["DATABASE_URL"])
    names: dict[str, Any] = {
        "dbname": "NAME",
        "user": "USER",
        "password": "PASSWORD",
        "host": "HOST",
        "port": "PORT",
    }
    settings = {ours: given[theirs] for ours, theirs in names.items() if given.get(theirs)}
    with psycopg.connect(**settings, autocommit=True) as connection:
        found = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [prefix + "%"])
        for (name,) in found.fetchall():
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def project(folder: Path, name: str) -> Iterator[Project]:
    """A project whose test databases are dropped at the end."""
    try:
        yield Project(folder, name)
    finally:
        drop_databases(name)
