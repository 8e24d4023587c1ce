"""Numba kernels of runlean: arrays in, arrays out, no I/O.

Every kernel works on flat, C-contiguous arrays. Many tracks lie one behind the other; ``offsets`` (track + 1,)
says where each begins, so that thousands of tracks go through in one call. Units are SI (seconds, radians) and
pixels; x to the right, y DOWN. NaN is data: NaN in gives NaN at that frame.
"""
