"""A check as a curve: its mean between two standard errors, and where it was best."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

CHECK, ERROR = "check/", "check_error/"
PEOPLE, LOW, HIGH = "check/people", "check_low/people", "check_high/people"
SURE = 2.0  # standard errors, as learning.stopping counts a fall

Rows = Sequence[tuple[int, float]]  # (step, value)


def banded(key: str, measured: Mapping[str, Rows]) -> list[tuple[int, str, float]]:
    """(step, line, value) of the mean and of what lies two standard errors on either side."""
    if key == PEOPLE:
        return between(measured, PEOPLE, _("wins and half of the ties"))
    return with_errors(measured.get(key, []), measured.get(key.replace(CHECK, ERROR, 1), []))


def with_errors(means: Rows, errors_: Rows) -> list[tuple[int, str, float]]:
    errors = dict(errors_)
    lines = ((_("mean"), 0.0), (_("two standard errors below"), -SURE), (_("two standard errors above"), SURE))
    return [(step, name, mean + times * errors.get(step, 0.0)) for name, times in lines for step, mean in means]


def sides(key: str) -> tuple[str, str, str]:
    """The names of a mean and of the ends of its interval: reward/x, reward_low/x, reward_high/x."""
    head, slash, rest = key.partition("/")
    return key, f"{head}_low{slash}{rest}", f"{head}_high{slash}{rest}"


def between(measured: Mapping[str, Rows], key: str, title: str = "") -> list[tuple[int, str, float]]:
    """The mean and its interval, which does not lie evenly around it."""
    lines = zip(sides(key), (title or _("mean"), _("95 % interval, from"), _("95 % interval, to")), strict=True)
    return [(step, line, value) for name, line in lines for step, value in measured.get(name, [])]


def peak(key: str, measured: Mapping[str, Rows]) -> tuple[tuple[str, float], ...]:
    """A line at the best look, the first of equals, named by its step."""
    if not (means := measured.get(key)):
        return ()
    step, value = max(means, key=lambda row: (row[1], -row[0]))
    return ((_("best, after step {step}").format(step=step), value),)
