"""Aspects as lines of text: a name, what it means after a colon, and below it what numbers of the scale mean.

Helpfulness: does it do what was asked
  1 = of no use
  5 = could not be better
"""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext as _

ANCHOR = re.compile(r"\s*([0-9]+)\s*=\s*(.*)")
Parts = dict[str, Any]


def read(text: str) -> list[str | Parts]:
    """As the settings take them: a bare name, or a name with its description and anchors."""
    found: list[Parts] = []
    for line in text.splitlines():
        anchor = ANCHOR.fullmatch(line)
        if not line.strip():
            continue
        if anchor is None:
            name, _colon, description = line.partition(":")
            found.append({"name": name.strip(), "description": description.strip(), "anchors": {}})
            continue
        if not found:
            raise forms.ValidationError(_("Write the name of an aspect above the meaning of its numbers."))
        found[-1]["anchors"][anchor[1]] = anchor[2].strip()
    return [part if part["description"] or part["anchors"] else part["name"] for part in found]


def write(aspects: Iterable[str | Parts]) -> str:
    return "\n".join(line for aspect in aspects for line in lines_of(aspect))


def lines_of(aspect: str | Parts) -> list[str]:
    if isinstance(aspect, str):
        return [aspect]
    head = ": ".join(part for part in (aspect["name"], aspect.get("description", "")) if part)
    return [head, *(f"  {number} = {words}" for number, words in sorted(aspect.get("anchors", {}).items()))]


class AspectsField(forms.CharField):
    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return write(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        return read(value or "")

    def run_validators(self, value: Any) -> None:
        """The settings check them."""
