"""Settings that both projects share. The environment says where the database is."""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

BASE_DIR = Path(__file__).resolve().parent / os.environ.get("ACCURACY_PROJECT", "project")
SECRET_KEY = "accuracy-set-only-never-deployed"
DEBUG = False
ALLOWED_HOSTS = ["testserver"]
ROOT_URLCONF = "office.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "static/"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "rest_framework",
]
# A peer's settings add theirs (see peers.py).
INSTALLED_APPS += [name for name in os.environ.get("ACCURACY_APPS", "").split(",") if name]

# Tables are made from the models at once.
MIGRATION_MODULES = dict.fromkeys(("admin", "auth", "contenttypes", "sessions", "school"))

MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

CONTEXT_PROCESSORS = [
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": CONTEXT_PROCESSORS},
    },
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "jinja2"],
        "OPTIONS": {"extensions": ["jinja2.ext.i18n"]},
    },
]

_database = f"queryscope_accuracy_{BASE_DIR.name}".removesuffix("_project")
_url = urlsplit(os.environ.get("DATABASE_URL", f"postgresql:///{_database}"))
_options = dict(parse_qsl(_url.query))
_host = unquote(_url.hostname or "") or _options.pop("host", "")
DATABASES = {
    # The branches have servers of their own; here it is one database under four names.
    alias: {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": os.environ.get("ACCURACY_DATABASE", _database),
        "USER": unquote(_url.username or ""),
        "PASSWORD": unquote(_url.password or ""),
        "HOST": _host,
        "PORT": str(_url.port or ""),
        "OPTIONS": _options,
    }
    for alias in ("default", "north", "south", "west")
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
}
