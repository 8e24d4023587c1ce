"""Letters as coverage bitmaps, made once from the DejaVu Sans that comes with Matplotlib."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

Weight = Literal["regular", "bold"]

#: Everything that an overlay says.
CHARACTERS = "".join(chr(code) for code in range(32, 127)) + "°·–−←→"
_FILES: dict[Weight, str] = {"regular": "DejaVuSans.ttf", "bold": "DejaVuSans-Bold.ttf"}


@dataclass(frozen=True, slots=True)
class Letter:
    """Where a letter's bitmap lies in the atlas and how it sits on the line.

    Attributes
    ----------
    offset, width, height : int
        Place and size in the atlas, pixels.
    left, top : int
        From the pen on the baseline to the bitmap's corner, pixels, y down.
    advance : float
        To the next letter's pen, pixels.
    """

    offset: int
    width: int
    height: int
    left: int
    top: int
    advance: float


class Font:
    """Letters of a few sizes in one atlas.

    Parameters
    ----------
    sizes : sequence of (size, weight)
        Sizes in pixels, an em each.

    Attributes
    ----------
    atlas : uint8 (n,)
        Coverage 0..255 of all letters, row by row, one letter behind the other.
    """

    def __init__(self, sizes: list[tuple[int, Weight]]) -> None:
        import matplotlib
        from PIL import ImageFont

        folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
        self._letters: dict[tuple[int, Weight, str], Letter] = {}
        pieces: list[npt.NDArray[np.uint8]] = []
        offset = 0
        for size, weight in dict.fromkeys(sizes):
            face = ImageFont.truetype(str(folder / _FILES[weight]), size)
            for character in CHARACTERS:
                mask, (left, top) = face.getmask2(character, mode="L", anchor="ls")
                width, height = mask.size
                pixels = np.array(mask, dtype=np.uint8)
                self._letters[size, weight, character] = Letter(
                    offset, width, height, int(left), int(top), face.getlength(character)
                )
                pieces.append(pixels)
                offset += len(pixels)
        self.atlas: npt.NDArray[np.uint8] = np.concatenate(pieces) if pieces else np.zeros(0, np.uint8)

    def letter(self, character: str, size: int, weight: Weight) -> Letter:
        """A letter of the atlas; what it does not hold shows as a dash."""
        return self._letters.get((size, weight, character)) or self._letters[size, weight, "–"]
