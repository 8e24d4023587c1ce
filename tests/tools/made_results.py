"""Contacts and a saved analysis, made by hand, whose figures are known."""

import numpy as np
import pyarrow as pa
from validation.matching import Contacts
from validation.saved import Saved


def contacts(times, sides, stance=0.2):
    times = np.asarray(times, dtype=float)
    side = np.array([{"l": "left", "r": "right"}[s] for s in sides], dtype=object)
    return Contacts(times, times + stance, side)


def perfect(clip, shift_px=0.0, contact_shift_s=0.0, every=1):
    """An analysis that says exactly what the truth says, but for what is asked to be wrong."""
    runner = clip.runners[0]
    rows = np.flatnonzero(runner.whole)[::every]
    frames = {
        "runner_id": np.zeros(len(rows), dtype=np.int32),
        "frame": rows.astype(np.int32),
        "time_s": rows / clip.fps,
    }
    for j, name in enumerate(clip.names):
        frames[f"{name}_x_px"] = runner.xy[rows, j, 0] + shift_px
        frames[f"{name}_y_px"] = runner.xy[rows, j, 1]
    frames |= {name: values[rows] for name, values in runner.frames.items()}
    first, last = clip.asked(runner)
    seen = (runner.contacts.contact_s >= first) & (runner.contacts.contact_s <= last)
    strides = {"runner_id": np.zeros(seen.sum(), dtype=np.int32), "side": runner.contacts.side[seen]}
    strides["contact_s"] = runner.contacts.contact_s[seen] + contact_shift_s
    strides["toe_off_s"] = runner.contacts.toe_off_s[seen]
    strides["foot_strike"] = np.array([runner.strike] * int(seen.sum()), dtype=object)
    strides |= {name: values[seen] for name, values in runner.strides.items()}
    strides |= {f"{name}_sd": np.full(int(seen.sum()), 0.01) for name in ("contact_s", "toe_off_s")}
    means = {name: float(np.nanmean(values[seen])) for name, values in runner.strides.items()}
    summary = {
        "warnings": [{"code": "few_steps", "message": "", "runner_id": 7}, {"code": "slow_motion", "message": ""}],
        "runners": [
            {
                "runner_id": 0,
                "direction": runner.truth["direction"],
                "mode": clip.setting,
                "n_contacts": int(seen.sum()),
                "view": {"kind": "side", "yaw_deg": 0.0},
                "roll": {"deg": 0.0, "source": "estimated"},
                "lean": {"source": runner.truth["lean_mode"], "source_certain": True},
                "metrics": {k: {"mean": v, "low95": v - 0.05, "high95": v + 0.05} for k, v in means.items()},
                "drift": {"metrics": {}},
            }
        ],
        "source": {"fps_from_timestamps": clip.fps, "fps_from_header": clip.fps},
        "config": {"slow_motion": 1.0},
    }
    return Saved(pa.table(frames), pa.table({k: pa.array(v, from_pandas=True) for k, v in strides.items()}), summary)
