"""A page with an N+1: as many queries as asked for, the first one for the books, one more for each author."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from workloads.models import Book


def book_list(request: HttpRequest, queries: int) -> HttpResponse:
    """That many queries, run while the template is rendered."""
    books = Book.objects.order_by("pk")[: queries - 1]
    return render(request, "workloads/books.html", {"books": books})
