"""Trials under force plates, and films that were counted by eye."""

import numpy as np
import pyarrow as pa
import pytest
from validation import figures, trials
from validation.looks import bridged, contacts_by_eye, refused
from validation.saved import Saved


class TestTrials:
    def test_resampling_keeps_a_straight_line(self):
        t = np.linspace(0, 1, 151)
        xy = np.stack([np.stack([100 * t, 5 - t], axis=-1)], axis=1)
        new, at = trials.resampled(xy, t, 30)
        assert len(at) == 30
        np.testing.assert_allclose(new[:, 0, 0], 100 * at)
        np.testing.assert_allclose(new[:, 0, 1], 5 - at)
        same, _ = trials.resampled(xy, t, 0)
        assert same is xy

    def test_medians_are_of_sizes(self):
        base = dict.fromkeys(("ic_mae", "to_mae", "cadence_err_spm", "ic_bias", "to_bias", "ic_rms", "to_rms"), 1.0)
        rows = [
            {**base, "ct_bias": b, "per_100": p, "missed": m, "extra": 0, "swap": 0, "n": 100}
            for b, p, m in ((-5.0, 0.0, 0), (1.0, 0.0, 0), (4.0, 9.0, 9))
        ]
        out = trials.medians(rows)
        assert out["ct_bias"] == 4.0
        assert out["per_100"] == 0.0
        assert out["pooled_per_100"] == pytest.approx(3.0)

    def test_an_outlier_is_named(self):
        setting = trials.SETTINGS[0]
        row = dict.fromkeys(
            ("per_100", "ic_bias", "to_bias", "ct_bias", "cadence_err_spm", "ic_rms", "to_rms", "to_mae"), 0.0
        )
        row |= {"to_mae": 0.0, "missed": 0, "extra": 0, "swap": 0, "n": 80, "setting": setting.name}
        rows = [{**row, "trial": f"T{i}", "ic_mae": 4.0} for i in range(4)] + [{**row, "trial": "T9", "ic_mae": 9.0}]
        last = figures.trial_figures(rows)[-1]
        assert last["worst"] == "T9"
        assert last["holds"] is False


class TestReal:
    def saved(self, frame_of, contacts_s, metrics=None):
        ids = [i for i, frames in frame_of.items() for _ in frames]
        frame = [f for frames in frame_of.values() for f in frames]
        frames = pa.table(
            {
                "runner_id": pa.array(ids, pa.int32()),
                "frame": pa.array(frame, pa.int32()),
                "time_s": [f / 30 for f in frame],
            }
        )
        strides = pa.table(
            {
                "runner_id": pa.array([0] * len(contacts_s), pa.int32()),
                "side": ["left", "right"] * (len(contacts_s) // 2),
                "contact_s": contacts_s,
                "toe_off_s": [c + 0.2 for c in contacts_s],
            }
        )
        summary = {
            "warnings": [],
            "runners": [{"runner_id": 0, "metrics": metrics or {}, "n_contacts": len(contacts_s)}],
            "source": {"fps_from_timestamps": 30.0, "fps_from_header": 30.0},
            "config": {"slow_motion": 1.0},
        }
        return Saved(frames, strides, summary)

    def test_contacts_by_eye(self):
        frames = [10.0, 21.0, 32.0, 43.0]
        good = self.saved({0: range(60)}, [f / 30 + 0.01 for f in frames])
        assert contacts_by_eye(good, frames, 1)["holds"]
        late = self.saved({0: range(60)}, [f / 30 + 0.06 for f in frames])
        assert not contacts_by_eye(late, frames, 1)["holds"]
        few = self.saved({0: range(60)}, [f / 30 for f in frames[:2]])
        assert not contacts_by_eye(few, frames, 1)["holds"]

    def test_an_identity_that_bridges_a_gap(self):
        assert bridged(self.saved({0: range(30), 1: range(81, 100)}, []), [(31, 80)])["holds"]
        assert not bridged(self.saved({0: [*range(30), *range(81, 100)]}, []), [(31, 80)])["holds"]
        # a cut at frame 76: the shot before ends with frame 75
        assert bridged(self.saved({0: range(76), 1: range(76, 100)}, []), [(76, 75)])["holds"]
        assert not bridged(self.saved({0: range(80)}, []), [(76, 75)])["holds"]

    def test_refusal(self):
        assert refused(self.saved({0: range(9)}, [], {"trunk_lean_deg": {"mean": None}}), ("trunk_lean_deg",))["holds"]
        assert not refused(self.saved({0: range(9)}, [], {"trunk_lean_deg": {"mean": 3.0}}), ("trunk_lean_deg",))[
            "holds"
        ]
