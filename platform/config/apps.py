from django.apps import AppConfig


class InstallationConfig(AppConfig):
    """Makes the Celery app the current one in every process that runs Django."""

    name = "config"
    label = "installation"

    def ready(self) -> None:
        from config import celery  # noqa: F401  (importing it is what registers it)
