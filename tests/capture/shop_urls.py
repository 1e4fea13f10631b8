"""Where the views of the tests are."""

from __future__ import annotations

from django.urls import include, path
from rest_framework.routers import SimpleRouter

from tests.capture import shop_views as views

router = SimpleRouter()
router.register("held", views.OpinionsViewSet, "held")
router.register("built", views.ChosenOpinionsViewSet, "built")
router.register("own", views.OwnOpinionsViewSet, "own")
router.register("kept", views.KeptOpinionsViewSet, "kept")
urlpatterns = [
    path("rest/", include(router.urls)),
    path("rest/opinions/<slug:slug>/", views.opinions),
    path("plain/", views.plain),
    path("failing/", views.failing),
    path("streaming/", views.streaming),
    path("asynchronous/", views.asynchronous),
    path("streaming-asynchronously/", views.streaming_asynchronously),
    path("api/", views.api),
    path("threaded/", views.threaded),
    path("unusual/", views.unusual),
]
