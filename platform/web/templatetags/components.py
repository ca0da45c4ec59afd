"""What pages are put together from; the gallery shows each in every state."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.template import Context
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from web import figures, markdown
from web.charts import Chart
from web.plots import Plot, Spans
from web.tables import Table

register = template.Library()
register.filter("minus", figures.minus)

# The words and the tone of every state that a thing of the product may be in.
STATES: dict[str, tuple[str, Any]] = {
    "queued": ("plain", _("Queued")),
    "running": ("busy", _("Running")),
    "succeeded": ("good", _("Succeeded")),
    "failed": ("bad", _("Failed")),
    "cancelled": ("plain", _("Cancelled")),
    "draft": ("plain", _("Draft")),
    "open": ("good", _("Open")),
    "paused": ("warn", _("Paused")),
    "closed": ("plain", _("Closed")),
    "candidate": ("warn", _("Candidate")),
    "approved": ("good", _("Approved")),
    "retired": ("plain", _("Retired")),
    "active": ("good", _("Active")),
    "expired": ("plain", _("Expired")),
    "revoked": ("bad", _("Revoked")),
    "off": ("warn", _("Off")),
    "waiting": ("busy", _("Waiting")),
    "delivered": ("good", _("Delivered")),
    "given up": ("bad", _("Given up")),
    "completed": ("good", _("Completed")),
    "stopped": ("warn", _("Stopped")),
    "ready": ("warn", _("To be done")),
    "done": ("good", _("Done")),
    "labelling": ("busy", _("People label")),
}
TONES = {"good": "circle-check", "warn": "triangle-alert", "bad": "circle-alert", "info": "info"}
MESSAGE_TONES = {"success": "good", "warning": "warn", "error": "bad"}


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """`{% icon "folder" %}`; with a label it is an image that says something, without one it is decoration."""
    href = f"{static('web/vendor/lucide/icons.svg')}#{name}"
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, href)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', href)


@register.inclusion_tag("web/components/button.html")
def button(label: str, **options: Any) -> dict[str, Any]:
    """`{% button _("Save") kind="primary" %}`. kind: "" primary danger quiet; href makes a link; icon, size="small",
    name, value, type ("submit" by default), dialog (id of a dialog to open), is_disabled, only_icon (label unseen)."""
    return {"label": label, "type": "submit", "kind": "", **options}


@register.inclusion_tag("web/components/badge.html")
def badge(label: str, tone: str = "plain", dot: bool = False) -> dict[str, Any]:
    """`{% badge "12 waiting" "warn" %}`. tone: plain good warn bad busy."""
    return {"label": label, "tone": tone, "dot": dot}


@register.inclusion_tag("web/components/badge.html")
def status(state: str) -> dict[str, Any]:
    """`{% status job.state %}`: the badge of any state of the product, in words and in a tone."""
    tone, label = STATES.get(state, ("plain", state))
    return {"label": label, "tone": tone, "dot": True}


@register.inclusion_tag("web/components/notice.html")
def notice(text: str, tone: str = "info") -> dict[str, Any]:
    """A sentence that stays on the page. tone: info good warn bad."""
    return {"text": text, "tone": tone, "icon_name": TONES[tone]}


@register.inclusion_tag("web/components/toast.html")
def toast(message: Message | str) -> dict[str, Any]:
    """One of Django's messages."""
    level = "" if isinstance(message, str) else (message.level_tag or "")
    tone = MESSAGE_TONES.get(level, "info")
    return {"text": str(message), "tone": tone, "icon_name": TONES[tone]}


@register.inclusion_tag("web/components/empty.html")
def empty(title: str, text: str = "", icon_name: str = "inbox", action: str = "", url: str = "") -> dict[str, Any]:
    """What stands where nothing is yet: what would be here, and the way to the first one."""
    return {"title": title, "text": text, "icon_name": icon_name, "action": action, "url": url}


@register.inclusion_tag("web/components/stat.html")
def stat(label: str, value: Any, unit: str = "", note: str = "") -> dict[str, Any]:
    """One tile inside `<dl class="stats">`."""
    return {"label": label, "value": value, "unit": unit, "note": note}


@register.inclusion_tag("web/components/facts.html")
def facts(pairs: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    """A definition list of (term, value)."""
    return {"pairs": pairs}


@register.inclusion_tag("web/components/progress.html")
def progress(label: str, share: float | None = None, note: str = "") -> dict[str, Any]:
    """A share between 0 and 1; None while nobody can tell."""
    percent = None if share is None else round(100 * min(1.0, max(0.0, share)))
    return {"label": label, "percent": percent, "note": note}


@register.inclusion_tag("web/components/copyable.html")
def copyable(identifier: str, text: str, label: str) -> dict[str, Any]:
    """A box with a text and a button that copies it: tokens, invitation links. `identifier` is the box's id."""
    return {"identifier": identifier, "text": text, "label": label}


@register.inclusion_tag("web/components/confirm.html", takes_context=True)
def confirm(context: Context, identifier: str, url: str, question: str, label: str, **options: Any) -> dict[str, Any]:
    """A button that asks before it posts to `url`. detail, confirm (words on the second button), kind ("danger"),
    trigger_kind, size, icon, name and value (a hidden field)."""
    given = {"kind": "danger", "trigger_kind": "", "confirm": label, **options}
    return {
        "identifier": identifier, "url": url, "question": question, "label": label,
        "csrf_token": context.get("csrf_token"), **given,
    }  # fmt: skip


@register.inclusion_tag("web/components/tabs.html")
def tabs(items: Iterable[tuple[str, str, bool]], label: str) -> dict[str, Any]:
    """Links side by side: (label, url, is_current), each a page of its own."""
    return {"items": items, "label": label}


@register.inclusion_tag("web/components/when.html")
def when(moment: datetime | None, never: str = "–") -> dict[str, Any]:
    """A time, told as "3 minutes ago" where JavaScript runs, with the full time as its title."""
    return {"moment": moment, "never": never}


@register.simple_tag
def code(text: str, language: str = "") -> SafeString:
    """A block of code, highlighted on the server."""
    return markdown.code_block(text, language)


@register.inclusion_tag("web/components/table.html", takes_context=True)
def table(context: Context, table: Table, row: str, caption: str = "", **options: Any) -> dict[str, Any]:
    """`{% table jobs row="jobs/_row.html" caption=_("Jobs") %}`: the row template writes one `<tr>` of `row`.
    empty_title, empty_text, empty_icon, empty_action, empty_url say what stands in an empty table."""
    around: dict[str, Any] = {str(name): value for name, value in context.flatten().items()}
    return {**around, "table": table, "row_template": row, "caption": caption, **options}


@register.inclusion_tag("web/components/chart.html")
def chart(chart: Chart, identifier: str) -> dict[str, Any]:
    """A `web.charts.Chart`, drawn in the browser, with its numbers in a table behind it.

    The points stand in an attribute: htmx takes every script element out of what it swaps in."""
    return {"chart": chart, "identifier": identifier, "points": json.dumps(chart.as_json())}


@register.inclusion_tag("web/components/plot.html")
def plot(plot: Plot, identifier: str) -> dict[str, Any]:
    """A `web.plots.Plot`: points with intervals or bars, drawn by the server, with its numbers in a table behind."""
    return {"plot": plot, "identifier": identifier}


@register.inclusion_tag("web/components/spans.html")
def spans(spans: Spans) -> dict[str, Any]:
    """A `web.plots.Spans`: figures with intervals, one below the other."""
    return {"spans": spans}
