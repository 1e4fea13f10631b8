import pytest
from tests.capture.shop import add_products, add_tags, add_orders, add_reviews
from tests.writes.running import run
pytestmark = pytest.mark.django_db

def show(ran):
    print()
    for g in ran.trace.groups[:0]:
        a = g.access
        print(g.kind, "n", g.count, "dist", g.distinct, "rows", g.rows, "own", g.owners, "|", a and (a.kind.value, a.method, a.model, a.attribute, a.target, a.owner_group), "|", [ (f.path, f.line, f.column, f.function, f.operation) for f in g.stack], "| site", g.site and g.site.frame and (g.site.frame.line), "lib", g.is_asked_by_library, g.error)
        print("    ", g.sql[:150])
    print(ran.told, [e.kind for e in ran.trace.connections])
    for f in ran.report.findings:
        print(f.location, f.trigger)
        for x in f.fixes: print(x.kinds, x.code); print(x.diff); print(x.caveat)

CASES = {
"save": """
def job():
    for p in Product.objects.order_by("pk"):
        p.price = 3
        p.save()
""",
"create": """
def job():
    for n in range(4):
        Tag.objects.create(name=f"x{n}", slug=f"x{n}")
""",
"delete": """
def job():
    for t in Tag.objects.all():
        t.delete()
""",
"add": """
def job():
    t = Tag.objects.create(name="q", slug="q")
    for p in Product.objects.order_by("pk"):
        p.tags.add(t)
""",
"goc": """
def job():
    for n in range(4):
        Tag.objects.get_or_create(slug=f"x{n}", defaults={"name": f"q{n}"})
    for n in range(4):
        Tag.objects.update_or_create(slug=f"x{n}", defaults={"name": f"q{n}"})
""",
"qs": """
def job():
    for p in Product.objects.order_by("pk"):
        Product.objects.filter(pk=p.pk).update(price=3)
    for p in Product.objects.order_by("pk"):
        Stock.objects.filter(product=p).delete()
""",
"relcreate": """
def job():
    c = Company.objects.first()
    for n in range(4):
        c.brands.create(name=f"x{n}", slug=f"x{n}")
    with connection.cursor() as cursor:
        for n in range(4):
            cursor.execute("UPDATE catalog_tag SET name = %s WHERE id = %s", ["x", n])
""",
}
@pytest.mark.parametrize("name", CASES)
def test_it(name, tmp_path):
    add_tags(add_products(4, stock=True))
    show(run(tmp_path, CASES[name]))

@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["goc", "save"])
def test_it_commit(name, tmp_path):
    add_tags(add_products(4, stock=True))
    show(run(tmp_path, CASES[name]))

@pytest.mark.django_db(transaction=True)
def test_async(tmp_path):
    import asyncio
    add_tags(add_products(4, stock=True))
    show(run(tmp_path, """
import asyncio
async def inner():
    async for p in Product.objects.order_by("pk"):
        p.price = 3
        await p.asave()
def job():
    asyncio.run(inner())
"""))
