"""Settings of a node. What an operator may change comes from the environment; docs/reference/settings.md lists it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.utils.translation import gettext_lazy as _

from zhengtong.kernel.ids import DIVISION, ZONE

PACKAGE = Path(__file__).resolve().parents[1]
ROOT = PACKAGE.parents[1]


def env(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def _secret_of(home: Path) -> str:
    """The node's own secret, made by `zt prepare`."""
    try:
        return (home / "keys" / "secret").read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def env_flag(name: str, default: bool = False) -> bool:
    return env(name, "1" if default else "0").lower() in ("1", "true", "yes", "on")


def _moment(text: str) -> datetime | None:
    """The end of a day in China, `2027-06-30`, or None. Raises ValueError on anything else."""
    return datetime.fromisoformat(f"{text}T23:59:59+08:00").astimezone(UTC) if text else None


# -- the node ---------------------------------------------------------------------------------------------------------
ZT_HOME = Path(env("ZT_HOME") or ROOT / ".zt").resolve()  # data of this node: database, files, keys
ZT_NODE_DIVISION = env("ZT_NODE_DIVISION", DIVISION)
ZT_NODE_ZONE = env("ZT_NODE_ZONE", ZONE)
ZT_NODE_NAME = {
    "zh": env("ZT_NODE_NAME", "广安市广安区"),
    "en": env("ZT_NODE_NAME_EN", "Guang'an District, Guang'an City"),
}
ZT_DEMO = env_flag("ZT_DEMO")
ZT_BASE_URL = env("ZT_BASE_URL", "http://127.0.0.1:8000")
ZT_PACKAGES = Path(env("ZT_PACKAGES") or ROOT / "packages")
ZT_REGISTERS = Path(env("ZT_REGISTERS") or ROOT / "registers")
ZT_FILES = Path(env("ZT_FILES") or ZT_HOME / "files")
ZT_KEY_FILE = Path(env("ZT_KEY_FILE") or ZT_HOME / "keys" / "node.key")
ZT_CRYPTO_SUITE = env("ZT_CRYPTO_SUITE", "default")  # or national: SM2, SM3, SM4
ZT_KEY_PROVIDER = env("ZT_KEY_PROVIDER", "software")  # where new signing keys are made and kept
# On-line applications after this hour count as made on the next working day; empty: they count on their own day.
ZT_OFFICE_CLOSES = env("ZT_OFFICE_CLOSES", "17:30")
# The base map below the records: raster tiles in Web Mercator with {z}, {x}, {y}; shown with its 审图号 only.
ZT_BASE_MAP = env("ZT_BASE_MAP")
ZT_BASE_MAP_APPROVAL = env("ZT_BASE_MAP_APPROVAL")  # such as GS（2024）0650号
ZT_BASE_MAP_CREDIT = env("ZT_BASE_MAP_CREDIT")
ZT_FONTS = env("ZT_FONTS")  # folders with more fonts for papers, separated like PATH
ZT_CLAMD_SOCKET = env("ZT_CLAMD_SOCKET")  # path of clamd's Unix socket, or host:port; empty: files are not scanned
ZT_MAX_FILE_BYTES = int(env("ZT_MAX_FILE_BYTES", str(20 * 1024 * 1024)))
ZT_DRAFT_DAYS = int(env("ZT_DRAFT_DAYS", "90"))  # a draft untouched for so long is removed; the person is told before
ZT_MAX_REQUEST_BYTES = int(env("ZT_MAX_REQUEST_BYTES", str(100 * 1024 * 1024)))
ZT_WEB_THREADS = int(env("ZT_WEB_THREADS", "4"))  # requests one web process works on at once
ZT_RATE_LIMITS = env("ZT_RATE_LIMITS")  # class=account/network a minute, with commas; `*` for all others, or `off`

# Signing in by a provider above (the national platform); off while the issuer is empty.
ZT_UPSTREAM_ISSUER = env("ZT_UPSTREAM_ISSUER").rstrip("/")  # https://…, as its discovery document says
ZT_UPSTREAM_CLIENT_ID = env("ZT_UPSTREAM_CLIENT_ID")
ZT_UPSTREAM_KEY_FILE = env("ZT_UPSTREAM_KEY_FILE")  # private key (PEM) for private_key_jwt; else the secret counts
ZT_UPSTREAM_SECRET = env("ZT_UPSTREAM_SECRET")
ZT_UPSTREAM_SCOPES = env("ZT_UPSTREAM_SCOPES", "openid profile id_number")
ZT_UPSTREAM_NUMBER_CLAIM = env("ZT_UPSTREAM_NUMBER_CLAIM", "id_number")  # where it tells the identity number
ZT_UPSTREAM_LEVELS = env("ZT_UPSTREAM_LEVELS")  # its acr values as our levels: loa2=2,loa3=3; empty: another node's
ZT_UPSTREAM_TITLE = {
    "zh": env("ZT_UPSTREAM_TITLE", "用上级政务服务平台账号登录"),
    "en": env("ZT_UPSTREAM_TITLE_EN", "Sign in by the platform above"),
}

# -- Django -----------------------------------------------------------------------------------------------------------
DEBUG = env_flag("ZT_DEBUG")
PUBLIC_SECRET = "only-for-tests-and-checks"  # noqa: S105  (nothing serves on it: config/secret.py)
SECRET_KEY = env("ZT_SECRET_KEY") or _secret_of(ZT_HOME) or PUBLIC_SECRET
ALLOWED_HOSTS = env("ZT_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1],testserver").split(",")
ALLOWED_HOSTS += ["127.0.0.1", "[::1]"]  # the supervisor asks there whether the node answers
CSRF_TRUSTED_ORIGINS = [o for o in env("ZT_TRUSTED_ORIGINS").split(",") if o]
ZT_HTTPS = env_flag("ZT_HTTPS")
ZT_ALARM_MAIL = [a.strip() for a in env("ZT_ALARM_MAIL").split(",") if a.strip()]  # who gets security alarms
ZT_SECURITY_CONTACTS = [c.strip() for c in env("ZT_SECURITY_CONTACTS").split(",") if c.strip()]  # mailto:, https:, tel:
ZT_SECURITY_EXPIRES = _moment(env("ZT_SECURITY_EXPIRES"))  # until when they are right (RFC 9116)
ZT_TRUSTED_PROXIES = int(env("ZT_TRUSTED_PROXIES", "0"))  # proxies in front, each of which appends to X-Forwarded-For
if ZT_HTTPS:
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    if ZT_TRUSTED_PROXIES:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
ROOT_URLCONF = "zhengtong.config.urls"
WSGI_APPLICATION = "zhengtong.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

KERNEL = [f"zhengtong.kernel.{r}" for r in ("documents", "design", "limits", "idempotency", "events")]
SECURITY = [
    f"zhengtong.security.{r}"
    for r in ("crypto", "audit", "permissions", "directory", "signing", "identity", "sso", "watch")
]
SUPPORT = [
    "zhengtong.support.expressions",
    "zhengtong.support.search",
    "zhengtong.support.numbering",
    "zhengtong.support.rendering",
    "zhengtong.support.files",
    "zhengtong.support.deadlines",
    "zhengtong.support.notifications",
    "zhengtong.support.workflow",
    "zhengtong.support.forms",
]
RESOURCES = [f"zhengtong.resources.{r}" for r in ("standards", "registers", "credentials")]
APPLICATIONS = [f"zhengtong.applications.{r}" for r in ("public_services", "cases")]
ACCESS = [f"zhengtong.access.{r}" for r in ("gateway", "openapi", "workbench", "hall", "portal")]
ROOMS = KERNEL + SECURITY + SUPPORT + RESOURCES + APPLICATIONS + ACCESS

INSTALLED_APPS = [
    *reversed(ROOMS),
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
    "procrastinate.contrib.django",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
]

MIDDLEWARE = [
    "zhengtong.kernel.design.middleware.VisitorsAddress",
    "zhengtong.kernel.design.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "zhengtong.kernel.design.middleware.Language",
    "zhengtong.kernel.design.middleware.RequestLimits",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "zhengtong.security.identity.middleware.ActorOfRequest",
    "zhengtong.security.sso.middleware.SystemOfRequest",
    "zhengtong.kernel.limits.middleware.RateLimits",
    "zhengtong.security.permissions.middleware.DenialWitness",
    "zhengtong.kernel.design.middleware.Problems",
    "allauth.account.middleware.AccountMiddleware",  # inside Problems: it answers its own exceptions
    "zhengtong.kernel.idempotency.middleware.IdempotentWrites",
    "axes.middleware.AxesMiddleware",
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
                "zhengtong.kernel.design.context.page",
            ],
            "builtins": ["zhengtong.kernel.design.templatetags.design"],
        },
    }
]


# -- database ---------------------------------------------------------------------------------------------------------
def _database(url: str) -> dict[str, Any]:
    """A Django database from `postgresql://user:password@host:port/name?host=/socket/folder`."""
    parts = urlsplit(url)
    query = {k: v[0] for k, v in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or query.get("user", "")),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host") or parts.hostname or "",
        "PORT": str(query.get("port") or parts.port or ""),
        "CONN_HEALTH_CHECKS": True,  # a connection that died with its server is found before a page meets it
        "DISABLE_SERVER_SIDE_CURSORS": True,
        # statements are planned once per connection and then named: half the server's work on a short transaction
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 3},
    }


DATABASES = {"default": _database(env("DATABASE_URL", "postgresql://postgres@/zhengtong"))}
if env_flag("ZT_DATABASE_POOL"):
    # with the database gone a thread gives up after `timeout` seconds, and a page says so
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1, "max_size": int(env("ZT_DATABASE_POOL_SIZE", "8")), "timeout": 5,
        "reconnect_timeout": 5,
    }  # fmt: skip
_on_connecting = {
    "role": env("ZT_DATABASE_ROLE"),  # the web process works as zt_web, which may not rewrite the log
    "statement_timeout": env("ZT_STATEMENT_TIMEOUT"),
    "lock_timeout": env("ZT_LOCK_TIMEOUT"),
}
if any(_on_connecting.values()):
    options = " ".join(f"-c {name}={value}" for name, value in _on_connecting.items() if value)
    DATABASES["default"]["OPTIONS"]["options"] = options

# -- people -----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "security_identity.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "zhengtong.security.identity.sign_in.backends.AccountBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
CSRF_FAILURE_VIEW = "zhengtong.kernel.design.views.csrf_failure"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None  # an account holds no personal data
ACCOUNT_ADAPTER = "zhengtong.security.identity.sign_in.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "zhengtong.security.identity.sign_in.forms.LoginForm",
    "signup": "zhengtong.security.identity.sign_in.forms.SignupForm",
    "change_password": "zhengtong.security.identity.sign_in.forms.ChangePasswordForm",
    "reauthenticate": "zhengtong.security.identity.sign_in.forms.ReauthenticateForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = False
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_SESSION_REMEMBER = False  # signed out when the browser closes, at the latest after SESSION_COOKIE_AGE
ACCOUNT_USERNAME_MIN_LENGTH = 3
ACCOUNT_USERNAME_BLACKLIST = ["admin", "administrator", "root", "system"]
# By network only: a limit by name would let anybody lock another out. Guesses are counted by axes and sign_in/guesses.
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "login_failed": "60/m/ip", "signup": "20/m/ip"}
MFA_ADAPTER = "zhengtong.security.identity.sign_in.adapters.MfaAdapter"
MFA_FORMS = {
    "authenticate": "zhengtong.security.identity.sign_in.forms.AuthenticateForm",
    "reauthenticate": "zhengtong.security.identity.sign_in.forms.ReauthenticateCodeForm",
    "activate_totp": "zhengtong.security.identity.sign_in.forms.ActivateTotpForm",
    "add_webauthn": "zhengtong.security.identity.sign_in.passkey_forms.AddPasskeyForm",
    "edit_webauthn": "zhengtong.security.identity.sign_in.passkey_forms.RenamePasskeyForm",
    "login_webauthn": "zhengtong.security.identity.sign_in.passkey_forms.LoginPasskeyForm",
    "authenticate_webauthn": "zhengtong.security.identity.sign_in.passkey_forms.AuthenticatePasskeyForm",
    "reauthenticate_webauthn": "zhengtong.security.identity.sign_in.passkey_forms.ReauthenticatePasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"  # a passkey is two factors: the device, and its PIN or finger
MFA_RATE_LIMITS = {"webauthn_login": "120/m/ip"}
MFA_TOTP_TOLERANCE = 1  # clocks of phones differ: the step before and after also count
PASSWORD_HASHERS = [  # memory-hard first; accounts hashed otherwise are re-hashed when they sign in
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "zhengtong.security.identity.sign_in.passwords.LengthAndKinds"},
    {"NAME": "zhengtong.security.identity.sign_in.passwords.NotTheUsername"},
    {"NAME": "zhengtong.security.identity.sign_in.passwords.NotObvious"},
    {"NAME": "zhengtong.security.identity.sign_in.passwords.NotCommon"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/after-sign-in/"
SESSION_ENGINE = "zhengtong.security.identity.session_store"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True  # forms and pages carry the token; no script reads a cookie
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ZT_HTTPS
if ZT_HTTPS:  # a neighbouring host, or a page fetched without TLS, cannot set these
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
SESSION_COOKIE_AGE = 8 * 3600

# -- language, time ---------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("英文"))]
USE_I18N = True
LOCALE_PATHS = [PACKAGE / "config" / "locale"]  # our Chinese texts as they are, so that none is looked for elsewhere
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# -- files ------------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env("ZT_STATIC") or ZT_HOME / "static")
STATIC_STORAGE = "ManifestStaticFilesStorage" if env_flag("ZT_STATIC_HASHED") else "StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": f"django.contrib.staticfiles.storage.{STATIC_STORAGE}"},
}
STATICFILES_DIRS = [("vendor", PACKAGE / "static_built")] if (PACKAGE / "static_built").is_dir() else []
MEDIA_ROOT = ZT_HOME / "media"
MEDIA_URL = "/media/"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# -- mail, jobs, logs -------------------------------------------------------------------------------------------------
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = env("ZT_SMTP_HOST")
EMAIL_PORT = int(env("ZT_SMTP_PORT", "25"))
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = env("ZT_SMTP_USER"), env("ZT_SMTP_PASSWORD")
EMAIL_USE_TLS = env_flag("ZT_SMTP_TLS")
EMAIL_TIMEOUT = 20  # seconds
DEFAULT_FROM_EMAIL = env("ZT_MAIL_FROM", "no-reply@example.invalid")
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"
WAGTAIL_SITE_NAME = "政通"
WAGTAILADMIN_BASE_URL = ZT_BASE_URL
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAILADMIN_LOGIN_URL = LOGIN_URL  # one door: accounts with their second factor, never a password of the editor's own
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = WAGTAIL_PASSWORD_RESET_ENABLED = WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_I18N_ENABLED = False
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "zhengtong.security.identity.sign_in.guesses.network"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_HANDLER = "zhengtong.security.identity.sign_in.attempts.DiscreetHandler"
AXES_USERNAME_CALLABLE = "zhengtong.security.identity.sign_in.attempts.name_typed"
AXES_LOCKOUT_CALLABLE = "zhengtong.security.identity.views.locked_out"
AXES_DISABLE_ACCESS_LOG = True  # the accountability log has it
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # nobody keeps another locked out by trying on
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "zhengtong.kernel.redaction.RedactingFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("ZT_LOG_LEVEL", "WARNING")},
    "loggers": {"axes": {"level": "ERROR"}},  # failed sign-ins stand in the accountability log
}
