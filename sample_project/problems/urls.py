"""Two URLs for each row of the table, and an index of all."""

from django.shortcuts import render
from django.urls import path

from problems.table import PROBLEMS

app_name = "problems"


def index(request):
    return render(request, "problems/index.html", {"problems": PROBLEMS})


urlpatterns = [
    path("", index, name="index"),
    *(path(f"{problem.slug}/", problem.view, name=problem.slug) for problem in PROBLEMS),
    *(path(f"{problem.slug}/cured/", problem.cured, name=f"{problem.slug}-cured") for problem in PROBLEMS),
]
