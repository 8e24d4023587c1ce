"""Gait events: stride phase, mean waveform of the cycle, initial contact and toe-off with sub-frame time."""
