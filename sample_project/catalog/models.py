"""What is for sale."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from catalog.managers import ProductManager


class Company(models.Model):
    name = models.CharField(max_length=120)
    country = models.CharField(max_length=2)

    class Meta:
        verbose_name_plural = "companies"

    def __str__(self):
        return self.name


class Brand(models.Model):
    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(unique=True)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="brands")

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class Category(models.Model):
    name = models.CharField(max_length=80)
    slug = models.SlugField(unique=True)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="children"
    )

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "categories"

    def __str__(self):
        return self.name


class Tag(models.Model):
    name = models.CharField(max_length=40, unique=True)
    slug = models.SlugField(unique=True)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name


class Product(models.Model):
    name = models.CharField(max_length=160)
    slug = models.SlugField(max_length=180, unique=True)
    brand = models.ForeignKey(Brand, on_delete=models.CASCADE, related_name="products")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="products", db_index=False)
    tags = models.ManyToManyField(Tag, related_name="products", blank=True)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    description = models.TextField(blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    colours = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    search = SearchVectorField(null=True, editable=False)
    is_active = models.BooleanField(default=True)
    created = models.DateTimeField()

    objects = ProductManager()

    class Meta:
        indexes = [
            models.Index(fields=["-created"]),
            models.Index(fields=["category", "-created"]),
            GinIndex(fields=["search"], name="product_search_gin"),
            GinIndex(fields=["colours"], name="product_colours_gin"),
        ]

    def __str__(self):
        return self.name

    @property
    def full_name(self):
        return f"{self.brand.name} {self.name}"


class Stock(models.Model):
    product = models.OneToOneField(Product, on_delete=models.CASCADE, related_name="stock")
    quantity = models.PositiveIntegerField()
    shelf = models.CharField(max_length=10)

    def __str__(self):
        return f"{self.quantity} on {self.shelf}"


class Warranty(models.Model):
    """Only some products have one."""

    product = models.OneToOneField(Product, on_delete=models.CASCADE, related_name="warranty")
    months = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name_plural = "warranties"

    def __str__(self):
        return f"{self.months} months"


class Collection(models.Model):
    title = models.CharField(max_length=80, unique=True)
    products = models.ManyToManyField(Product, related_name="collections", blank=True)

    class Meta:
        ordering = ["title"]

    def __str__(self):
        return self.title
