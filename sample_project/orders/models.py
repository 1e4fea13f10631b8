"""Who buys, and what was bought."""

from django.db import models


class Customer(models.Model):
    name = models.CharField(max_length=120)
    email = models.EmailField(unique=True)
    joined = models.DateTimeField()

    def __str__(self):
        return self.name


class Address(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="addresses")
    street = models.CharField(max_length=120)
    city = models.CharField(max_length=80)
    postcode = models.CharField(max_length=12)
    country = models.CharField(max_length=2)

    class Meta:
        verbose_name_plural = "addresses"

    def __str__(self):
        return f"{self.street}, {self.postcode} {self.city}"


class Order(models.Model):
    class Status(models.TextChoices):
        PENDING = "pending"
        PAID = "paid"
        DONE = "done"
        CANCELLED = "cancelled"

    number = models.CharField(max_length=20, unique=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="orders", db_index=False)
    shipping_address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="shipped_orders")
    billing_address = models.ForeignKey(Address, on_delete=models.PROTECT, related_name="billed_orders")
    status = models.CharField(max_length=10, choices=Status)
    total = models.DecimalField(max_digits=12, decimal_places=2)
    created = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["-created"]),
            models.Index(fields=["customer", "-created"]),
            models.Index(fields=["status", "-created"]),
        ]

    def __str__(self):
        return self.number


class OrderLine(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, related_name="order_lines")
    quantity = models.PositiveSmallIntegerField()
    unit_price = models.DecimalField(max_digits=10, decimal_places=2)

    def __str__(self):
        return f"{self.quantity} × {self.unit_price}"

    @property
    def maker(self):
        return self.product.brand.company.name


class Payment(models.Model):
    order = models.OneToOneField(Order, on_delete=models.CASCADE, related_name="payment")
    method = models.CharField(max_length=10)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    paid_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-paid_at"])]

    def __str__(self):
        return f"{self.amount} by {self.method}"


class Refund(models.Model):
    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="refunds")
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    reason = models.CharField(max_length=80)
    created = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-created"])]

    def __str__(self):
        return f"{self.amount}: {self.reason}"


class DailySales(models.Model):
    """One row a day, written by `manage.py refresh_daily_sales`, read from the reporting database."""

    day = models.DateField(unique=True)
    orders = models.PositiveIntegerField()
    customers = models.PositiveIntegerField()
    products = models.PositiveIntegerField(default=0)
    revenue = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        ordering = ["-day"]
        verbose_name_plural = "daily sales"

    def __str__(self):
        return f"{self.day}: {self.revenue}"
