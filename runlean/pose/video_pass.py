"""The pass over a video's pictures, or over one segment: everybody's keypoints, camera, lines."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from runlean.camera.scene_lines import SceneLineEstimator
from runlean.config import AnalyzeConfig
from runlean.device.place import Place, opened_at, place_of
from runlean.errors import VideoError
from runlean.pose.estimate import PoseTiming, estimate_poses
from runlean.pose.networks import Networks
from runlean.pose.tracks import PoseTracks, SceneLines
from runlean.video import Damage, Frame, Timing, VideoInfo, VideoReader
from runlean.video.grid import Grid, SegmentFrames
from runlean.video.store import FrameStore

#: ``progress(stage, done, total)``: frames done of a stage; ``total`` 0 where it is not known.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class PosedVideo:
    """What one pass over the pictures gave: all that is needed of them from here on.

    Attributes
    ----------
    tracks : PoseTracks
    lines : SceneLines
    info : VideoInfo
    timing : Timing
    damage : Damage or None
    seconds : dict of str to float
        What the pass cost, by stage.
    processing : dict of str to str
        Where frames were decoded and crops cut, and why there.
    notes : tuple of str
        In one line each, what was wanted of a GPU and could not be used.
    complete : bool
        Every picture of the segment came; always so for a whole video, whose ``damage`` says what did not.
    """

    tracks: PoseTracks
    lines: SceneLines
    info: VideoInfo
    timing: Timing
    damage: Damage | None
    seconds: dict[str, float]
    processing: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    complete: bool = True


class WatchedReader(VideoReader):
    """A reader that shows every frame to the scene's line estimator on its way.

    Parameters
    ----------
    path, threads, store
        As for `VideoReader`.
    grid : Grid, optional
        Read one of its segments only.
    number : int
        Which.

    Attributes
    ----------
    place : Place or None
        Where it reads.
    complete : bool
        After the loop: every frame of the segment came, and no other; always so for a whole video.
    """

    place: Place | None = None

    def __init__(
        self, path: Path, threads: int, store: FrameStore | None = None, grid: Grid | None = None, number: int = 0
    ) -> None:
        super().__init__(path, threads, store)
        self.lines = SceneLineEstimator()
        self._segment = (grid, number) if grid is not None and grid.is_cut else None
        self.complete = self._segment is None

    def __iter__(self) -> Iterator[Frame]:
        # not kept: a reader that refers to itself would keep its decoder's pictures until the garbage collector came
        segment = None if self._segment is None else SegmentFrames(self, *self._segment)
        for frame in super().__iter__() if segment is None else segment:
            self.lines.add(frame)
            yield frame
        self.complete = segment is None or segment.complete


def open_video(
    path: Path, settings: AnalyzeConfig, grid: Grid | None = None, number: int = 0, place: Place | None = None
) -> WatchedReader:
    """A reader at the place that the device and the decoder call for.

    Parameters
    ----------
    path : Path
    settings : AnalyzeConfig
    grid : Grid, optional
        Read one of its segments only.
    number : int
        Which.
    place : Place, optional
        Where an earlier segment of the same video was read.

    Raises
    ------
    VideoError
        It cannot be opened, or the region that is asked for lies beside its picture.
    """
    threads = settings.threads or 0
    place = place or place_of(path, settings.device, settings.decoder, threads)
    reader, place = opened_at(place, settings.decoder, lambda store: WatchedReader(path, threads, store, grid, number))
    reader.place = place
    if settings.region is not None and not overlaps(settings.region, reader.info.width, reader.info.height):
        reader.close()
        came = ",".join(f"{edge:g}" for edge in settings.region)
        raise VideoError(
            f"{path}: expected a region that holds a part of the picture ({reader.info.width} x {reader.info.height} "
            f"px); came {came}; find a runner's place with --preview"
        )
    return reader


def overlaps(region: tuple[float, float, float, float], width: int, height: int) -> bool:
    """Whether any of a picture lies in a region (x0, y0, x1, y1), px.

    Examples
    --------
    >>> overlaps((600.0, 0.0, 2000.0, 300.0), 1280, 720), overlaps((1280.0, 0.0, 2000.0, 300.0), 1280, 720)
    (True, False)
    """
    x0, y0, x1, y1 = region
    return x0 < width and y0 < height and x1 > 0.0 and y1 > 0.0


def estimate_video(
    reader: WatchedReader, settings: AnalyzeConfig, networks: Networks, progress: Progress | None = None
) -> PosedVideo:
    """Do the pass over what the reader reads."""
    begun = time.perf_counter()
    spent = PoseTiming()
    if reader.place is not None and reader.place.store is not None:
        reader.place.store.device.warm((networks.pose, networks.feet))
    tracks = estimate_poses(
        reader,
        networks.detector,
        networks.pose,
        networks.feet,
        slow_motion=settings.slow_motion,
        threads=settings.threads or 0,
        region=settings.region,
        progress=None if progress is None else lambda done, total: progress("pose", done, total),
        timing=spent,
    )
    seconds = {
        "video_to_pose": time.perf_counter() - begun,
        "detect": spent.detect_s,
        "crop": spent.crop_s,
        "network": spent.pose_s,
        "feet_network": spent.feet_s,
    }
    return PosedVideo(
        tracks,
        reader.lines.result(),
        reader.info,
        reader.timing,
        reader.damage,
        seconds,
        {} if reader.place is None else reader.place.processing,
        () if reader.place is None else reader.place.all_notes,
        reader.complete,
    )
