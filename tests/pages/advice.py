"""Work of an application whose index advice is judged over all of it."""

from __future__ import annotations

from catalog.models import Company


def by_country(country: str) -> None:
    list(Company.objects.filter(country=country))


def by_name_and_country(name: str, country: str) -> None:
    list(Company.objects.filter(name=name, country=country))


def by_name(name: str) -> None:
    list(Company.objects.filter(name=name))


def rename(times: int) -> None:
    """Rows that are changed one by one, as a queue's are."""
    for pk in list(Company.objects.order_by("pk").values_list("pk", flat=True)[:times]):
        Company.objects.filter(pk=pk).update(name=f"Company {pk} again")


def leave_country(country: str) -> None:
    Company.objects.filter(country=country).update(country="")


def move(name: str, country: str) -> None:
    Company.objects.filter(name=name).update(country=country)


def rename_all(name: str) -> None:
    Company.objects.filter(name=name).update(name=f"{name} again")
