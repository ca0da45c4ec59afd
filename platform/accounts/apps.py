from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import rooms, schemes  # noqa: F401  (drf-spectacular finds extensions by their being imported)

        rooms.open_all()
