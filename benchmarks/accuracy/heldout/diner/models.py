from django.db import models
from django.db.models import Sum

class Region(models.Model):
    name = models.CharField(max_length=40)
    def __str__(self): return self.name

class Branch(models.Model):
    name = models.CharField(max_length=60)
    city = models.CharField(max_length=60)
    region = models.ForeignKey(Region, models.CASCADE, related_name="branches")
    def __str__(self): return self.name
    def revenue(self):
        return self.orders.filter(status="paid").aggregate(total=Sum("total"))["total"] or 0

class Staff(models.Model):
    name = models.CharField(max_length=60)
    branch = models.ForeignKey(Branch, models.CASCADE, related_name="staff")
    mentor = models.ForeignKey("self", models.SET_NULL, null=True, related_name="apprentices")
    def __str__(self): return self.name

class Locker(models.Model):
    staff = models.OneToOneField(Staff, models.CASCADE, related_name="locker")
    number = models.IntegerField()

class Category(models.Model):
    name = models.CharField(max_length=40)
    parent = models.ForeignKey("self", models.CASCADE, null=True, related_name="children")
    def __str__(self): return self.name
    def breadcrumb(self):
        names, node = [], self
        while node is not None:
            names.append(node.name)
            node = node.parent  # site: breadcrumbs
        return " > ".join(reversed(names))

class Supplier(models.Model):
    name = models.CharField(max_length=60)
    city = models.CharField(max_length=60)
    def __str__(self): return self.name

class Ingredient(models.Model):
    name = models.CharField(max_length=60, unique=True)
    supplier = models.ForeignKey(Supplier, models.PROTECT, related_name="ingredients")
    stock = models.IntegerField(default=0)
    is_allergen = models.BooleanField(default=False)
    def __str__(self): return self.name

class Dish(models.Model):
    name = models.CharField(max_length=60)
    category = models.ForeignKey(Category, models.PROTECT, related_name="dishes")
    price = models.DecimalField(max_digits=6, decimal_places=2)
    ingredients = models.ManyToManyField(Ingredient, related_name="dishes")
    def __str__(self): return self.name

class Recipe(models.Model):
    """Pages of text and a picture."""
    dish = models.ForeignKey(Dish, models.CASCADE, related_name="recipes")
    title = models.CharField(max_length=60)
    steps = models.TextField()
    history = models.TextField()
    picture = models.BinaryField()

class OrderQuerySet(models.QuerySet):
    def open(self): return self.filter(status="open")
    def of(self, branch): return self.filter(branch=branch)
    def detailed(self): return self.select_related("branch", "waiter").prefetch_related("lines")

class Order(models.Model):
    branch = models.ForeignKey(Branch, models.CASCADE, related_name="orders")
    waiter = models.ForeignKey(Staff, models.PROTECT, related_name="orders")
    number = models.CharField(max_length=12, unique=True)
    opened_at = models.DateTimeField(db_index=True)
    status = models.CharField(max_length=10)
    total = models.DecimalField(max_digits=8, decimal_places=2)
    objects = OrderQuerySet.as_manager()
    def __str__(self): return self.number

class OrderLine(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    dish = models.ForeignKey(Dish, models.PROTECT, related_name="lines")
    quantity = models.IntegerField()

class Rating(models.Model):
    order = models.OneToOneField(Order, models.CASCADE, related_name="rating")
    stars = models.IntegerField()

class Voucher(models.Model):
    code = models.CharField(max_length=20, unique=True)
    value = models.IntegerField()
    is_used = models.BooleanField(default=False)

class Shift(models.Model):
    staff = models.ForeignKey(Staff, models.CASCADE, related_name="shifts")
    starts_at = models.DateTimeField()
    hours = models.IntegerField()

class TaxRate(models.Model):
    code = models.CharField(max_length=4, unique=True)
    percent = models.IntegerField()
