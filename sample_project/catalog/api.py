"""The catalog's part of the API."""

from rest_framework import serializers, viewsets

from catalog.models import Brand, Category, Product, Tag


class BrandSerializer(serializers.ModelSerializer):
    company = serializers.CharField(source="company.name")

    class Meta:
        model = Brand
        fields = ["name", "slug", "company"]


class CategorySerializer(serializers.ModelSerializer):
    class Meta:
        model = Category
        fields = ["name", "slug"]


class TagSerializer(serializers.ModelSerializer):
    class Meta:
        model = Tag
        fields = ["name"]


class ProductSerializer(serializers.ModelSerializer):
    brand = BrandSerializer()
    category = CategorySerializer()
    tags = TagSerializer(many=True)

    class Meta:
        model = Product
        fields = ["name", "slug", "price", "attributes", "colours", "brand", "category", "tags"]


class ProductViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = (
        Product.objects.select_related("brand__company", "category")
        .prefetch_related("tags")
        .active()
        .newest()
    )
    serializer_class = ProductSerializer
    lookup_field = "slug"
