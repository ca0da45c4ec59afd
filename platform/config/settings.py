"""One file of settings, read from the environment; a wrong value ends the process with a sentence."""

import ipaddress
import re
from urllib.parse import unquote, urlsplit

from csp.constants import NONCE, NONE, SELF

from config.environment import celery_broker, database, port_of
from local import address
from local.environment import BASE_DIR, Environment, Misconfigured

env = Environment()

# -- Where and who ----------------------------------------------------------------------------------------------------
DEBUG = env.flag("DEBUG")
SECRET_KEY = env.from_running("SECRET_KEY")
if len(SECRET_KEY) < 32:
    raise Misconfigured("SECRET_KEY is too short to be one: write 32 random characters or more.")
DATA_DIR = env.data_dir
MEDIA_ROOT = DATA_DIR / "files"  # uploads, snapshots, checkpoints: backed up with the database
HOST = env.text("HOST", "127.0.0.1")
PORT = env.number("PORT", 8000, least=1)
PUBLIC_URL = address.known(env)  # as `make up` prints it
public = urlsplit(PUBLIC_URL)
if public.scheme not in {"http", "https"} or not public.hostname:
    raise Misconfigured(
        f"PUBLIC_URL is {PUBLIC_URL!r}: write http://host or https://host, with a port if there is one."
    )
port_of(public, "PUBLIC_URL")
IS_HTTPS = public.scheme == "https"
IS_EMBEDDED = env.is_embedded
DEMO = IS_EMBEDDED and env.flag("DEMO", True)  # whether a fresh demo workspace is filled
ALLOWED_HOSTS = sorted({public.hostname, *env.words("ALLOWED_HOSTS"), "localhost", "127.0.0.1", "[::1]"})
try:
    TRUSTED_PROXIES = [ipaddress.ip_network(word) for word in env.words("TRUSTED_PROXIES")]
except ValueError as error:
    raise Misconfigured(f"TRUSTED_PROXIES holds something that is no address or network: {error}.") from None

# -- Apps -------------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "config.apps.InstallationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",  # its form templates, which templates/django/forms overrides
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "django_htmx",
    "csp",
    "audit",
    "web",
    "api",
    "accounts",
    "jobs",
    "hooks",
    "annotation",
    "rewardmodels",
    "training",
]
MIDDLEWARE = [
    "web.middleware.RequestIdMiddleware",
    "web.middleware.TrustedProxyMiddleware",
    "api.middleware.WellFormedMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "web.packing.PackingMiddleware",
    "web.policy.PolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.languages.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "web.middleware.WordsMiddleware",
    "accounts.sessions.LastSeenMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "web.context.shell",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# -- Database, counters, rings ----------------------------------------------------------------------------------------
DATABASES = {"default": database(env.from_running("DATABASE_URL"), pool=env.number("DB_POOL", 12, least=2))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.from_running("REDIS_URL")
CACHES = {
    # Attempts at signing in and one-time codes already used: few writes, and they must hold while Redis is away.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "shared_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000, "CULL_FREQUENCY": 10},
    },
    # Calls a second: many writes, open while Redis is away.
    "counters": {"BACKEND": "web.cache.ForgivingRedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "touchstone"},
}
CELERY_BROKER_URL = celery_broker(REDIS_URL)
CELERY_TASK_DEFAULT_QUEUE = "short"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker waits for its broker however long that is away
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 0.5,
    "socket_timeout": 1,
    "retry_on_timeout": False,
    "max_retries": 1,  # a ring that fails is not worth a wait: the sweeper rings again
    "interval_start": 0,
    "interval_step": 0,
    "connect_retries_timeout": 0.5,
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False

# -- People -----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "accounts.adapter.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # people come by invitation: an admin vouches for the address
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "accounts.reset_tokens.ResetTokens"  # noqa: S105  (a path)
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # a mail to strangers would invite them to sign up
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Touchstone: "
# A lab signs in from one address; wrong passwords are what is bounded.
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "login_failed": "30/m/ip,5/5m/key"}
ACCOUNT_FORMS = {
    "login": "accounts.signing_forms.LoginForm",
    "reauthenticate": "accounts.signing_forms.ReauthenticateForm",
    "change_password": "accounts.signing_forms.ChangePasswordForm",
    "reset_password": "accounts.signing_forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.signing_forms.ResetPasswordKeyForm",
}
MFA_FORMS = {
    "authenticate": "accounts.signing_forms.AuthenticateForm",
    "reauthenticate": "accounts.signing_forms.ReauthenticateByCodeForm",
    "activate_totp": "accounts.signing_forms.ActivateForm",
}
MFA_ADAPTER = "accounts.adapter.SecondFactorAdapter"
MFA_TOTP_ISSUER = "Touchstone"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
USERSESSIONS_TRACK_ACTIVITY = False  # allauth would write on every request; accounts.sessions writes now and then

# -- Cookies and headers ----------------------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_FAILURE_VIEW = "config.handlers.csrf_failure"
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
FILE_UPLOAD_TEMP_DIR = None
FILE_UPLOAD_HANDLERS = [
    "web.uploads.BoundedUploads",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
MAX_UPLOAD_BYTES = env.number("MAX_UPLOAD_MB", 2_048, least=1) * 1024 * 1024

# -- Words, time, files -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]  # each as its speakers call it
LOCALE_PATHS = [BASE_DIR / "platform" / "web" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "web.storage.HashedFiles"},
}
if DEBUG:
    STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"

# -- Mail -------------------------------------------------------------------------------------------------------------
EMAIL_URL = env.text("EMAIL_URL", "console:")
mail = urlsplit(EMAIL_URL)
if mail.scheme not in {"console", "smtp", "smtps"} or (mail.scheme != "console" and not mail.hostname):
    raise Misconfigured("EMAIL_URL: write smtp://user:password@host:587, smtps://… or console:.")
HAS_MAIL = mail.scheme != "console"
ACCOUNT_EMAIL_NOTIFICATIONS = HAS_MAIL  # a changed password or second factor is told to its owner
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if HAS_MAIL else 'console'}.EmailBackend"
EMAIL_HOST = mail.hostname or ""
EMAIL_PORT = port_of(mail, "EMAIL_URL") or (465 if mail.scheme == "smtps" else 587)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(mail.username or ""), unquote(mail.password or "")
EMAIL_USE_SSL, EMAIL_USE_TLS = mail.scheme == "smtps", mail.scheme == "smtp" and EMAIL_PORT != 25
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("EMAIL_FROM", f"touchstone@{public.hostname}")

# -- API --------------------------------------------------------------------------------------------------------------
API_RATE = env.text("API_RATE", "600/second")  # calls of one token
if not re.fullmatch(r"[1-9][0-9]*/(second|minute|hour)", API_RATE):
    raise Misconfigured(f"API_RATE is {API_RATE!r}: write for instance 600/second, 6000/minute or 100000/hour.")
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.TokenAuthentication",
        "accounts.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.access.Permission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.BoundedJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "api.pagination.CursorPages",
    "DEFAULT_SCHEMA_CLASS": "api.openapi.Schema",
    "DEFAULT_THROTTLE_CLASSES": ["api.throttles.PerCaller"],
    "URL_FORMAT_OVERRIDE": None,  # `format` is a parameter of our own exports
    "EXCEPTION_HANDLER": "api.problems.handle",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Touchstone",
    "DESCRIPTION": "Collect human judgment, learn the reward behind it, and optimise a policy against it.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "FeedbackKindEnum": "annotation.models.projects.Kind",
        "JobStateEnum": "jobs.models.Job.State",
        "ProjectStatusEnum": "annotation.models.projects.Project.Status",
        "RoleEnum": "accounts.roles.Role",
        "RunBoundRoleEnum": "training.models.Role",
        "RunKlRoleEnum": "training.models.KlRole",
        "TaskStatusEnum": "annotation.models.tasks.Task.Status",
    },
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
}

# -- What the operator allows -----------------------------------------------------------------------------------------
MODEL_ROOTS = env.words("MODEL_ROOTS")  # folders from which models may be read by path
ALLOW_HUB = env.flag("ALLOW_HUB")  # whether model names of a hub may be used
OUTGOING_HOSTS = env.words("OUTGOING_HOSTS")  # hosts that webhooks, deliveries and model addresses may reach
DELIVERY_ROOTS = env.words("DELIVERY_ROOTS")  # folders below which exports may be delivered
MODEL_KEYS = env.pairs("MODEL_KEYS")  # host → the key that its model addresses ask for
KEEP_DELETED_DAYS = env.number("KEEP_DELETED_DAYS", 30, least=1)  # how long a deletion can be undone
METRICS_TOKEN = env.text("METRICS_TOKEN", "")  # without it /metrics answers on loopback alone

# -- Logs -------------------------------------------------------------------------------------------------------------
LOG_LEVEL = env.text("LOG_LEVEL", "INFO").upper()
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}:
    raise Misconfigured(f"LOG_LEVEL is {LOG_LEVEL!r}: write DEBUG, INFO, WARNING, ERROR or CRITICAL.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "web.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {"django": {"level": "INFO", "propagate": True, "handlers": []}},
}
