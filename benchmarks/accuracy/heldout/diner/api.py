from rest_framework import serializers

from .models import Branch, Dish, Ingredient, Order, OrderLine, Staff


class SupplierField(serializers.RelatedField):
    def to_representation(self, value):
        return f"{value.name} ({value.city})"


class IngredientSerializer(serializers.ModelSerializer):
    supplier = SupplierField(read_only=True)

    class Meta:
        model = Ingredient
        fields = ("name", "supplier", "stock")


class DishSerializer(serializers.ModelSerializer):
    category = serializers.StringRelatedField()
    ingredients = IngredientSerializer(many=True)

    class Meta:
        model = Dish
        fields = ("name", "price", "category", "ingredients")


class LineSerializer(serializers.ModelSerializer):
    dish = serializers.SlugRelatedField(slug_field="name", read_only=True)

    class Meta:
        model = OrderLine
        fields = ("quantity", "dish")


class OrderSerializer(serializers.ModelSerializer):
    lines = LineSerializer(many=True, read_only=True)
    waiter = serializers.CharField(source="waiter.name")
    stars = serializers.SerializerMethodField()

    class Meta:
        model = Order
        fields = ("number", "lines", "waiter", "stars")

    def get_stars(self, order):
        rating = getattr(order, "rating", None)
        return rating.stars if rating else None


class BranchSerializer(serializers.ModelSerializer):
    staff_count = serializers.SerializerMethodField()
    open_orders = serializers.SerializerMethodField()

    class Meta:
        model = Branch
        fields = ("name", "staff_count", "open_orders")

    def get_staff_count(self, branch):
        return branch.staff.count()

    def get_open_orders(self, branch):
        return branch.orders.filter(status="open").count()


class BranchTeamSerializer(serializers.ModelSerializer):
    staff = serializers.PrimaryKeyRelatedField(many=True, read_only=True)
    region = serializers.CharField(source="region.name")

    class Meta:
        model = Branch
        fields = ("name", "staff", "region")


class StaffSerializer(serializers.ModelSerializer):
    boss = serializers.SerializerMethodField()
    locker = serializers.IntegerField(source="locker.number", default=None)

    class Meta:
        model = Staff
        fields = ("name", "boss", "locker")

    def get_boss(self, obj):
        return obj.mentor.name if obj.mentor else None


class PlainOrderSerializer(serializers.ModelSerializer):
    branch = serializers.CharField(source="branch.name")

    class Meta:
        model = Order
        fields = ("number", "branch", "total")
