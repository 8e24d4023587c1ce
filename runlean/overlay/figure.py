"""A runner's body on the picture: skeleton, the foot on the ground, the trunk against the vertical."""

from __future__ import annotations

import math
from collections.abc import Sequence

from runlean.overlay.canvas import Canvas, Point
from runlean.overlay.palette import INK, LEFT, PALE, RIGHT, WHITE, Colour
from runlean.overlay.runner import RunnerRows
from runlean.overlay.style import Style, bone_width
from runlean.skeleton import BONES, CANONICAL

Points = list[list[float]]

_INDEX = {name: i for i, name in enumerate(CANONICAL)}
_ARM = ("elbow", "wrist")
_FACE = ("nose", "left_ear", "right_ear")
#: Marked with a dot; eyes and small toes would only clutter.
_DOTS = tuple(n for n in CANONICAL if "eye" not in n and "small_toe" not in n and n not in _FACE)
#: How long a touch-down shows, seconds.
_PULSE_S = 0.12
_FILLED_OPACITY = 0.45
#: How far the lean's lines go, in trunk lengths: just above the head.
LEAN_REACH = 1.85


def _side_colour(a: str, b: str) -> Colour:
    if a.startswith("left_") and b.startswith("left_"):
        return LEFT
    return RIGHT if a.startswith("right_") and b.startswith("right_") else PALE


def _bones(near: str) -> list[tuple[int, int, Colour, float]]:
    """Bones as index pairs with colour and relative width, those of the side away from the camera first."""
    bones = []
    for a, b in BONES:
        trunk = "shoulder" in a and "hip" in b
        colour = PALE if trunk else _side_colour(a, b)
        thin = 0.55 if trunk or colour is PALE else 0.75 if a.endswith(_ARM) or b.endswith(_ARM) else 1.0
        depth = 1 if colour is PALE else 2 if a.startswith(near) else 0
        bones.append((depth, _INDEX[a], _INDEX[b], colour, thin))
    return [bone[1:] for bone in sorted(bones, key=lambda bone: bone[0])]


#: A runner to the right shows the right side.
_ORDERS = {-1.0: _bones("left"), 0.0: _bones("right"), 1.0: _bones("right")}


def middle(point: Points, joint: str) -> Point:
    """Midpoint of the left and right joint; NaN where either is missing."""
    (ax, ay), (bx, by) = point[_INDEX[f"left_{joint}"]], point[_INDEX[f"right_{joint}"]]
    return 0.5 * (ax + bx), 0.5 * (ay + by)


def draw_skeleton(canvas: Canvas, runner: RunnerRows, row: int, style: Style) -> None:
    """Bones and joints: the left side blue, the right side orange; a filled row dimmed, its joints hollow."""
    filled = runner.filled[row]

    def draw(point: Points) -> None:
        _skeleton(canvas, point, runner.forward, bone_width(runner.height_px, style.text), filled)

    canvas.posed((runner.runner_id, filled), runner.point[row], draw)


def _skeleton(canvas: Canvas, point: Points, forward: float, width: float, filled: bool) -> None:
    opacity = _FILLED_OPACITY if filled else 1.0
    bones = _ORDERS[forward]
    for a, b, _, thin in bones:
        canvas.line(point[a], point[b], (thin + 0.5) * width, INK, 0.5 * opacity)
    for a, b, colour, thin in bones:
        canvas.line(point[a], point[b], thin * width, colour, opacity)
    for name in _FACE:
        canvas.disc(_at(point, name), 0.5 * width, PALE, opacity)
    for name in _DOTS:
        at, colour = _at(point, name), _side_colour(name, name)
        if filled:
            canvas.ring(at, 0.8 * width, 0.4 * width, colour, 0.8)
        else:
            canvas.disc(at, 0.8 * width, WHITE, opacity)
            canvas.disc(at, 0.5 * width, colour, opacity)


def draw_feet(canvas: Canvas, runner: RunnerRows, row: int, style: Style) -> None:
    """A bar under the foot that stands, and a ring that opens where a foot has just met the ground."""
    point, time_s = runner.points(row), runner.time_s[row]
    width = bone_width(runner.height_px, style.text)
    for side, colour in (("left", LEFT), ("right", RIGHT)):
        heel, toe = _at(point, f"{side}_heel"), _at(point, f"{side}_big_toe")
        if not (math.isfinite(heel[0]) and math.isfinite(toe[0])):
            x, y = _at(point, f"{side}_ankle")
            reach = 0.045 * runner.height_px
            heel, toe = (x - reach, y + reach), (x + reach, y + reach)
        drop = 1.9 * width
        if runner.phase[row] == f"{side}_stance":
            a, b = (heel[0], heel[1] + drop), (toe[0], toe[1] + drop)
            canvas.line(a, b, 1.9 * width, INK, 0.55)
            canvas.line(a, b, 1.3 * width, WHITE)
            canvas.line(a, b, 0.7 * width, colour)
        contacts = runner.contacts(side)
        k = contacts.last(time_s)
        if k is not None:
            age = (time_s - contacts.contact_s[k]) / _PULSE_S
            if 0.0 <= age < 1.0:
                centre = (0.5 * (heel[0] + toe[0]), 0.5 * (heel[1] + toe[1]) + drop)
                canvas.ring(centre, (0.04 + 0.06 * age) * runner.height_px, 0.5 * width, WHITE, 0.9 * (1.0 - age))


def lean_lines(runner: RunnerRows, row: int) -> tuple[Point, float, float, float] | None:
    """Mid-hip, the trunk's length, and the directions of the vertical and of the trunk, clockwise from up in radians.

    None where the lean or one of its points is missing. The trunk's direction is that of the number: it may stand a
    little off the drawn shoulders, whose place depends on the network's convention.
    """
    lean = runner.lean_rad[row]
    if math.isnan(lean) or not runner.forward:
        return None
    point = runner.points(row)
    hip, shoulder = middle(point, "hip"), middle(point, "shoulder")
    length = math.hypot(shoulder[0] - hip[0], shoulder[1] - hip[1])
    if not length > 0.0:
        return None
    return hip, length, -runner.roll_rad, -runner.roll_rad + runner.forward * lean


def draw_lean(canvas: Canvas, runner: RunnerRows, row: int, style: Style, colour: Colour) -> None:
    """The trunk's line as measured, prolonged above the head, and the vertical it is measured against, dashed."""
    lines = lean_lines(runner, row)
    if lines is None:
        return
    hip, length, upright, trunk = lines
    width, reach = bone_width(runner.height_px, style.text), LEAN_REACH * length
    canvas.wedge(hip, reach, upright, trunk, WHITE, 0.28)
    canvas.line(hip, along(hip, upright, reach), 0.9 * width, INK, 0.3)
    canvas.dashes(hip, along(hip, upright, reach), 0.5 * width, WHITE, dash=max(4.0, 0.07 * length))
    canvas.line(hip, along(hip, trunk, reach), 1.1 * width, INK, 0.45)
    canvas.line(hip, along(hip, trunk, reach), 0.6 * width, colour)
    canvas.line(hip, along(hip, trunk, length), 1.2 * width, colour)


def along(start: Point, angle: float, distance: float) -> Point:
    """Point at a distance in a direction, clockwise from up in radians."""
    return start[0] + distance * math.sin(angle), start[1] - distance * math.cos(angle)


def _at(point: Points, name: str) -> Sequence[float]:
    return point[_INDEX[name]]
