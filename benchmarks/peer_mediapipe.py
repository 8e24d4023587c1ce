"""MediaPipe Pose, as its users run it: OpenCV reads the file, every picture goes through ``process``.

python peer_mediapipe.py VIDEO      (in the environment of constraints-mediapipe.txt; see peers.py)
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from importlib import metadata

import cv2
import mediapipe
from peer_worker import Seen, serve

#: The one whose landmark network is BlazePose full.
COMPLEXITY = 1
LEFT_HIP, RIGHT_HIP = 23, 24


def main() -> None:
    video = sys.argv[1]
    pose = mediapipe.solutions.pose.Pose(model_complexity=COMPLEXITY)

    def work() -> Callable[[], Seen]:
        pose.reset()
        hips: list[tuple[float, float] | None] = []
        reader = cv2.VideoCapture(video)
        while True:
            there, picture = reader.read()
            if not there:
                return partial(Seen, len(hips), hips)
            height, width = picture.shape[:2]
            found = pose.process(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)).pose_landmarks
            if found is None:
                hips.append(None)
                continue
            left, right = found.landmark[LEFT_HIP], found.landmark[RIGHT_HIP]
            hips.append((0.5 * width * (left.x + right.x), 0.5 * height * (left.y + right.y)))

    serve(
        work, {"versions": {name: metadata.version(name) for name in ("mediapipe", "opencv-contrib-python", "numpy")}}
    )


if __name__ == "__main__":
    main()
