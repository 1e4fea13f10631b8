"""Where the views of the tests are."""

from __future__ import annotations

from django.urls import path

from tests.capture import shop_views as views

urlpatterns = [
    path("plain/", views.plain),
    path("failing/", views.failing),
    path("streaming/", views.streaming),
    path("asynchronous/", views.asynchronous),
    path("streaming-asynchronously/", views.streaming_asynchronously),
    path("api/", views.api),
    path("threaded/", views.threaded),
    path("unusual/", views.unusual),
]
