"""Judgments over time, as the page and its live address show them."""

from datetime import datetime

from django.utils.translation import gettext as _

from annotation.watching.pace import Flow
from web.charts import Chart, Series

HOURS, DAYS = "hours", "days"
EVERY = 60  # seconds between two questions of a page that lies open


def of(flow: Flow, span: str, *, now: datetime, url: str, is_done: bool) -> Chart:
    """The last 48 hours by the hour, or the last 30 days by the day."""
    x, counts = flow.hours(now) if span == HOURS else flow.days(now)
    title = _("Judgments in each hour, last two days") if span == HOURS else _("Judgments on each day, last 30 days")
    label = _("Hour") if span == HOURS else _("Day")
    series = [Series(_("Judgments"), counts)] if flow.first_at else [Series(_("Judgments"), [])]
    shown = x if flow.first_at else []
    return Chart(title, shown, series, x_label=label, is_done=is_done, url=url, every=EVERY, is_time=True)
