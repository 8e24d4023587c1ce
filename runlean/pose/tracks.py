"""The record that passes from pose to gait: every runner's keypoints over time, flat with offsets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CameraTrack:
    """What the whole picture does, per decoded frame of the video.

    Attributes
    ----------
    dx_px, dy_px : float64 (frame,)
        Where the background moved to, in pixels of the upright picture, cumulated from the first frame (NaN
        after a cut starts again from 0): ``x - dx_px`` is a point in a picture that stands still.
    repeated : bool (frame,)
        The picture is the same as the one before (a duplicated frame).
    shot : int64 (frame,)
        Number of the shot; a hard cut starts a new one.
    moving : bool
        The camera pans, travels or is held in the hand.
    followed : bool (frame,) or None
        Enough of the background was seen to tell where it is across the picture; False, and the way of a camera that
        pans is not known there. None: known throughout.
    """

    dx_px: FloatArray
    dy_px: FloatArray
    repeated: BoolArray
    shot: IntArray
    moving: bool
    followed: BoolArray | None = None


@dataclass(frozen=True, slots=True)
class LineTilt:
    """Tilt of one family of lines.

    Attributes
    ----------
    tilt_deg : float
        Clockwise on the screen positive.
    sd_deg : float
        From the spread between pictures, at least 0.25 (the step that was tried).
    sharpness : float
        Peak over floor of the projection profile, median over the pictures.
    """

    tilt_deg: float
    sd_deg: float
    sharpness: float


@dataclass(frozen=True, slots=True)
class SceneLines:
    """Lines that stand and lines that lie; None where the scene has none that are clear."""

    upright: LineTilt | None
    level: LineTilt | None


@dataclass(frozen=True, slots=True)
class PoseTracks:
    """Keypoints of every tracked person, track behind track, each in time order.

    Attributes
    ----------
    keypoint_names : tuple of str
        Canonical names (``runlean.skeleton.CANONICAL``) of the keypoint axis; any subset, any order.
    track_id : int32 (track,)
        Id of each track (becomes ``runner_id``).
    offsets : int64 (track + 1,)
        Rows ``offsets[i]:offsets[i + 1]`` are track i.
    frame : int64 (row,)
        Index of the decoded frame; increases within a track, gaps allowed.
    time_s : float64 (row,)
        Presentation time from the first frame, divided by the slow-motion factor.
    xy : float64 (row, keypoint, 2)
        Pixels of the upright picture, y down. NaN = not measured.
    score : float64 (row, keypoint)
        The network's own confidence, 0..1. Never thresholded here.
    box : float64 (row, 4)
        x0, y0, x1, y1 of the person in pixels (NaN for pose that came without boxes).
    width, height : int
        Upright picture size in pixels; 0 when unknown.
    fps : float
        Frames per second of the video (not of the track), from time stamps, after the slow-motion factor.
    camera : CameraTrack or None
        None for pose that came without pictures.
    """

    keypoint_names: tuple[str, ...]
    track_id: npt.NDArray[np.int32]
    offsets: IntArray
    frame: IntArray
    time_s: FloatArray
    xy: FloatArray
    score: FloatArray
    box: FloatArray
    width: int
    height: int
    fps: float
    camera: CameraTrack | None = None

    @property
    def n_tracks(self) -> int:
        """Number of tracks."""
        return len(self.track_id)
