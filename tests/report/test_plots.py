import numpy as np
import pytest

from runlean.meaning import Lean, Metric
from runlean.report.cycle import PERCENT, gait_cycle
from runlean.report.gauge import lean_gauge, posture_figure, scale_ends
from runlean.report.page import unbroken
from runlean.report.svg import LEFT, inline_svg, new_figure
from runlean.tables import frames_table, strides_table


def tables(values, n=6, stride_s=0.7, fps=100.0):
    """One left contact every ``stride_s``; ``values`` is a function of the cycle's part, 0 to 1."""
    t = np.arange(0, n * stride_s + 0.3, 1 / fps)
    contact = 0.1 + stride_s * np.arange(n)
    frames = {
        "runner_id": np.ones(len(t), int),
        "frame": np.arange(len(t)),
        "time_s": t,
        "trunk_lean_deg": values(np.mod((t - 0.1) / stride_s, 1.0)),
    }
    strides = {
        "runner_id": np.ones(n, int),
        "stride": np.arange(n),
        "side": np.array(["left"] * n, dtype=object),
        "contact_s": contact,
        "stride_time_s": np.append(np.full(n - 1, stride_s), np.nan),
        "contact_time_s": np.full(n, 0.21),
    }
    return frames, strides


def test_cycle_is_the_function_it_was_made_of():
    frames, strides = tables(lambda u: 7 + 2 * np.sin(2 * np.pi * u))
    cycle = gait_cycle(frames_table(frames, ()), strides_table(strides), "left", "trunk_lean_deg")
    np.testing.assert_allclose(cycle.mean, 7 + 2 * np.sin(2 * np.pi * PERCENT / 100), atol=0.01)
    assert cycle.sd.max() < 0.01
    assert cycle.n == 5
    assert cycle.toe_off_pct == pytest.approx(30.0)


def test_no_cycle_without_whole_strides():
    frames, strides = tables(lambda u: u)
    assert gait_cycle(frames_table(frames, ()), strides_table(strides), "right", "trunk_lean_deg") is None
    frames["trunk_lean_deg"][:] = np.nan
    assert gait_cycle(frames_table(frames, ()), strides_table(strides), "left", "trunk_lean_deg") is None


def test_strides_with_a_hole_are_left_out():
    frames, strides = tables(np.ones_like)
    hole = (frames["time_s"] > 0.3) & (frames["time_s"] < 0.6)  # within the first stride
    frames["trunk_lean_deg"][hole] = np.nan
    assert gait_cycle(frames_table(frames, ()), strides_table(strides), "left", "trunk_lean_deg").n == 4


def test_scale_holds_everything():
    assert scale_ends((5.0, 10.0, 4.0, 9.0)) == (-5, 20)
    low, high = scale_ends((5.0, 10.0, -11.0, 26.0))
    assert low <= -11
    assert high >= 26


def test_gauge_says_its_numbers():
    svg = lean_gauge(Metric(unit="deg", mean=7.5, low95=5.0, high95=10.0), (5.0, 10.0))
    assert "mean trunk lean 7.5°" in svg
    assert "5.0 to 10.0°" in svg
    bare = lean_gauge(Metric(unit="deg", mean=7.5), (5.0, 10.0))
    assert "nan" not in bare


def test_posture_is_drawn_at_true_angles():
    svg = posture_figure(Lean(band_deg=(5.0, 10.0), trunk_lean_deg=30.0, hip_hinge_deg=30.0), None)
    points = [tuple(map(float, p.split(","))) for p in svg.split('points="')[1].split('"')[0].split()]
    (ankle_x, _), (hip_x, hip_y), (shoulder_x, shoulder_y), _ = points
    assert ankle_x == hip_x  # the fold takes all of the lean
    lean = np.degrees(np.arctan2(shoulder_x - hip_x, hip_y - shoulder_y))
    assert lean == pytest.approx(30.0, abs=0.1)
    assert posture_figure(Lean(band_deg=(5.0, 10.0), trunk_lean_deg=7.0), 10.0) is None


def test_svg_follows_the_pages_theme():
    with new_figure(3, 2) as (figure, (ax,)):
        ax.plot([0, 1], [0, 1], color=LEFT)
        svg = inline_svg(figure, "a < b")
    assert svg.startswith('<svg class="plot" role="img" viewBox=')
    assert "<title>a &lt; b</title>" in svg
    assert "var(--left)" in svg
    assert LEFT not in svg
    assert "xmlns" not in svg
    assert "http" not in svg


def test_numbers_keep_their_units_on_the_line():
    assert unbroken("95 % of 235 ms and 7 runners") == "95\u00a0% of 235\u00a0ms and 7 runners"
