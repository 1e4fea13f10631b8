"""The tiny application whose page is asked for: books and their authors."""

from __future__ import annotations

from django.db import models


class Author(models.Model):
    """Has one book."""

    name = models.CharField(max_length=40)

    def __str__(self) -> str:
        return self.name


class Book(models.Model):
    """Has one author."""

    title = models.CharField(max_length=40)
    author = models.ForeignKey(Author, on_delete=models.CASCADE, related_name="books")

    def __str__(self) -> str:
        return self.title
