"""Rewrites of slow queries: timed on a real server, edited in a real project, the same page afterwards."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.shops import FILL, Shop, connect

ROWS = 60_000
VIEWS = '''\
from datetime import date

from django.http import HttpResponse

from shop.models import Order


def order_list(request):
    """The orders of a day."""
    orders = Order.objects.filter(created__date=date(2020, 1, 20)).order_by("pk")
    return HttpResponse("\\n".join(order.name for order in orders))
'''
PAGES = '''\
from django.http import HttpResponse

from shop.models import Order


def order_list(request):
    """A page far behind the first."""
    orders = Order.objects.order_by("-total", "-pk")[50_000:50_020]
    return HttpResponse("\\n".join(order.name for order in orders))
'''
BODY = """
import django; django.setup()
from django.test import Client
print(Client().get("/orders/").content.decode())
"""


def body(shop: Shop) -> list[str]:
    return [line for line in shop.python(BODY).splitlines() if line.startswith("order ")]


def findings(shop: Shop) -> list[dict[str, Any]]:
    shop.manage("queryscope", "visit", "/orders/", "--json", "found.json")
    report = json.loads((shop.folder / "found.json").read_text())
    (shop.folder / "found.json").unlink()
    return list(report["findings"])


def range_fixes(shop: Shop) -> list[dict[str, Any]]:
    return [fix for each in findings(shop) for fix in each["fixes"] if fix["kinds"] == ["range"]]


@pytest.mark.parametrize("has_index", [True, False])
def test_a_date_becomes_a_range_which_gives_the_same_page_sooner(shop: Shop, has_index: bool) -> None:
    views = shop.folder / "shop" / "views.py"
    views.write_text(VIEWS)
    with connect(shop) as connection:
        connection.execute(FILL.format(rows=ROWS))
        if has_index:
            connection.execute("CREATE INDEX ON shop_order (created)")
    before = body(shop)
    assert len(before) == 1440
    [fix] = range_fixes(shop)
    assert fix["evidence"]["level"] == "timed"
    assert fix["evidence"]["before"]["ms"] > 2 * fix["evidence"]["after"]["ms"]
    assert "gave the same rows" in fix["evidence"]["note"]
    assert ("It needs the index models.Index(" in fix["caveat"]) is not has_index
    told = shop.manage("queryscope", "indexes", "--url", "/orders/")
    assert "The same rows, asked for in another way:\n\nshop/views.py:10  Compare the column itself" in told
    assert "   +    day = date(2020, 1, 20)\n" in told
    (shop.folder / "fix.patch").write_text(fix["diff"])
    shop.git("apply", "fix.patch")
    assert views.read_text() == VIEWS.replace(
        "from datetime import date\n", "from datetime import date, datetime, timedelta\n"
    ).replace(
        "from django.http import HttpResponse\n",
        "from django.http import HttpResponse\nfrom django.utils import timezone\n",
    ).replace(
        '    orders = Order.objects.filter(created__date=date(2020, 1, 20)).order_by("pk")\n',
        "    day = date(2020, 1, 20)\n"
        "    orders = Order.objects.filter(\n"
        "        created__gte=timezone.make_aware(datetime.combine(day, datetime.min.time())),\n"
        "        created__lt=timezone.make_aware(\n"
        "            datetime.combine(day + timedelta(days=1), datetime.min.time())\n"
        "        ),\n"
        '    ).order_by("pk")\n',
    )
    assert body(shop) == before
    assert range_fixes(shop) == []


def test_a_page_by_its_key_is_timed(shop: Shop) -> None:
    (shop.folder / "shop" / "views.py").write_text(PAGES)
    with connect(shop) as connection:
        connection.execute(FILL.format(rows=ROWS))
        connection.execute("CREATE INDEX ON shop_order (total DESC, id DESC)")
        connection.execute("ANALYZE shop_order")
    found = {each["rule"]: each for each in findings(shop)}
    [fix] = found["deep-offset"]["fixes"]
    assert fix["kinds"] == ["keyset"]
    assert fix["evidence"]["level"] == "timed"
    assert fix["evidence"]["before"]["ms"] > 2 * fix["evidence"]["after"]["ms"]
