"""Writes, transactions, trees. Terse code."""
import time
from contextlib import suppress

from diner.gateway import UnitOfWork, charge, render_pdf
from diner.models import Branch, Category, Dish, Ingredient, Order, OrderLine, Staff, Supplier, TaxRate, Voucher
from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.shortcuts import render
from django.core.management import call_command
from housing.models import Building, Complaint, Firm, Flat, Invoice, Notice, Payment
from housing.services import settle
from situation import negative, positive


# writes in loops

@positive("write-in-loop", model="diner.Ingredient", code_contains=("update(|bulk_update(",))
def restock():
    for i in Ingredient.objects.filter(stock__lt=90):  # site: restock
        i.stock = i.stock + 100
        i.save(update_fields=["stock"])  # site: restock


@positive("write-in-loop", model="diner.OrderLine", code_contains=("bulk_create(",), also=("query-in-loop",))
def book_order():
    order = Order.objects.get(number="N000030")
    cart = [(7, 1), (9, 2), (12, 1), (30, 4), (44, 1), (45, 1), (60, 3), (77, 1), (78, 2), (80, 1)]
    for dish_id, quantity in cart:  # site: book-order
        OrderLine.objects.create(order=order, dish_id=dish_id, quantity=quantity)  # site: book-order


@positive("write-in-loop", model="diner.Voucher", code_contains=("delete()",))
def drop_used_vouchers():
    gone = 0
    for voucher in Voucher.objects.filter(is_used=True)[:60]:  # site: drop-used-vouchers
        voucher.delete()  # site: drop-used-vouchers
        gone += 1
    return gone


@positive("write-in-loop", code_contains=("bulk_create(",), also=("n-plus-one", "query-in-loop"), beside=("query-in-loop", "n-plus-one"))
def season_everything():
    salt = Ingredient.objects.get(name="Ingredient 299")
    for dish in Dish.objects.filter(price__lt=9)[:20]:  # site: season-everything
        dish.ingredients.add(salt)  # site: season-everything


@positive("write-in-loop", model="diner.Supplier|", code_contains=("bulk_create(",), also=("query-in-loop",), beside=("query-in-loop",))
def import_suppliers():
    lines = [f"New supplier {n};City {n % 3}" for n in range(25)] + ["Supplier 3;City 0"]
    made = 0
    for line in lines:  # site: import-suppliers
        name, city = line.split(";")
        supplier, is_new = Supplier.objects.get_or_create(name=name, defaults={"city": city})  # site: import-suppliers
        made += is_new
    return made


@positive("write-in-loop", model="diner.Voucher|", code_contains=("update_conflicts|bulk_create(|bulk_update(",), also=("query-in-loop",), beside=("query-in-loop",))
def sync_vouchers():
    feed = {f"V{n:05}": n % 9 for n in range(390, 420)}
    for code, value in feed.items():  # site: sync-vouchers
        Voucher.objects.update_or_create(code=code, defaults={"value": value})  # site: sync-vouchers


@positive("write-in-loop", model="diner.Order|", code_contains=("__in=",), also=("query-in-loop",))
def close_orders():
    ids = list(Order.objects.filter(status="open").values_list("pk", flat=True)[:25])
    for pk in ids:  # site: close-orders
        Order.objects.filter(pk=pk).update(status="paid")  # site: close-orders


@positive("write-in-loop", model="housing.Payment", code_contains=("update(|bulk_update(",))
def reminder_command():
    call_command("count_reminders")


@negative("write-in-loop", "batches: a thousand rows each")
def restock_in_batches():
    found = list(Ingredient.objects.all())
    for i in found:
        i.stock += 1
    for start in range(0, len(found), 50):
        Ingredient.objects.bulk_update(found[start:start + 50], ["stock"])


@negative("write-in-loop", "one statement")
def restock_right():
    return Ingredient.objects.filter(stock__lt=90).update(stock=F("stock") + 100)


@negative("write-in-loop", "tried again after an error: once it succeeds, it ends")
def new_voucher():
    for code in ("V00001", "V00002", "V00003", "V90000"):
        with suppress(IntegrityError), transaction.atomic():
            return Voucher.objects.create(code=code, value=5)
    return None


@negative("write-in-loop", "one order and its two parts")
def one_order():
    branch = Branch.objects.get(name="Branch 3")
    waiter = branch.staff.first()
    order = Order.objects.create(branch=branch, waiter=waiter, number="X1", opened_at="2025-06-02T12:00Z", status="open", total=0)
    OrderLine.objects.bulk_create([OrderLine(order=order, dish_id=n, quantity=1) for n in (1, 2)])
    order.total = order.lines.aggregate(s=Sum("dish__price"))["s"]
    order.save()


# signals

@positive("signal-query-per-save", advice=("signal|receiver",), also=("write-in-loop", "query-in-loop", "n-plus-one"), beside=("write-in-loop",))
def book_invoices():
    firm = Firm.objects.get(name="Firm 2")
    for n in range(12):
        Invoice.objects.create(firm=firm, number=f"B{n}", amount=n)  # site: book-invoices


@positive("signal-query-per-save", advice=("signal|receiver",), also=("write-in-loop", "query-in-loop", "uncached-lookup", "n-plus-one"), beside=("write-in-loop", "query-in-loop", "uncached-lookup", "duplicate-query", "signal-query-per-save"))
def import_complaints():
    flats = list(Flat.objects.filter(floor=4)[:15])
    for flat in flats:
        Complaint(flat=flat, text=f"Noise 3 in {flat.number}").save()  # site: import-complaints


@negative("signal-query-per-save", "the receiver asks nothing", beside=("write-in-loop",))
def pin_up_notices():
    building = Building.objects.get(street="Street 1")
    for n in range(8):
        Notice.objects.create(building=building, text=f"Lift out of order, part {n}")


@negative("signal-query-per-save", "saved once")
def one_invoice():
    Invoice.objects.create(firm=Firm.objects.get(name="Firm 5"), number="C1", amount=1)


# transactions

def put_back_stock():
    Ingredient.objects.filter(stock__gte=50_000).update(stock=F("stock") - 50_000)


@positive("transaction-per-row", advice=("atomic",), also=("write-in-loop",), beside=("write-in-loop",), is_autocommit=True, clean=put_back_stock)
def recount_stock():
    """Autocommit: each save is a transaction."""
    for i in Ingredient.objects.filter(pk__lte=60):  # site: recount-stock
        i.stock += 50_000
        i.save()  # site: recount-stock


@positive("transaction-per-row", advice=("atomic",), also=("write-in-loop",), beside=("write-in-loop", "query-in-loop"), is_autocommit=True, clean=put_back_stock)
def count_shelves():
    for name in [f"Ingredient {n}" for n in range(100, 140)]:
        with transaction.atomic():  # site: count-shelves
            row = Ingredient.objects.select_for_update().get(name=name)  # site: count-shelves
            row.stock = row.stock + 50_000
            row.save()  # site: count-shelves


@negative("transaction-per-row", "one transaction around all", beside=("write-in-loop",), is_autocommit=True, clean=put_back_stock)
def recount_in_one():
    with transaction.atomic():
        rows = list(Ingredient.objects.filter(pk__lte=60))
        for i in rows:
            i.stock += 50_000
        Ingredient.objects.bulk_update(rows, ["stock"])


@negative("transaction-per-row", "two rows, two transactions", is_autocommit=True, clean=put_back_stock)
def two_shelves():
    for name in ("Ingredient 4", "Ingredient 5"):
        with transaction.atomic():
            Ingredient.objects.filter(name=name).update(stock=F("stock") + 50_000)


def reopen():
    Order.objects.filter(number="N000060").update(status="open")
    Order.objects.filter(number="N000090").update(status="open")


@positive("long-transaction", advice=("transaction",), is_autocommit=True, clean=reopen)
def pay_order():
    """The payment provider is called while the row is locked."""
    with UnitOfWork():  # site: pay-order
        order = Order.objects.select_for_update().get(number="N000060")
        receipt = charge(order)  # site: pay-order
        order.status = "paid"
        order.save(update_fields=["status"])
    return receipt


@positive("long-transaction", advice=("transaction",), is_autocommit=True, clean=reopen)
@transaction.atomic
def close_till():  # site: close-till
    Order.objects.filter(number="N000090").update(status="paid")
    time.sleep(1.4)  # prints  # site: close-till
    return Order.objects.filter(status="open").count()


def unsettle():
    Payment.objects.filter(reference__in=["P000009", "P000010", "P000011"]).update(is_paid=True)


@positive("long-transaction", advice=("transaction",), is_autocommit=True, clean=unsettle, beside=("write-in-loop",))
def direct_debit():
    """Three calls of the bank between three writes."""
    wanted = Payment.objects.filter(reference__in=["P000009", "P000010", "P000011"])
    settle(wanted.select_related("lease__tenant"))


@negative("long-transaction", "the call is made before the transaction begins", is_autocommit=True, clean=reopen)
def pay_right():
    order = Order.objects.get(number="N000060")
    receipt = charge(order)
    with transaction.atomic():
        Order.objects.filter(pk=order.pk, status="open").update(status="paid")
    return receipt


@negative("long-transaction", "a few milliseconds", is_autocommit=True, clean=reopen)
def pay_with_pdf():
    with transaction.atomic():
        order = Order.objects.select_for_update().get(number="N000090")
        order.status = "paid"
        order.save(update_fields=["status"])
        return render_pdf(order.number)


# trees

@positive("tree-walk", model="diner.Category", advice=("once|recursive|memory",), also=("n-plus-one", "query-in-loop"), beside=("n-plus-one",))
def breadcrumbs():
    leaf = Category.objects.get(name="Category 39")
    return [leaf.breadcrumb(), Category.objects.get(name="Category 38").breadcrumb()]


def descend(category, depth=0):
    yield depth, category.name
    for child in category.children.all():  # site: menu-tree
        yield from descend(child, depth + 1)


@positive("tree-walk", model="diner.Category", advice=("once|recursive|memory",), also=("n-plus-one", "query-in-loop"), beside=("n-plus-one",))
def menu_tree():
    root = Category.objects.get(parent=None)  # site: menu-tree
    return ["  " * depth + name for depth, name in descend(root)]


@positive("tree-walk", model="diner.Category", advice=("once|recursive|memory",), also=("n-plus-one", "query-in-loop"), beside=("n-plus-one",))
def menu_tree_page(request):
    """A template that includes itself."""
    return render(request, "diner/tree.html", {"node": Category.objects.get(name="Category 0")})  # site: menu-tree-page


@positive("tree-walk", model="diner.Staff", advice=("once|recursive|memory",), also=("n-plus-one", "query-in-loop"), beside=("n-plus-one",))
def everybody_below():
    """Level by level, but a query for each member."""
    todo, below = [Staff.objects.get(name="Staff 1")], []  # site: everybody-below
    while todo:
        boss = todo.pop()
        found = list(boss.apprentices.all())  # site: everybody-below
        below += found
        todo += found
        if len(below) > 60:
            break
    return [s.name for s in below]


@negative("tree-walk", "all nodes in one query, linked in memory")
def menu_tree_right():
    children = {}
    for category in Category.objects.all():
        children.setdefault(category.parent_id, []).append(category)
    def walk(parent_id, depth):
        for node in children.get(parent_id, ()):
            yield "  " * depth + node.name
            yield from walk(node.pk, depth + 1)
    return list(walk(None, 0))


@negative("tree-walk", "one step up is no walk")
def parent_name():
    category = Category.objects.get(name="Category 12")
    return category.parent.name


@negative("tree-walk", "a query for each level, many rows by each")
def by_level():
    level, names = [Category.objects.get(parent=None).pk], []
    while level:
        found = list(Category.objects.filter(parent_id__in=level).values_list("pk", "name"))
        names += [name for _, name in found]
        level = [pk for pk, _ in found]
    return names


# lookups

@positive("uncached-lookup", model="diner.TaxRate|", advice=("once|cache|before the loop|outside|in_bulk",), also=("query-in-loop", "duplicate-query", "n-plus-one"), beside=("query-in-loop",))
def receipts():
    out = []
    for order in Order.objects.filter(status="open")[:50]:
        out.append(order.total * rate("T1") / 100)  # site: receipts
    return out


def rate(code): return TaxRate.objects.get(code=code).percent  # site: receipts


@negative("query-in-loop", "waits for others: pauses between the questions")
def wait_for_order():
    for _ in range(6):
        if Order.objects.filter(number="never").exists():
            return True
        time.sleep(0.11)
    return False


@negative("query-in-loop", "a worker takes one at a time from a queue that others empty too", beside=("write-in-loop", "transaction-per-row"))
def work_off():
    done = 0
    while done < 12:
        with transaction.atomic():
            job = Voucher.objects.select_for_update(skip_locked=True).filter(is_used=False).order_by("pk").first()
            if job is None:
                break
            job.is_used = True
            job.save(update_fields=["is_used"])
        done += 1
    return done
