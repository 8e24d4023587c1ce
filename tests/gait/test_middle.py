"""The median, against NumPy's."""

from __future__ import annotations

import math

import numpy as np
import pytest

from runlean.gait.middle import median


@pytest.mark.parametrize("n", [1, 2, 3, 4, 107, 108])
def test_is_numpys_to_the_bit(n: int) -> None:
    values = np.random.default_rng(n).normal(size=n)
    before = values.copy()
    assert median(values) == np.median(values)
    assert median(values[::-1]) == np.median(values)
    np.testing.assert_array_equal(values, before)


def test_of_nothing_there_is_none() -> None:
    assert math.isnan(median(np.empty(0)))
