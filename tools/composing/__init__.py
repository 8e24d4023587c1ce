"""Races composed of the rendered runners that ship: who covers whom is chosen, and the truth is known."""
