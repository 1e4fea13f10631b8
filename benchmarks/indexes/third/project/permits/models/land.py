from django.db import models


class Municipality(models.Model):
    name = models.CharField(max_length=60, unique=True)
    code = models.SlugField(unique=True)


class Parcel(models.Model):
    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="+", db_index=False)
    cadastre = models.CharField(max_length=20)
    street = models.CharField(max_length=80)
    house = models.PositiveIntegerField(db_column="house_no")
    postcode = models.CharField(max_length=6)
    owner = models.CharField(max_length=80)
    area = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["municipality", "cadastre"], name="parcel_cadastre")]
