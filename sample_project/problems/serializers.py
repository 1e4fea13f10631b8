"""The Django REST framework: relations read by serializers."""

from rest_framework import generics, serializers, viewsets

from orders.models import Order, OrderLine
from reviews.models import Review


class OrderRowSerializer(serializers.ModelSerializer):
    customer = serializers.CharField(source="customer.name")
    city = serializers.CharField(source="shipping_address.city")

    class Meta:
        model = Order
        fields = ["number", "customer", "city", "total"]


class SerializerSource(generics.ListAPIView):
    serializer_class = OrderRowSerializer

    def get_queryset(self):
        return Order.objects.filter(status="paid").order_by("-created")  # site: serializer-source


class CuredSerializerSource(SerializerSource):
    def get_queryset(self):
        orders = Order.objects.select_related("customer", "shipping_address")
        return orders.filter(status="paid").order_by("-created")


class LineSerializer(serializers.ModelSerializer):
    product = serializers.CharField(source="product.name")

    class Meta:
        model = OrderLine
        fields = ["product", "quantity", "unit_price"]


class OrderSerializer(serializers.ModelSerializer):
    lines = LineSerializer(many=True)

    class Meta:
        model = Order
        fields = ["number", "total", "lines"]


class NestedSerializer(generics.ListAPIView):
    serializer_class = OrderSerializer

    def get_queryset(self):
        return Order.objects.filter(status="cancelled").order_by("-created")  # site: nested-serializer


class CuredNestedSerializer(NestedSerializer):
    def get_queryset(self):
        return (
            Order.objects.prefetch_related("lines__product").filter(status="cancelled").order_by("-created")
        )


class ReviewSerializer(serializers.ModelSerializer):
    headline = serializers.SerializerMethodField()

    class Meta:
        model = Review
        fields = ["rating", "headline"]

    def get_headline(self, review):
        return f"{review.customer.name}: {review.title}"


class MethodField(generics.ListAPIView):
    serializer_class = ReviewSerializer

    def get_queryset(self):
        return Review.objects.order_by("-created")  # site: method-field


class CuredMethodField(MethodField):
    def get_queryset(self):
        return Review.objects.select_related("customer").order_by("-created")


class ReviewRowSerializer(serializers.ModelSerializer):
    product = serializers.StringRelatedField()
    brand = serializers.CharField(source="product.brand.name")

    class Meta:
        model = Review
        fields = ["product", "brand", "rating"]


class ReviewViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Review.objects.order_by("-created")  # site: viewset-queryset
    serializer_class = ReviewRowSerializer


class CuredReviewViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Review.objects.select_related("product__brand").order_by("-created")
    serializer_class = ReviewRowSerializer
