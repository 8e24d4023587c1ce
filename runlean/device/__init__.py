"""Frames that stay on the GPU: where they lie, how they are cropped there, and how networks read them there."""
