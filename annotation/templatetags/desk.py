"""How the annotator's desk tells time."""

from decimal import Decimal

from django import template
from django.utils.translation import gettext as _

from annotation.money import written

register = template.Library()
MINUTE, HOUR = 60_000, 3_600_000


@register.filter
def spent(milliseconds: int | None) -> str:
    """A stretch of work in the largest two units that say something: 2 h 5 min, 12 min, 40 s."""
    if milliseconds is None:
        return "–"
    if milliseconds < MINUTE:
        return _("{seconds} s").format(seconds=round(milliseconds / 1000))
    minutes = round(milliseconds / MINUTE)
    if minutes < 60:
        return _("{minutes} min").format(minutes=minutes)
    hours, minutes = divmod(minutes, 60)
    return _("{hours} h {minutes} min").format(hours=hours, minutes=minutes)


@register.filter
def amount(value: Decimal) -> str:
    """An amount of money as the ledger writes it."""
    return written(value)


@register.filter
def pace(milliseconds: int | None) -> str:
    """How long one judgment takes: seconds with one decimal while that says something."""
    if milliseconds is None:
        return "–"
    if milliseconds < 10_000:
        return _("{seconds} s").format(seconds=f"{milliseconds / 1000:.1f}")
    return spent(milliseconds)
