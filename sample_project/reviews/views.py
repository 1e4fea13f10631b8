"""What customers say, on one page."""

from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.shortcuts import render

from catalog.models import Product
from reviews.models import Comment, Review


def latest(request):
    """Comments on reviews and on products, each with what its kind of subject needs."""
    reviews = Review.objects.select_related("product", "customer")
    subjects = GenericPrefetch("subject", [reviews, Product.objects.select_related("brand")])
    comments = Comment.objects.prefetch_related(subjects).order_by("-created")[:30]
    return render(request, "reviews/latest.html", {"comments": comments})
