"""Instances that are loaded and read."""

from __future__ import annotations

from typing import Any

from django.db import models


class Shelf(models.Model):
    """What is joined and prefetched."""

    name = models.CharField(max_length=20)

    class Meta:
        app_label = "workloads"

    def __str__(self) -> str:
        return self.name


class Book(models.Model):
    """Eight columns, as many tables have."""

    title = models.CharField(max_length=20)
    author = models.CharField(max_length=20)
    pages = models.IntegerField(default=100)
    year = models.IntegerField(default=2000)
    price = models.IntegerField(default=10)
    stock = models.IntegerField(default=1)
    shelf = models.ForeignKey(Shelf, on_delete=models.CASCADE, related_name="books")

    class Meta:
        app_label = "workloads"

    def __str__(self) -> str:
        return self.title

    def show(self) -> int:
        """A method that reads nothing."""
        return 1


def fill(number: int) -> None:
    """That many books on one shelf."""
    shelf = Shelf.objects.create(name="all")
    Book.objects.bulk_create(Book(title=f"t{n}", author=f"a{n}", shelf=shelf) for n in range(number))


def load() -> int:
    """All books."""
    return sum(1 for _ in Book.objects.iterator())


def load_joined() -> int:
    """All books, each with a shelf."""
    return sum(1 for _ in Book.objects.select_related("shelf").iterator())


def load_prefetched() -> int:
    """All books, with the shelf they share."""
    return len(Book.objects.prefetch_related("shelf"))


def page() -> int:
    """What a page with a list does."""
    length = 0
    for book in Book.objects.select_related("shelf"):
        length += len(f"{book.title} {book.author} {book.pages} {book.price} {book.shelf.name}")
    return length


def read(number: int) -> None:
    """One column of one book, again and again."""
    book = first()
    for _ in range(number):
        _ = book.title


def read_beside(number: int) -> None:
    """The same while nobody has read it of the others."""
    others = list(Book.objects.all()[:2])
    book = first()
    for _ in range(number):
        _ = book.title
    others.clear()


def read_made(number: int) -> None:
    """A column of a book that no query loaded, while nobody has read it of those that one did."""
    first()
    book = Book(title="made")
    for _ in range(number):
        _ = book.title


def call(number: int) -> None:
    """A method of one book."""
    book = first()
    for _ in range(number):
        book.show()


def first() -> Any:
    """One book."""
    return Book.objects.order_by("pk").first()


def read_first() -> Any:
    """One column of one book."""
    return first().title
