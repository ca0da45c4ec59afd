"""How order and money stand to each other for two sources, on the same judgments."""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # numpy and scipy are for the child that computes
    from annotation.agreement.worth import Difference

AGREE = "agree"
OPPOSITE = "opposite"  # both are sure, and name different sources
UNSURE = "opposite_unsure"  # they name different sources, and at least one of them might be chance
MONEY_DECIDES = "money_decides"  # order calls it even, money does not
ORDER_DECIDES = "order_decides"  # money calls it even, order does not
EVEN = "even"  # neither tells the two apart

DISAGREE = {OPPOSITE, UNSURE, MONEY_DECIDES, ORDER_DECIDES}


def verdict(one: "Difference") -> str:
    """One of the words above. Without an interval nothing is sure, and signs alone are compared."""
    by_order, in_money = sign(one.order - 0.5), sign(one.value)
    order_is_sure = not one.order_low <= 0.5 <= one.order_high
    has_interval = math.isfinite(one.low)
    money_is_sure = has_interval and not one.low <= 0 <= one.high
    if by_order * in_money < 0:
        return OPPOSITE if order_is_sure and money_is_sure else UNSURE
    if order_is_sure and money_is_sure:
        return AGREE
    if order_is_sure:
        return ORDER_DECIDES
    leans = not has_interval and bool(in_money) and not by_order
    return MONEY_DECIDES if money_is_sure or leans else EVEN


def sign(value: float) -> int:
    return (value > 1e-9) - (value < -1e-9)
