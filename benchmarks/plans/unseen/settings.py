"""Settings of the project whose plans are judged."""

import os
from urllib.parse import unquote, urlsplit

_url = urlsplit(os.environ["DATABASE_URL"])
_query = {name: unquote(value) for name, _, value in (pair.partition("=") for pair in _url.query.split("&"))}
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _url.path.lstrip("/"),
        "USER": unquote(_url.username or ""),
        "PASSWORD": unquote(_url.password or ""),
        "HOST": unquote(_url.hostname or _query.get("host", "")),
        "PORT": str(_url.port or ""),
    }
}
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.postgres", "clinic", "freight"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SECRET_KEY = "unseen"
USE_TZ = True
TIME_ZONE = "Europe/Vienna"
