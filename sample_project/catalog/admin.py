"""The catalog in the admin."""

from django.contrib import admin

from catalog.models import Brand, Category, Collection, Company, Product, Stock, Tag, Warranty


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    list_display = ["name", "brand", "category", "price", "is_active"]
    list_filter = ["is_active"]
    list_select_related = ["brand", "category"]
    autocomplete_fields = ["brand", "category", "tags"]
    search_fields = ["slug"]
    show_full_result_count = False


@admin.register(Brand)
class BrandAdmin(admin.ModelAdmin):
    list_display = ["name", "company"]
    list_select_related = ["company"]
    autocomplete_fields = ["company"]
    search_fields = ["name"]


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ["name", "parent"]
    list_select_related = ["parent"]
    search_fields = ["name"]


@admin.register(Company)
class CompanyAdmin(admin.ModelAdmin):
    list_display = ["name", "country"]
    search_fields = ["name"]


@admin.register(Tag)
class TagAdmin(admin.ModelAdmin):
    search_fields = ["name"]


@admin.register(Collection)
class CollectionAdmin(admin.ModelAdmin):
    raw_id_fields = ["products"]


@admin.register(Stock, Warranty)
class PartOfProductAdmin(admin.ModelAdmin):
    list_display = ["product", "__str__"]
    list_select_related = ["product"]
    raw_id_fields = ["product"]
    show_full_result_count = False
