from rest_framework import serializers

from .models import Booking, Course, Instructor, Item, Rental, Skier


class InstructorSerializer(serializers.ModelSerializer):
    languages = serializers.SlugRelatedField(slug_field="name", many=True, read_only=True)

    class Meta:
        model = Instructor
        fields = ["name", "speciality", "languages"]


class CourseSerializer(serializers.ModelSerializer):
    instructor = InstructorSerializer()

    class Meta:
        model = Course
        fields = ["title", "capacity", "instructor"]


class BusySerializer(serializers.ModelSerializer):
    booked = serializers.SerializerMethodField()

    class Meta:
        model = Course
        fields = ["title", "booked"]

    def get_booked(self, course):
        return course.bookings.filter(is_paid=True).count()


class RentalSerializer(serializers.ModelSerializer):
    skier = serializers.CharField(source="skier.name")
    what = serializers.CharField(source="item.kind.name")

    class Meta:
        model = Rental
        fields = ["skier", "what", "out_at"]


class SkierSerializer(serializers.ModelSerializer):
    """`PrimaryKeyRelatedField(many=True)` needs the rows of the relation."""

    class Meta:
        model = Skier
        fields = ["name", "level", "passes"]


class BookingSerializer(serializers.ModelSerializer):
    course = serializers.StringRelatedField()

    class Meta:
        model = Booking
        fields = ["id", "skier", "course"]


class ItemSerializer(serializers.ModelSerializer):
    kind = serializers.PrimaryKeyRelatedField(read_only=True)

    class Meta:
        model = Item
        fields = ["serial", "kind", "state"]
