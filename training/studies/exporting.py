"""The curves of a study as a file: JSON with all that it found, or CSV with a row a point."""

import csv
import io
import json
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from api.refusals import Conflict, Invalid
from training.models import Study

HEADINGS = ("study", "seed", "sha256", "chart", "curve", "what", "x", "mean", "low", "high")


def response(study: Study, form: str) -> HttpResponse:
    if form not in FORMS:
        raise Invalid(_("The curves are given as csv or json."), field="format")
    if study.result is None:
        raise Conflict(_("This study is not over: there are no curves yet."))
    kind, write = FORMS[form]
    answer = HttpResponse(write(study), content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{study.kind}-{study.seed}-{study.sha256[:12]}.{form}"'
    return answer


def as_json(study: Study) -> str:
    told = {"study": study.kind, "tier": study.tier, "settings": study.settings, "seed": study.seed}
    return json.dumps({**told, **(study.result or {})}, ensure_ascii=False, indent=1)


def as_csv(study: Study) -> str:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(HEADINGS)
    for chart in (study.result or {})["charts"]:
        for curve in chart["curves"]:
            for place, (x, mean) in enumerate(zip(curve["x"], curve["mean"], strict=True)):
                sides = [side(curve[name], place) for name in ("low", "high")]
                own = [study.kind, study.seed, study.sha256, chart["name"], curve["name"], curve["what"]]
                writer.writerow([*own, x, mean, *sides])
    return file.getvalue()


def side(values: list[float], place: int) -> Any:
    return values[place] if values else ""


FORMS = {"json": ("application/json", as_json), "csv": ("text/csv; charset=utf-8", as_csv)}
