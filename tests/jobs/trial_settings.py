"""The product's settings and the trial kinds: what a child process of a test runs under."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.jobs.trial"]
