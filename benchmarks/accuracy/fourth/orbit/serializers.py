"""What the API says."""

from rest_framework import serializers

from .models import Anomaly, Contact, Delivery, Instrument, Product, Scene


class ContactSerializer(serializers.ModelSerializer):
    station = serializers.CharField(source="station.name")
    engineer = serializers.SerializerMethodField()

    class Meta:
        model = Contact
        fields = ["id", "station", "engineer", "starts_at"]

    def get_engineer(self, contact):
        return contact.engineer.username if contact.engineer else None


class BandsSerializer(serializers.ModelSerializer):
    bands = serializers.SlugRelatedField(slug_field="name", many=True, read_only=True)

    class Meta:
        model = Instrument
        fields = ["name", "bands"]


class ProductSerializer(serializers.ModelSerializer):
    sold = serializers.SerializerMethodField()

    class Meta:
        model = Product
        fields = ["id", "title", "sold"]

    def get_sold(self, product):
        return product.deliveries.filter(paid=True).count()


class AnomalySerializer(serializers.ModelSerializer):
    instrument = BandsSerializer()

    class Meta:
        model = Anomaly
        fields = ["title", "severity", "instrument"]


class DeliverySerializer(serializers.ModelSerializer):
    class Meta:
        model = Delivery
        fields = ["id", "product", "customer", "paid"]


class SceneSerializer(serializers.ModelSerializer):
    class Meta:
        model = Scene
        fields = ["id", "title", "taken_at", "outline", "meta"]


class NamedDelivery(serializers.ModelSerializer):
    product = serializers.StringRelatedField(source="product.title")
    customer = serializers.SlugRelatedField(slug_field="name", read_only=True)

    class Meta:
        model = Delivery
        fields = ["id", "product", "customer"]
