"""Settings of the fifth project of index cases. The environment says where the database is."""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = "index-cases-only-never-deployed"
DEBUG = False
USE_TZ = True
TIME_ZONE = "Europe/Vienna"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

OWN_APPS = ["resort", "zoo", "bureau"]
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.postgres", *OWN_APPS]
# A peer's settings add theirs (see peers.py).
INSTALLED_APPS += [name for name in os.environ.get("INDEXCASES_APPS", "").split(",") if name]
# Tables are made from the models at once.
MIGRATION_MODULES = dict.fromkeys(("contenttypes", *OWN_APPS))

_url = urlsplit(os.environ.get("DATABASE_URL", "postgresql:///"))
_options = dict(parse_qsl(_url.query))
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ.get("INDEXCASES_DATABASE", "queryscope_indexcases_fifth"),
        "USER": unquote(_url.username or ""),
        "PASSWORD": unquote(_url.password or ""),
        "HOST": _options.pop("host", unquote(_url.hostname or "")),
        "PORT": _options.pop("port", str(_url.port or "")),
        "OPTIONS": _options,
    }
}
QUERYSCOPE = {"ROOT": str(BASE_DIR)}
