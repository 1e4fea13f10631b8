"""The orders' part of the API: for staff only."""

from rest_framework import permissions, serializers, viewsets

from orders.models import Customer, Order, OrderLine, Payment


class CustomerSerializer(serializers.ModelSerializer):
    class Meta:
        model = Customer
        fields = ["name"]


class LineSerializer(serializers.ModelSerializer):
    product = serializers.CharField(source="product.name")
    brand = serializers.CharField(source="product.brand.name")

    class Meta:
        model = OrderLine
        fields = ["product", "brand", "quantity", "unit_price"]


class PaymentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Payment
        fields = ["method", "amount", "paid_at"]


class OrderSerializer(serializers.ModelSerializer):
    customer = CustomerSerializer()
    lines = LineSerializer(many=True)
    payment = PaymentSerializer()

    class Meta:
        model = Order
        fields = ["number", "status", "total", "created", "customer", "payment", "lines"]


class OrderViewSet(viewsets.ReadOnlyModelViewSet):
    """Orders that are paid and wait to be sent."""

    queryset = (
        Order.objects.filter(status=Order.Status.PAID)
        .select_related("customer", "payment")
        .prefetch_related("lines__product__brand")
        .order_by("-created")
    )
    serializer_class = OrderSerializer
    permission_classes = [permissions.IsAdminUser]
    lookup_field = "number"
