"""Celery carries rings; PostgreSQL holds the truth."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("touchstone")
app.set_default()  # else only the thread that imported this would know our broker
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
