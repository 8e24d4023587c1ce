"""YUV to RGB as eight numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from runlean_kernels.jit import kernel


@kernel
def colour_weights(
    kr: float, kb: float, bit_depth: int, full_range: bool, out: npt.NDArray[np.float32]
) -> None:
    r"""Linear map from stored samples to RGB of 0..255.

    Parameters
    ----------
    kr, kb : float
        Shares of red and blue in luma (BT.601: 0.299, 0.114).
    bit_depth : int
        Bits of a stored sample.
    full_range : bool
        All codes are used, else the studio range.
    out : float32 (8,)
        Receives ``[yy, rv, r0, gu, gv, g0, bu, b0]``.

    Notes
    -----
    .. math::
        R = yy\,Y + rv\,V + r_0, \quad G = yy\,Y + gu\,U + gv\,V + g_0, \quad B = yy\,Y + bu\,U + b_0

    ITU-R BT.601, BT.709 and BT.2020: :math:`R = Y' + 2 (1 - k_r) P_r`, :math:`B = Y' + 2 (1 - k_b) P_b`,
    :math:`Y' = k_r R + k_g G + k_b B`.
    """
    if full_range:
        peak = 2.0**bit_depth - 1.0
        luma, chroma, black = 255.0 / peak, 255.0 / peak, 0.0
    else:
        unit = 2.0 ** (bit_depth - 8)
        luma, chroma, black = 255.0 / (219.0 * unit), 255.0 / (224.0 * unit), 16.0 * unit
    middle = 2.0 ** (bit_depth - 1)
    kg = 1.0 - kr - kb
    rv, bu = 2.0 * (1.0 - kr) * chroma, 2.0 * (1.0 - kb) * chroma
    gu, gv = -kb / kg * bu, -kr / kg * rv
    out[0] = luma
    out[1] = rv
    out[2] = -luma * black - rv * middle
    out[3] = gu
    out[4] = gv
    out[5] = -luma * black - (gu + gv) * middle
    out[6] = bu
    out[7] = -luma * black - bu * middle
