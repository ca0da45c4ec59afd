#!/usr/bin/env python
"""Run a Django command; put platform/ on the import path first."""

import os
import sys
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parent / "platform"))

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        from django.core.management import execute_from_command_line
    except ModuleNotFoundError:
        sys.exit(f"{sys.executable} has no Django: write `.venv/bin/python manage.py …` (`make up` makes .venv).")

    execute_from_command_line(sys.argv)
