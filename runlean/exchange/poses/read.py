"""Reading a pose file of any kind."""

from __future__ import annotations

from pathlib import Path

from runlean.errors import KeypointError, RunleanError
from runlean.exchange.poses import detections, tracks
from runlean.exchange.poses.pose_file import PoseFile
from runlean.exchange.poses.recognise import recognise


def read_pose_file(path: str | Path) -> PoseFile:
    """Read the poses that another tool found.

    Parameters
    ----------
    path : path
        DeepLabCut h5 or csv, SLEAP analysis h5 or slp, an OpenPose JSON folder, AlphaPose, MMPose or COCO JSON, JSON
        with keypoint names, Sports2D TRC in pixels, movement NetCDF.

    Raises
    ------
    KeypointError
        It is none of these, damaged, or holds nobody.
    MissingPackageError
        Reading it needs a package that is not installed.
    """
    place = Path(path)
    kind, document = recognise(place)
    what = str(place)
    try:
        match kind:
            case "openpose":
                return detections.read_openpose(place)
            case "alphapose":
                return detections.read_alphapose(document, what)
            case "mmpose":
                return detections.read_mmpose(document, what)
            case "coco":
                return detections.read_coco(document, what)
            case "named":
                return tracks.read_named(document, what)
            case "trc":
                return tracks.read_trc(place)
            case "deeplabcut_csv":
                return tracks.read_deeplabcut(place, ".csv")
            case "deeplabcut_h5":
                return tracks.read_deeplabcut(place, ".h5")
            case "sleap_h5":
                return tracks.read_sleap(place, ".h5")
            case "sleap_slp":
                return tracks.read_sleap(place, ".slp")
            case "movement":
                return tracks.read_movement(place)
    except RunleanError:
        raise
    except (AttributeError, IndexError, KeyError, OSError, TypeError, ValueError) as error:
        raise KeypointError(
            f"{place}: taken for {kind.replace('_', ' ')}, but it is not built like that "
            f"({type(error).__name__}: {error}); write it again with the tool that made it"
        ) from error
