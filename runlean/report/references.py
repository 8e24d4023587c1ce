"""Values from studies that stand beside the runner's own."""

from __future__ import annotations

from typing import Final

#: Metric -> what studies measured, with its source. Values to compare with, no targets.
REFERENCES: Final = {
    "trunk_lean_deg": "10.8 ± 2.2° and 3.6 ± 2.8° in a high and a low group, 3.4 m/s (Teng & Powers 2015)",
    "cadence_spm": "preferred 169.6 ± 7.2; marathon finalists 185.5 ± 5.1 (Lieberman 2015)",
    "contact_time_s": "slow running 271 to 276 ms",
    "flight_time_s": "slow running 80 to 112 ms",
    "duty_factor": "slow running 35.5 to 38.9 %",
    "foot_strike_angle_deg": "rearfoot above 8°, forefoot below −1.6° (Altman & Davis 2012)",
}

#: The table of metrics, in groups as a reader looks for them.
METRIC_GROUPS: Final = (
    (
        "Posture",
        (
            "trunk_lean_deg", "trunk_lean_contact_deg", "body_lean_deg", "hip_hinge_deg", "straightness_frac",
            "head_lean_deg",
        ),
    ),
    (
        "Timing",
        ("cadence_spm", "contact_time_s", "flight_time_s", "step_time_s", "stride_time_s", "duty_factor"),
    ),
    (
        "Landing",
        (
            "overstride_frac", "overstride_hip_frac", "shin_lean_contact_deg", "knee_flexion_contact_deg",
            "foot_strike_angle_deg",
        ),
    ),
    (
        "Movement",
        ("vertical_oscillation_frac", "vertical_oscillation_m", "step_length_m", "speed_mps"),
    ),
)  # fmt: skip
