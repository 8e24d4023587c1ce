"""The fusion of features: the best linear combination by an inverted matrix, and on paper."""

from __future__ import annotations

import numpy as np
import pytest

from runlean_kernels.events.event_features import (
    ANKLE_DOWN,
    FIRST_OF_CONTACT,
    FIRST_OF_TOE_OFF,
    HEEL_LONGEST,
    HIP_UPWARD,
    KNEE_EXTENDED,
    LEG_LONGEST,
    N_FEATURES,
)
from runlean_kernels.events.event_fusion import (
    CORRELATION,
    FEATURE_SD_S,
    GROUP_CORRELATION,
    GROUP_OF,
    NOISE_FLOOR_S,
    OF_FOOT,
    OFFSET_S,
    OUTLYING,
    REFERENCE_SPEED,
    SD_INFLATION,
    SLOPE,
    SPEED_HIGH,
    SPEED_LOW,
    cycle_events,
    fuse,
)

Array = np.ndarray

CONTACT = (FIRST_OF_CONTACT, FIRST_OF_TOE_OFF)
TOE_OFF = (FIRST_OF_TOE_OFF, N_FEATURES)


def fused(features: Array, event: tuple[int, int], rate: float = 9.0, speed: float = 3.6) -> tuple[float, float]:
    return fuse(features, *event, rate, speed, np.full((N_FEATURES, 2), 7.0))


def naive_fuse(features: Array, event: tuple[int, int], rate: float, speed: float) -> tuple[float, float]:
    """Generalised least squares with the whole covariance, five rounds; feet from the second on."""
    i = np.arange(*event)
    v = np.clip(speed, SPEED_LOW, SPEED_HIGH) - REFERENCE_SPEED if np.isfinite(speed) else 0.0
    estimate = features[i, 0] / rate + OFFSET_S[i] + SLOPE[i] * v
    s = FEATURE_SD_S[i]
    group = GROUP_CORRELATION[GROUP_OF[i]]
    own = (1 - group) * s**2 + (features[i, 1] / rate) ** 2 + NOISE_FLOOR_S**2
    alike = np.full((len(i), len(i)), CORRELATION)
    same = (GROUP_OF[i][:, None] == GROUP_OF[i]) & ((GROUP_OF[i] > 0)[:, None] | np.eye(len(i), dtype=bool))
    alike[same] = np.broadcast_to(group, alike.shape)[same]
    mean = sd = np.nan
    for sweep in range(5):
        a = own.copy()
        if sweep:
            z = np.abs(estimate - mean) / np.sqrt(own + group * s**2) / OUTLYING
            a = own * np.maximum(z, 1.0) ** 4
        use = np.isfinite(estimate) & np.isfinite(own) & ~(OF_FOOT[i] & (sweep == 0))
        if not use.any():
            return np.nan, np.nan
        covariance = np.diag(a[use]) + (alike * np.outer(s, s))[np.ix_(use, use)]
        weight = np.linalg.inv(covariance).sum(axis=0)
        mean = (weight * estimate[use]).sum() / weight.sum()
        sd = SD_INFLATION[int(OF_FOOT[i][use].any()), int(event == TOE_OFF)] / np.sqrt(weight.sum())
    return mean, sd


def agreeing(when: float, event: tuple[int, int], rate: float = 9.0) -> Array:
    """Features that all say the same instant at the reference speed."""
    features = np.full((N_FEATURES, 2), np.nan)
    i = np.arange(*event)
    features[i, 0] = (when - OFFSET_S[i]) * rate
    features[i, 1] = 0.01
    return features


@pytest.mark.parametrize("event", [CONTACT, TOE_OFF])
def test_equals_its_naive_twin(event: tuple[int, int], rng: np.random.Generator) -> None:
    for _ in range(40):
        features = agreeing(rng.uniform(0, 0.3), event)
        features[:, 0] += rng.normal(0, 0.3, N_FEATURES)
        features[:, 1] = rng.uniform(0, 0.3, N_FEATURES)
        features[rng.random(N_FEATURES) < 0.3] = np.nan
        rate, speed = rng.uniform(6, 12), rng.choice([1.0, 2.5, 3.6, 4.4, 9.0, np.nan])
        expected = naive_fuse(features, event, rate, speed)
        assert fused(features, event, rate, speed) == pytest.approx(expected, rel=1e-8, nan_ok=True)


@pytest.mark.parametrize("event", [CONTACT, TOE_OFF])
def test_features_that_agree_are_believed(event: tuple[int, int]) -> None:
    mean, sd = fused(agreeing(0.123, event), event)
    assert mean == pytest.approx(0.123, abs=1e-9)
    best = np.nanmin(FEATURE_SD_S[event[0] : event[1]])
    # not better than what all share, not worse than the best alone
    assert np.sqrt(CORRELATION) * best * 0.9 < sd / SD_INFLATION[1, int(event == TOE_OFF)] < best


def test_one_feature_alone_is_itself() -> None:
    features = np.full((N_FEATURES, 2), np.nan)
    f = FIRST_OF_CONTACT + 2
    features[f] = [0.4, 0.05]
    mean, sd = fused(features, CONTACT, rate=8.0)
    assert mean == pytest.approx(0.4 / 8 + OFFSET_S[f], rel=1e-9)
    assert sd == pytest.approx(SD_INFLATION[0, 0] * np.sqrt(FEATURE_SD_S[f] ** 2 + (0.05 / 8) ** 2 + NOISE_FLOOR_S**2))


def test_an_outlier_hardly_moves_it() -> None:
    features = agreeing(0.1, CONTACT)
    features[FIRST_OF_CONTACT + 4, 0] += 9.0 * 0.2  # two tenths of a second late
    assert fused(features, CONTACT)[0] == pytest.approx(0.1, abs=0.001)


def test_witnesses_of_one_thing_count_less_than_others() -> None:
    geometry, others = [KNEE_EXTENDED, LEG_LONGEST, HEEL_LONGEST], [KNEE_EXTENDED, HIP_UPWARD, ANKLE_DOWN]
    moved = []
    for late in (geometry, others):
        features = np.full((N_FEATURES, 2), np.nan)
        i = np.unique([*geometry, *others])
        features[i] = agreeing(0.1, CONTACT)[i]
        features[late, 0] += 9.0 * 0.008
        moved.append(fused(features, CONTACT)[0] - 0.1)
    assert 0.0 < moved[0] < moved[1]


def test_feet_alone_are_not_believed_alone() -> None:
    features = np.full((N_FEATURES, 2), np.nan)
    feet = np.flatnonzero(OF_FOOT[: CONTACT[1]])
    features[feet] = [0.3, 0.01]
    assert np.isnan(fused(features, CONTACT)).all()
    assert np.isnan(fused(np.full((N_FEATURES, 2), np.nan), CONTACT)).all()


def test_noisy_features_count_less_and_say_so() -> None:
    features = agreeing(0.1, CONTACT)
    features[:, 1] = 0.5
    noisy = fused(features, CONTACT)
    assert noisy[0] == pytest.approx(0.1, abs=1e-9)
    assert noisy[1] > 1.5 * fused(agreeing(0.1, CONTACT), CONTACT)[1]
    features[FIRST_OF_CONTACT + 1] = [features[FIRST_OF_CONTACT + 1, 0] + 0.09, 0.01]  # 10 ms late, but sure
    assert fused(features, CONTACT)[0] > 0.1 + 0.5 * 0.01 * 0.5


def test_speeds_beyond_those_seen_are_not_followed() -> None:
    features = agreeing(0.3, TOE_OFF)
    assert fused(features, TOE_OFF, speed=SPEED_HIGH) == fused(features, TOE_OFF, speed=SPEED_HIGH + 5)
    assert fused(features, TOE_OFF, speed=SPEED_LOW) == fused(features, TOE_OFF, speed=0.1)
    assert fused(features, TOE_OFF, speed=REFERENCE_SPEED) == fused(features, TOE_OFF, speed=np.nan)
    assert fused(features, TOE_OFF, speed=SPEED_LOW) != fused(features, TOE_OFF, speed=SPEED_HIGH)


def test_a_later_cycle_gives_a_later_event() -> None:
    features = agreeing(0.1, CONTACT)
    later = features + np.array([0.9, 0.0])
    assert fused(later, CONTACT)[0] - fused(features, CONTACT)[0] == pytest.approx(0.1, abs=1e-9)
    # a film at half the speed: the phases stay, the rate halves, and what is in phases doubles
    doubled = np.array([fused(later, CONTACT, rate=r)[0] - fused(features, CONTACT, rate=r)[0] for r in (9.0, 4.5)])
    assert doubled[1] == pytest.approx(2 * doubled[0], rel=0.02)


def test_events_of_blocks_are_phases(rng: np.random.Generator) -> None:
    features = np.stack([[agreeing(0.08, CONTACT), agreeing(0.09, CONTACT)]] * 3)
    for event in (TOE_OFF,):
        i = np.arange(*event)
        features[:, :, i] = agreeing(0.31, event)[i]
    cycle = np.array([[0.0, 9.0, 3.6, 1.0], [60.0, np.nan, 3.6, 1.0], [120.0, 9.0, np.nan, 1.0]])
    out = np.full((3, 2, 4), 7.0)
    cycle_events(features, cycle, out)
    assert np.isnan(out[1]).all()
    np.testing.assert_allclose(out[0, :, 0], [0.08 * 9, 0.09 * 9], rtol=1e-9)
    np.testing.assert_allclose(out[0, :, 1], 0.31 * 9, rtol=1e-9)
    for column, event in ((2, CONTACT), (3, TOE_OFF)):
        assert out[0, 0, column] == pytest.approx(naive_fuse(features[0, 0], event, 9.0, 3.6)[1], rel=1e-9)
    np.testing.assert_allclose(out[2], out[0], rtol=1e-9)
    cycle_events(features[:0], cycle[:0], out[:0])


def test_tables_fit_each_other() -> None:
    for table in (OFFSET_S, SLOPE, FEATURE_SD_S, OF_FOOT):
        assert table.shape == (N_FEATURES,)
    told = np.isfinite(OFFSET_S)
    assert told.tolist() == np.isfinite(SLOPE).tolist() == np.isfinite(FEATURE_SD_S).tolist()
    assert not told[:FIRST_OF_CONTACT].any()
    assert told[FIRST_OF_CONTACT:].all()
    assert (FEATURE_SD_S[told] > 0).all()
