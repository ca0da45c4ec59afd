"""Curves of a study as one picture in SVG, which a page of documents can show."""

from collections.abc import Callable, Sequence
from html import escape

from training.learning.studies.arms import Curve

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 380, 52, 130, 20, 44
COLOURS = ("#c2410c", "#1d4ed8", "#15803d", "#7e22ce", "#525252")


def gold_by_step(curves: Sequence[Curve]) -> str:
    """A thin line a run, in the colour of its arm; a run that was ended has no more."""
    names = list(dict.fromkeys(one.arm for one in curves))
    values = [value for one in curves for value in one.gold]
    low, high = min(values), max(values)
    margin = 0.05 * (high - low) or 1.0
    low, high, last = low - margin, high + margin, max(one.last for one in curves) or 1

    def place(step: float, value: float) -> str:
        x = LEFT + (WIDTH - LEFT - RIGHT) * step / last
        y = TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low)
        return f"{x:.1f},{y:.1f}"

    parts = [axes(low, high, last, place)]
    for one in curves:
        points = " ".join(place(step, value) for step, value in zip(one.steps, one.gold, strict=True))
        colour = COLOURS[names.index(one.arm) % len(COLOURS)]
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
    for number, name in enumerate(names):
        y, colour = TOP + 14 + 20 * number, COLOURS[number % len(COLOURS)]
        parts.append(f'<text x="{WIDTH - RIGHT + 12}" y="{y}" fill="{colour}">{escape(name)}</text>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
    head += 'font-family="sans-serif" font-size="13"><title>Gold by step</title><rect width="100%" height="100%" '
    return head + 'fill="#ffffff"/>' + "".join(parts) + "</svg>\n"


def axes(low: float, high: float, last: int, place: Callable[[float, float], str]) -> str:
    """Round numbers along both sides."""
    parts = []
    for number in range(5):
        value, step = low + (high - low) * number / 4, last * number / 4
        x, y = place(step, value).split(",")
        parts.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="#e5e5e5"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y}" text-anchor="end" fill="#525252">{value:.1f}</text>')
        parts.append(f'<text x="{x}" y="{HEIGHT - 24}" text-anchor="middle" fill="#525252">{step:g}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">step</text>')
    return "".join([*parts, f'<text x="{LEFT}" y="14">gold of a look, in coins</text>'])
