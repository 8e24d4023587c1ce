"""The scoring gives the same figures as the truth folder's own."""

import importlib.util
import json
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from made_results import perfect
from validation import figures
from validation.clips import drift_rows, score_clip
from validation.matching import Contacts, match_contacts
from validation.saved import FoundRunner
from validation.truth import read_clip

SHIPPED = Path(__file__).resolve().parents[2] / "runlean" / "clips"
TRUTH = Path(os.environ.get("RUNLEAN_TRUTH", Path(__file__).resolve().parents[3] / "shared" / "truth"))


@pytest.mark.skipif(not (TRUTH / "score.py").is_file(), reason="no truth folder with score.py beside the repository")
class TestAgreement:
    """The same figures as the truth folder's own scoring."""

    @pytest.fixture
    def score(self):
        spec = importlib.util.spec_from_file_location("truth_score", TRUTH / "score.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    def test_events(self, score):
        rng = np.random.default_rng(4)
        for _ in range(50):
            times = np.cumsum(rng.uniform(0.25, 0.45, 30))
            sides = np.array(["left", "right"] * 15, dtype=object)
            true = Contacts(times, times + rng.uniform(0.18, 0.26, 30), sides)
            keep = rng.random(30) > 0.1
            found_t = times[keep] + rng.normal(0, 0.03, keep.sum())
            found_s = np.where(rng.random(keep.sum()) > 0.1, sides[keep], "left").astype(object)
            extra = rng.uniform(0, times[-1], 2)
            order = np.argsort(np.r_[found_t, extra])
            t, s = np.r_[found_t, extra][order], np.r_[found_s, ["left", "right"]][order]
            found = Contacts(t, t + 0.2, s.astype(object))
            ours = match_contacts(found, true, 0.5, times[-1] - 0.5).row()
            theirs = score.events(t, s, t + 0.2, times, sides, true.toe_off_s, 0.5, times[-1] - 0.5)
            for name, value in theirs.items():
                assert ours[name] == pytest.approx(value, nan_ok=True), name

    def test_the_clip_that_drifts(self):
        runner = read_clip(TRUTH / "clips" / "tm_drift_25.gt.json").runners[0]
        t = runner.contacts.contact_s
        for name, slope in (("trunk_lean_deg", -3.0), ("cadence_spm", -4.0)):
            known = np.isfinite(runner.strides[name])
            assert 60 * np.polyfit(t[known], runner.strides[name][known], 1)[0] == pytest.approx(slope, abs=0.1)
        out = drift_rows(runner, FoundRunner(0, pa.table({}), pa.table({}), {}))
        assert out["trunk_lean_deg"]["true"] == pytest.approx(-3.0, abs=0.01)
        assert out["cadence_spm"] == {"true": pytest.approx(-4.0), "slope": None}
        assert [f["holds"] for f in figures.drift_figures([{"clip": "c", "drift": out}])] == [False, False]

    def test_a_clip(self, score, clip, tmp_path):
        import pyarrow.parquet as pq

        saved = perfect(clip, shift_px=4.0, contact_shift_s=-0.013, every=3)
        pq.write_table(saved.frames, tmp_path / "frames.parquet")
        pq.write_table(saved.strides, tmp_path / "strides.parquet")
        (tmp_path / "summary.json").write_text(json.dumps(saved.summary))
        record = json.loads((SHIPPED / f"{clip.name}.gt.json").read_text())
        with np.load(SHIPPED / f"{clip.name}.gt.npz") as z:
            (theirs,) = score.score_clip(record, z, tmp_path)
        (ours,) = score_clip(clip, saved)
        same = {"overstride_err": "overstride_hip_err"}
        checked = 0
        for name, value in theirs.items():
            name = same.get(name, name)
            if name in ours and name not in ("runner", "found"):
                checked += 1
                expected = pytest.approx(value, abs=1e-6, nan_ok=True) if isinstance(value, float) else value
                assert ours[name] == expected, name
        assert checked >= 20
