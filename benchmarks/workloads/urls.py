"""The page, and what tools want to find."""

from __future__ import annotations

from django.conf import settings
from django.urls import include, path

from workloads import pages

urlpatterns = [
    path("books/<int:queries>/", pages.book_list, name="books"),
    *(
        path(f"{application}/", include(f"{application}.urls"))
        for application in ("debug_toolbar", "silk")
        if application in settings.INSTALLED_APPS
    ),
]
