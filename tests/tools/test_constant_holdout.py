"""Constants told again without each body."""

from __future__ import annotations

import numpy as np
import pytest
from constant_holdout import held_out, line, slope_between


def test_a_body_says_nothing_of_itself():
    values = np.array([1.0, 3.0, 10.0, 5.0])
    bodies = np.array(["a", "a", "b", "c"])
    mean, rms = held_out(values, bodies)
    np.testing.assert_allclose(mean, [7.5, 7.5, 3.0, 14 / 3])
    np.testing.assert_allclose(rms[2], np.sqrt((1 + 9 + 25) / 3))
    assert np.isnan(held_out(values[:2], bodies[:2])[0]).all()


@pytest.mark.parametrize(("centred", "inside"), [(True, 95), (False, 98.6)])
def test_a_row_counts_what_lies_inside(centred, inside):
    rng = np.random.default_rng(5)
    errors, bodies = rng.normal(2.0, 1.0, 400), np.arange(400).astype(str)
    cells = [c.strip() for c in line("x", "0 +- 1", errors, bodies, 1.0, centred).split("|")[1:-1]]
    assert cells[2] == "400 of 400"
    assert float(cells[3]) == pytest.approx(2.0, abs=0.2)
    # the constant is off by two of its sd: the others' mean knows it, their root mean square is the wider for it
    assert float(cells[7]) < 60
    assert float(cells[8]) == pytest.approx(inside, abs=2)


def test_the_slope_between_runners_is_the_lines_and_its_error_grows_with_what_bodies_add():
    rng = np.random.default_rng(3)
    lean, bodies = np.linspace(2.0, 14.0, 24), np.array([f"b{i % 8}" for i in range(24)])
    slope, error = slope_between(lean, 0.1 * lean - 1.0, bodies)
    assert slope == pytest.approx(0.1)
    assert error == pytest.approx(0.0, abs=1e-12)
    own = rng.normal(0.0, 0.5, 8)[np.arange(24) % 8]
    slope, error = slope_between(lean, 0.1 * lean + own, bodies)
    assert 0.001 < error < 0.1
    assert abs(slope - 0.1) < 3 * error
