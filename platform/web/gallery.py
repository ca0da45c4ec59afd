"""Every component in every state, for those who build and look after the pages."""

import math
import time
from datetime import timedelta

from django import forms
from django.contrib import messages
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from web import access, charts, tables
from web.templatetags.components import STATES

SAMPLE = r"""## What a model may write

A *reward* learned from **judgments** follows $P(a \succ b) = \sigma(u_a - u_b)$, so that

$$\mathcal{L} = -\sum_{i=1}^{n} \log \sigma\big(u(x_i, a_i) - u(x_i, b_i)\big)$$

| kind | responses | unit |
|---|--:|---|
| pairwise | 2 | nats |
| cardinal | 2 | euros |

1. A list with `code` and a [link](https://example.org)
2. An image that stays a link: ![a chart](https://example.org/chart.png)

> A quotation, and then code:

```python
def log_likelihood(first: Tensor, second: Tensor) -> Tensor:
    return logsigmoid(first - second).mean()  # higher is better
```

العربية تُقرأ من اليمين إلى اليسار.

<script>alert("this is shown, not run")</script>
"""


class SampleForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), help_text=gettext_lazy("Seen by everybody in the workspace."))
    email = forms.EmailField(label=gettext_lazy("E-mail"))
    overlap = forms.IntegerField(label=gettext_lazy("Labels a task"), min_value=1, max_value=9, initial=2)
    due = forms.DateField(label=gettext_lazy("Due"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[("pairwise", gettext_lazy("Pairwise")), ("cardinal", gettext_lazy("Cardinal"))],
    )
    ordering = forms.ChoiceField(
        label=gettext_lazy("Order"),
        choices=[("random", gettext_lazy("Random")), ("sequential", gettext_lazy("As imported"))],
        widget=forms.RadioSelect,
        initial="random",
    )
    asks = forms.MultipleChoiceField(
        label=gettext_lazy("Ask for"),
        choices=[("reason", gettext_lazy("A reason")), ("spans", gettext_lazy("Marked passages"))],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    is_open = forms.BooleanField(label=gettext_lazy("Open for labels"), required=False)
    guidelines = forms.CharField(label=gettext_lazy("Guidelines"), widget=forms.Textarea, required=False)
    file = forms.FileField(label=gettext_lazy("File"), required=False)

    def clean(self) -> None:
        self.add_error(None, _("Nothing was saved: this form only shows how errors look."))


@require_GET
@access.staff
def gallery(request: HttpRequest) -> HttpResponse:
    if "toast" in request.GET:
        messages.success(request, _("The project was saved."))
        messages.error(request, _("The import was refused: line 12 has no prompt."))
    shown = {
        "states": STATES,
        "table": sample_table(request, ContentType.objects.all(), "table"),
        "empty_table": sample_table(request, ContentType.objects.none(), "nothing"),
        "form": SampleForm(prefix="good"),
        "wrong": SampleForm({"wrong-name": "", "wrong-email": "nobody", "wrong-overlap": "12"}, prefix="wrong"),
        "tab_items": [(_("Overview"), "#tabs", True), (_("Judgments"), "?tab=2", False), (_("Rules"), "?tab=3", False)],
        "moments": [now() - timedelta(seconds=20), now() - timedelta(hours=5), now() + timedelta(days=3)],
        "pairs": [(_("Overlap"), "2"), (_("Split"), _("by first user turn")), (_("Seed"), "7")],
        "settled": sample_chart(count=160, is_done=True),
        "live": sample_chart(count=40, is_done=False),
        "unmeasured": charts.Chart(_("Calibration error"), [], [charts.Series(_("held out"), [])]),
        "sample": SAMPLE,
        "token": "tst_" + "0123456789abcdef" * 3,
    }  # fmt: skip
    return render(request, "web/gallery/page.html", shown)


@require_GET
@access.staff
def live_chart(request: HttpRequest) -> JsonResponse:
    return JsonResponse(sample_chart(count=40, is_done=False).as_json())


def sample_table(request: HttpRequest, rows: QuerySet[ContentType], name: str) -> tables.Table:
    columns = [
        tables.Column("number", gettext_lazy("Number"), order="pk", is_number=True),
        tables.Column("app", gettext_lazy("App"), order="app_label"),
        tables.Column("model", gettext_lazy("Model"), order="model"),
        tables.Column("state", gettext_lazy("State")),
        tables.Column("actions", gettext_lazy("Actions"), is_unseen=True),
    ]
    return tables.Table(request, rows, columns, order="app", name=name, size=6)


def sample_chart(*, count: int, is_done: bool) -> charts.Chart:
    """Curves with noise that is the same for the same step; the live one moves on with the clock."""
    start = 0 if is_done else int(time.time()) % 100_000
    steps = range(start, start + count)
    reward = [2 - 2 * math.exp(-(step - start) / 40) + 0.08 * math.sin(step * 1.7) for step in steps]
    divergence = [None if step % 50 == 7 else 0.02 * (step - start) ** 0.8 + 0.05 * math.cos(step) for step in steps]
    series = [charts.Series(_("reward"), reward), charts.Series(_("divergence"), divergence)]
    return charts.Chart(
        _("Reward and divergence"),
        list(steps),
        series,
        x_label=_("step"),
        threshold=charts.Threshold(_("bound"), 0.6),
        is_done=is_done,
        url="" if is_done else reverse("web-gallery-chart"),
        every=1,
    )
