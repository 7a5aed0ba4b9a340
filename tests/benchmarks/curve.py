"""Points in, a small drawing of them out: SVG with logarithmic axes, for the guide. Light and dark by the reader's choice."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 360, 56, 200, 16, 40
COLOURS = ("#0072b2", "#56b4e9", "#d55e00", "#009e73", "#cc79a7", "#999999", "#e69f00")
"""Okabe and Ito's, told apart by people who see few colours."""

LABEL_GAP = 15
"""Least distance between the labels at the ends of two curves."""

Points = Mapping[str, Sequence[tuple[int, float]]]


def draw(path: Path, curves: Points) -> None:
    """Write the curves, passages against milliseconds, each with its name at its end."""
    values = [point for points in curves.values() for point in points]
    x, y = _scale([n for n, _ in values], LEFT, WIDTH - RIGHT), _scale([ms for _, ms in values], HEIGHT - BOTTOM, TOP)
    parts = [*_grid(x, y), *_lines({name: points for name, points in curves.items() if points}, x, y)]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">'
    path.write_text("\n".join([head, STYLE, *parts, "</svg>"]) + "\n", encoding="utf-8")


STYLE = (
    "<style>svg{background:#fff}text{fill:#222}.grid{stroke:#ddd}"
    "@media(prefers-color-scheme:dark){svg{background:#111}text{fill:#eee}.grid{stroke:#333}}</style>"
)


class _scale:
    """Places whole powers of ten between two ends."""

    def __init__(self, values: Sequence[float], start: float, end: float) -> None:
        self.first, self.last = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)) - 0.02)
        self.start, self.end = start, end

    def __call__(self, value: float) -> float:
        part = (math.log10(value) - self.first) / max(1, self.last - self.first)
        return round(self.start + part * (self.end - self.start), 1)

    def powers(self) -> list[float]:
        return [10.0**power for power in range(self.first, self.last + 1)]


def _grid(x: _scale, y: _scale) -> list[str]:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    down = [f'<path class="grid" d="M{x(n)} {TOP}V{bottom}"/>' for n in x.powers()]
    across = [f'<path class="grid" d="M{LEFT} {y(ms)}H{right}"/>' for ms in y.powers()]
    below = [f'<text x="{x(n)}" y="{bottom + 16}" text-anchor="middle">{n:,.0f}</text>' for n in x.powers()]
    beside = [f'<text x="{LEFT - 6}" y="{y(ms) + 4}" text-anchor="end">{_time(ms)}</text>' for ms in y.powers()]
    return [
        *down,
        *across,
        *below,
        *beside,
        f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 6}" text-anchor="middle">passages</text>',
    ]


def _time(ms: float) -> str:
    return f"{ms / 1000:g} s" if ms >= 1000 else f"{ms:g} ms"


def _lines(curves: Points, x: _scale, y: _scale) -> list[str]:
    ends, parts, free = sorted(curves, key=lambda name: y(curves[name][-1][1])), list[str](), 0.0
    colours = dict(zip(curves, COLOURS, strict=False))
    for name in ends:
        points = [(x(n), y(ms)) for n, ms in curves[name]]
        free = max(points[-1][1], free + LABEL_GAP)
        line = " ".join(f"{a},{b}" for a, b in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colours[name]}" stroke-width="2"/>')
        parts += [f'<circle cx="{a}" cy="{b}" r="3" fill="{colours[name]}"/>' for a, b in points]
        parts.append(f'<rect x="{WIDTH - RIGHT + 10}" y="{free - 5}" width="10" height="10" fill="{colours[name]}"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 26}" y="{free + 4}">{name}</text>')
    return parts
