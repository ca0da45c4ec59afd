"""Amounts of money as pages show them."""

from decimal import Decimal

from django import template

from annotation.money import written

register = template.Library()


@register.filter
def amount(value: Decimal) -> str:
    return written(value).replace("-", "−")


@register.filter
def signed(value: Decimal) -> str:
    return f"+{written(value)}" if value > 0 else amount(value)
