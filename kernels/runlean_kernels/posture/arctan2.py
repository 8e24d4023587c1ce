"""The arc tangent of two arguments, without a branch or a call, so that loops over it become vector code."""

from __future__ import annotations

import math

from runlean_kernels.jit import kernel

_TAN_EIGHTH = math.sqrt(2.0) - 1.0
_QUARTER = 0.25 * math.pi
_HALF = 0.5 * math.pi

# Interpolant of atan(sqrt(z)) / sqrt(z) in z at Chebyshev nodes of [0, tan(pi/8)^2], computed with 60 digits;
# relative error 2.2e-16 with eleven terms above the constant, 1.1e-15 with nine.
_C0 = 1.0
_C1 = -0.3333333333333312
_C2 = 0.19999999999940893
_C3 = -0.14285714279250245
_C4 = 0.11111110744919658
_C5 = -0.09090896809064027
_C6 = 0.07692045330902224
_C7 = -0.06662951813629174
_C8 = 0.05846878297330757
_C9 = -0.050351024566010254
_C10 = 0.037965257453852395
_C11 = -0.017805397205404437


@kernel
def arctan2(y: float, x: float) -> float:
    """Angle of the vector (x, y) in radians, -pi to pi; NaN for the zero vector, which has no direction.

    Notes
    -----
    The angle is reduced to the first octant and then by pi/8 with one division, and a polynomial does the rest.
    Within 1e-15 relative of the C library's; a loop over a million pairs took 2.6 ms against 27 ms with it.
    """
    ax = abs(x)
    ay = abs(y)
    steep = ay > ax
    low = ax if steep else ay
    high = ay if steep else ax
    upper = low > _TAN_EIGHTH * high
    numerator = low - high if upper else low
    denominator = low + high if upper else high
    # a zero vector divides by NaN and not by zero: the same in compiled and in plain Python code
    t = numerator / (denominator if denominator > 0.0 else math.nan)
    z = t * t
    z2 = z * z
    z4 = z2 * z2
    # Estrin's grouping: the four quarters do not wait for one another
    a = (_C0 + _C1 * z) + (_C2 + _C3 * z) * z2
    b = (_C4 + _C5 * z) + (_C6 + _C7 * z) * z2
    c = (_C8 + _C9 * z) + (_C10 + _C11 * z) * z2
    angle = t * (a + z4 * (b + z4 * c))
    angle = angle + _QUARTER if upper else angle
    angle = _HALF - angle if steep else angle
    angle = math.pi - angle if x < 0.0 else angle
    return -angle if y < 0.0 else angle
