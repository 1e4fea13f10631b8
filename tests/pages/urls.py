"""Where the pages are."""

from __future__ import annotations

from django.urls import path

from tests.pages import views

urlpatterns = [
    path("", views.plain),
    path("plain/", views.plain),
    path("products/", views.products),
    path("cured/", views.cured),
    path("refreshed/", views.refreshed),
    path("several/", views.several),
    path("products/<slug:slug>/", views.product),
    path("heavy/", views.heavy),
    path("boom/", views.boom),
    path("broken-sql/", views.broken_sql),
    path("missing/<int:pk>/", views.missing),
    path("refused/", views.refused),
    path("failing/", views.failing),
    path("stream/", views.stream),
    path("astream/", views.astream),
    path("aproducts/", views.aproducts),
    path("download/", views.download),
    path("write/", views.write),
    path("private/", views.private),
    path("moved/", views.moved),
    path("static/plain/", views.plain),
]
