"""Values in, the shapes of a plot as SVG out. Knows nothing of what is plotted; the style sheet has the colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qa.ui.markup import escaped

WIDTH, HEIGHT = 480, 320
LEFT, RIGHT, TOP, BOTTOM = 74.0, 452.0, 34.0, 262.0

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `low` to `high`, laid out evenly from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return where a value lies; one beyond the bounds lies on them."""
        inside = min(max(value, self.low), self.high)
        return self.start + (inside - self.low) / (self.high - self.low) * (self.end - self.start)


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale with what is written along it: `ticks` are values with their labels."""

    scale: Scale
    ticks: tuple[tuple[float, str], ...]
    title: str


def line(points: Sequence[Point], kind: str) -> str:
    """Return the points joined by straight lines."""
    listed = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline class="{kind}" points="{listed}"/>'


def dot(at: Point, kind: str, radius: float = 4.5) -> str:
    """Return a disc."""
    return f'<circle class="{kind}" cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{radius:.1f}"/>'


def diamond(at: Point, kind: str, radius: float = 6.0) -> str:
    """Return a square that stands on its corner."""
    x, y = at
    corners = ((x, y - radius), (x + radius, y), (x, y + radius), (x - radius, y))
    listed = " ".join(f"{left:.1f},{top:.1f}" for left, top in corners)
    return f'<polygon class="{kind}" points="{listed}"/>'


def box(left: float, top: float, right: float, bottom: float, kind: str) -> str:
    """Return a rectangle."""
    return f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}"/>'


def label(at: Point, words: str, kind: str = "", anchor: str = "middle") -> str:
    """Return words at a point, which is the foot of their middle, their start or their end."""
    chosen = f' class="{kind}"' if kind else ""
    return f'<text{chosen} x="{at[0]:.1f}" y="{at[1]:.1f}" text-anchor="{anchor}">{escaped(words)}</text>'


def whisker(x: float, low: float, high: float, kind: str = "whisker") -> str:
    """Return an upright line from `low` to `high` with a bar at both ends."""
    return f'<path class="{kind}" d="M{x - 4:.1f} {low:.1f}h8M{x - 4:.1f} {high:.1f}h8M{x:.1f} {low:.1f}V{high:.1f}"/>'


def axes(across: Axis, up: Axis) -> str:
    """Return the grid, the numbers along both axes, and what they are numbers of."""
    parts = []
    for value, words in up.ticks:
        y = up.scale.at(value)
        parts += [line(((LEFT, y), (RIGHT, y)), "grid"), label((LEFT - 8, y + 4), words, "tick", "end")]
    for value, words in across.ticks:
        x = across.scale.at(value)
        parts += [line(((x, BOTTOM), (x, BOTTOM + 5)), "axis"), label((x, BOTTOM + 20), words, "tick")]
    middle = (TOP + BOTTOM) / 2
    parts += [
        line(((LEFT, BOTTOM), (RIGHT, BOTTOM)), "axis"),
        label(((LEFT + RIGHT) / 2, HEIGHT - 12), across.title, "title"),
        f'<text class="title" transform="translate(15 {middle:.0f}) rotate(-90)" text-anchor="middle">'
        f"{escaped(up.title)}</text>",
    ]
    return "".join(parts)


def drawing(shapes: str, named: str) -> str:
    """Return the picture; `named` is the id of the element that says in words what it shows."""
    return f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{named}">{shapes}</svg>'
