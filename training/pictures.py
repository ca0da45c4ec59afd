"""The rewards of reference samples as a picture, with the thresholds that are thought of."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from training.models import Role
from training.references import places
from web.plots import Bar, Guide, Plot, Scale, short

BARS = 24
Thresholds = Sequence[tuple[str, float]]  # (role, threshold)


def histogram(title: str, unit: str, values: Sequence[float], thresholds: Thresholds) -> Plot:
    """Counts of reference samples over the reward, a line at each threshold; `values` lowest first."""
    marks = [threshold for _role, threshold in thresholds]
    low, high = min(values[0], *marks, values[0]), max(values[-1], *marks, values[-1])
    margin = 0.04 * (high - low) or max(1e-3, 0.04 * abs(high))
    scale = Scale(low - margin, high + margin)
    bars = binned(values)
    return Plot(
        title,
        scale,
        Scale(0, 1.1 * max(bar.height for bar in bars)),
        _("reward, in {unit}").format(unit=unit),
        _("samples"),
        bars=bars,
        guides=[Guide(threshold, told(values, role, threshold), is_upright=True) for role, threshold in thresholds],
        headings=[_("Reward"), _("Samples")],
        rows=[[f"{short(bar.start)} – {short(bar.end)}", str(round(bar.height))] for bar in bars],
    )


def binned(values: Sequence[float]) -> list[Bar]:
    """Bars of one width from the lowest to the highest value."""
    low, high = values[0], values[-1]
    width = (high - low) / BARS or max(1e-3, 0.04 * abs(high))
    counts = [0] * BARS
    for value in values:
        counts[min(BARS - 1, int((value - low) / width))] += 1
    return [
        Bar(low + place * width, low + (place + 1) * width, count, _("{n} samples").format(n=count))
        for place, count in enumerate(counts)
    ]


def told(values: Sequence[float], role: str, threshold: float) -> str:
    """Where a threshold lies among the samples, in words."""
    quantile = 100 * places.quantile(values, threshold)
    label = Role(role).label
    if role == Role.EQUAL:
        said = _("{role} {threshold}: {quantile} % of reference samples lie below it")
    else:
        said = _("{role} {threshold}: {share} % of reference samples are there by themselves; quantile {quantile} %")
    share = 100 * places.share_beyond(values, role, threshold)
    return said.format(role=label, threshold=short(threshold), quantile=f"{quantile:.0f}", share=f"{share:.0f}")
