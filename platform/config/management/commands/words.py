"""`make words`: what the product says, found in its sources, into the catalogues of the other languages."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation import to_locale

from api import described
from web.catalogue import agreement, compiled, entries, finding
from web.catalogue.finding import Message


def said() -> dict[Message, list[str]]:
    """Every sentence of the product, with the files that say it."""
    return finding.with_places(finding.in_sources(settings.BASE_DIR), described.sentences(), "settings")


def languages() -> list[str]:
    return [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


def catalogue(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / to_locale(language) / "LC_MESSAGES" / "django.po"


class Command(BaseCommand):
    help = "Refreshes the catalogues of translations from the sources and compiles them."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        found = said()
        for language in languages():
            self.refresh(language, catalogue(language), found)

    def refresh(self, language: str, path: Path, found: dict[Message, list[str]]) -> None:
        kept, gone = entries.refreshed(entries.read(path) if path.exists() else [], found)
        path.parent.mkdir(parents=True, exist_ok=True)
        entries.write(path, kept, language)
        path.with_suffix(".mo").write_bytes(compiled.compile_entries(kept, language))
        self.stdout.write(f"{language}: {len(kept)} sentences in {path.relative_to(settings.BASE_DIR)}.")
        for entry in kept:
            wrong = agreement.differences(entry.message, entry.translation) if entry.translation else []
            for line in wrong or ([] if entry.translation else ["is not translated yet"]):
                self.stdout.write(f"  “{entry.message.text}”: {line}")
        for entry in gone:  # so that who only changed the English finds the translation again
            self.stdout.write(f"  said no more: “{entry.message.text}” – {entry.translation or 'not translated'}")
