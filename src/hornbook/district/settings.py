"""Django's settings, read from the data folder of the instance and from the environment.

Environment: ``HORNBOOK_DATA`` names the folder; ``HORNBOOK_DATABASE_URL`` the database.
"""

from __future__ import annotations

import os
from urllib.parse import parse_qs, unquote, urlsplit

from csp.constants import NONE, SELF

from hornbook.district.people.signin.providers import as_settings, read_providers
from hornbook.instance import Instance

INSTANCE = Instance.at()
_instance_settings = INSTANCE.settings()


def database_from(url: str) -> dict[str, object]:
    """Django's database entry for ``postgresql://user:password@host:port/name?host=/socket``."""
    parts = urlsplit(url)
    socket = parse_qs(parts.query).get("host", [""])[0]
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": socket or parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def mail_server_from(url: str) -> dict[str, object]:
    """The mail server of ``smtp://user:password@host:port`` or ``smtps://…``; empty for "".

    ``smtp`` asks for TLS (STARTTLS) unless the server is this machine; ``smtps`` begins with it.
    """
    parts = urlsplit(url)
    here = parts.hostname in {"127.0.0.1", "::1", "localhost"}
    tls, starttls = parts.scheme == "smtps", parts.scheme == "smtp" and not here
    return {
        "host": parts.hostname or "",
        "port": parts.port or (465 if tls else 587 if starttls else 25),
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "ssl": tls,
        "starttls": starttls,
    }


SECRET_KEY = INSTANCE.secret("django.key")
DEBUG = False
ALLOWED_HOSTS = os.environ.get("HORNBOOK_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
ROOT_URLCONF = "hornbook.district.urls"
WSGI_APPLICATION = "hornbook.district.wsgi.application"
AUTH_USER_MODEL = "people.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SITE_ID = 1

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "pgtrigger",
    "django_tasks_db",
    "django_htmx",
    "bootstrap",
    "hornbook.district.overview",  # before allauth: its templates are ours
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "hornbook.district.ledger",
    "hornbook.district.policy",
    "hornbook.district.policy.revising",
    "hornbook.district.policy.pack",
    "hornbook.district.policy.coverage",
    "hornbook.district.people",
    "hornbook.district.mail",
    "hornbook.district.learning",
    "hornbook.district.filtering",
    "hornbook.district.activity",
    "hornbook.district.records",
    "hornbook.district.conduct",
    "hornbook.district.incidents",
    "hornbook.district.copyright",
    "hornbook.district.consequences",
]

MIDDLEWARE = [
    "hornbook.district.conduct.quiet.no_trace",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "hornbook.district.overview.headers.permissions_policy",
    "hornbook.district.overview.refusing.no_nul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "hornbook.district.ledger.refusals.note_refusals",
    "hornbook.district.people.signin.rules.SignInRules",
    "hornbook.district.conduct.no_key.NoKey",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "hornbook.district.overview.context.frame",
            ],
        },
    }
]

DATABASES = {
    "default": database_from(os.environ.get("HORNBOOK_DATABASE_URL", "postgresql:///hornbook"))
}

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False  # computers are shared: a session ends with the browser
ACCOUNT_ADAPTER = "hornbook.district.people.adapter.AccountAdapter"
# By account few tries, by address many: a whole school may stand behind one address, and one
# pupil must not lock it out.
ACCOUNT_RATE_LIMITS = {
    "login": "120/m/ip",
    "login_failed": "60/m/ip,5/5m/key",
    "reset_code": "30/10m/ip",
    "gave_away": "20/h/ip,3/h/key",
    "copyright_notice": "10/h/ip",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
# Browsers themselves refuse passkeys without TLS, but for "localhost".
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = os.environ.get("HORNBOOK_TLS") != "1"
_providers = read_providers(INSTANCE)
SOCIALACCOUNT_PROVIDERS = as_settings(_providers)
SOCIALACCOUNT_ADAPTER = "hornbook.district.people.signin.adapter.SocialAccountAdapter"
SOCIALACCOUNT_OPENID_CONNECT_URL_PREFIX = ""
SOCIALACCOUNT_STORE_TOKENS = False
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

_mail = mail_server_from(os.environ.get("HORNBOOK_MAIL_URL", ""))
EMAIL_HOST, EMAIL_PORT = _mail["host"], _mail["port"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail["user"], _mail["password"]
EMAIL_USE_SSL, EMAIL_USE_TLS = _mail["ssl"], _mail["starttls"]
EMAIL_TIMEOUT = 20
MAIL_FROM = os.environ.get("HORNBOOK_MAIL_FROM", "")

LANGUAGE_CODE = "en-us"
TIME_ZONE = os.environ.get("HORNBOOK_TIME_ZONE", "America/Chicago")
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = INSTANCE.root / "static"
WHITENOISE_USE_FINDERS = True  # until ``hornbook up`` has collected the files
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "hornbook.district.overview.storage.StaticStorage"},
}

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        # The button of a directory is a form that leads there.
        "form-action": [SELF, *sorted({provider.origin for provider in _providers})],
        "frame-ancestors": [NONE],
    }
}
# TLS stands in front of the console in production; behind it these two are switched on.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = os.environ.get("HORNBOOK_TLS") == "1"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 9_000_000  # what comes with a report never lies on the disk unsealed

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    # The queue is looked at every two seconds; an empty one is no news.
    "loggers": {"django_tasks_db": {"level": "WARNING"}},
}
