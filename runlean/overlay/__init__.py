"""The video again, with what was measured drawn over it."""

from runlean.overlay.preview import write_preview
from runlean.overlay.write import Overlay, write_overlay

__all__ = ["Overlay", "write_overlay", "write_preview"]
