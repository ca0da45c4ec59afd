"""The WSGI entry point: `config.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django = get_wsgi_application()

from api.entrance import Entrance  # noqa: E402  (our apps can be imported once Django is set up)

application = Entrance(django)
