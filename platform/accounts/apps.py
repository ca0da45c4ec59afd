from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import receivers, rooms, schemes  # noqa: F401  (drf-spectacular finds schemes once imported)

        receivers.listen()
        rooms.open_all()
