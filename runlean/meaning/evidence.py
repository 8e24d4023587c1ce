"""What stands behind the findings: coaches' cues and studies' measurements, never mixed up."""

from __future__ import annotations

from typing import Final

from runlean.meaning.summary import Evidence


def _cue(text: str, source: str = "coaching advice") -> Evidence:
    return Evidence(kind="cue", text=text, source=source)


def _finding(text: str, source: str) -> Evidence:
    return Evidence(kind="finding", text=text, source=source)


LEAN_CUE: Final = _cue(
    "Coaches advise distance runners a slight forward lean of about 5–10° that comes from the ankles. The band is a "
    "coach’s rule of thumb and can be set."
)
LEAN_BACK_CUE: Final = _cue(
    "Coaches name leaning back, especially when tired, as a mistake: the foot then tends to reach out ahead."
)
WAIST_CUE: Final = _cue("Coaches advise to lean as one straight line from the ankles and not to fold at the waist.")
LANDING_CUE: Final = _cue(
    "Coaches advise that the foot lands under the body. No study sets a limit: 12° is the line this tool draws."
)
BOUNCE_CUE: Final = _cue(
    "Coaches advise to run forward and not up. No study sets a limit: 12 % of leg length is the line this tool draws."
)
HEAD_CUE: Final = _cue(
    "Coaches advise a neutral head, the ear above the shoulder. No study sets a limit: 25° is the line this tool draws."
)
EVEN_CUE: Final = _cue(
    "Coaches look for even steps. No study sets a limit: 5 % is the line this tool draws, and the leg away from the "
    "camera is seen less well."
)
TIRED_CUE: Final = _cue("Coaches tell runners to check their posture every few miles, because it slips when they tire.")

LEAN_GROUPS: Final = _finding(
    "40 runners at 3.4 m/s: mean stance trunk lean 10.8 ± 2.2° in the high group, 3.6 ± 2.8° in the low group.",
    "Teng & Powers 2015",
)
LEAN_COST: Final = _finding(
    "16 runners at 3.58 m/s used 8 % more energy at their maximal lean (8 ± 2°); leaning from the ankle or from the "
    "waist made no difference to the cost (p = .743).",
    "Carson 2024",
)
LEAN_RANGE: Final = _finding(
    "Self-chosen lean spans −2 to 25°; a lean of 30° lengthened the reach of the foot by 28 %.", "Warrener 2021"
)
LEAN_TIRED: Final = _finding(
    "Novices leaned about 4° further forward when tired.",
    "Koblbauer 2014; Maas 2018",
)
RATE: Final = _finding(
    "Preferred step rate lies about 169.6 ± 7.2 steps/min (84.8 ± 3.6 strides/min); marathon finalists: 185.5 ± 5.1. "
    "It rises with speed.",
    "Lieberman 2015",
)
BOUNCE: Final = _finding(
    "Across 51 studies less vertical displacement went with better economy (moderate effect); any one variable "
    "explains 4–12 % of the differences between runners.",
    "Van Hooren 2024",
)
TIMES: Final = _finding(
    "Across 51 studies contact time, flight time and duty factor had trivial relations with economy.", "Van Hooren 2024"
)
STRIKE: Final = _finding(
    "Classes by the foot’s angle at contact: rearfoot above 8°, midfoot −1.6 to 8°, forefoot below −1.6°.",
    "Altman & Davis 2012",
)
CONTACT_TIRED: Final = _finding(
    "Marathon runners' contact time was 13.1 % longer at km 40 than at km 8.", "Chan-Roper 2012"
)
