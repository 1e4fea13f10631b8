from .models import Category


def sidebar(request):
    """For every page: lazily, the categories at the top."""
    return {"sidebar": Category.objects.filter(parent=None)}
