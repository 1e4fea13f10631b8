"""The page, and what tools want to find."""

from __future__ import annotations

from importlib.util import find_spec

from django.conf import settings
from django.urls import include, path

from workloads import pages

urlpatterns = [path("books/<int:queries>/", pages.book_list, name="books")]
for application in ("debug_toolbar", "silk"):
    if application in settings.INSTALLED_APPS and find_spec(application):
        urlpatterns.append(path(f"{application}/", include(f"{application}.urls")))
