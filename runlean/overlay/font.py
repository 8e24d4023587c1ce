"""Letters as coverage bitmaps, made from the DejaVu Sans that comes with Matplotlib."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

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
    """Letters in one atlas, each drawn when it is first asked for: a video shows a tenth of all characters and sizes.

    Attributes
    ----------
    atlas : uint8 (n,)
        Coverage 0..255 of all letters so far, row by row, one letter behind the other.
    """

    def __init__(self) -> None:
        self._letters: dict[tuple[str, int, Weight], Letter] = {}
        self._faces: dict[tuple[int, Weight], FreeTypeFont] = {}
        self.atlas: npt.NDArray[np.uint8] = np.zeros(0, np.uint8)

    def letter(self, character: str, size: int, weight: Weight) -> Letter:
        """A letter of the atlas, ``size`` pixels an em; what no overlay says shows as a dash."""
        letter = self._letters.get((character, size, weight))
        if letter is None:
            shown = character if character in CHARACTERS else "–"
            letter = self._add(shown, size, weight) if shown == character else self.letter(shown, size, weight)
            self._letters[character, size, weight] = letter
        return letter

    def _add(self, character: str, size: int, weight: Weight) -> Letter:
        face = self._faces.get((size, weight))
        if face is None:
            face = self._faces[size, weight] = face_of(size, weight)
        mask, (left, top) = face.getmask2(character, mode="L", anchor="ls")
        width, height = mask.size
        letter = Letter(len(self.atlas), width, height, int(left), int(top), face.getlength(character))
        self.atlas = np.concatenate([self.atlas, np.array(mask, dtype=np.uint8)])
        return letter


def face_of(size: int, weight: Weight) -> FreeTypeFont:
    """DejaVu Sans of a size in pixels, an em."""
    from PIL import ImageFont

    return ImageFont.truetype(str(_font_folder() / _FILES[weight]), size)


def _font_folder() -> Path:
    """Where Matplotlib keeps its fonts; looked for beside its code first, for its import takes 0.3 s."""
    found = find_spec("matplotlib")
    places = [] if found is None or found.submodule_search_locations is None else found.submodule_search_locations
    for place in places:
        folder = Path(place) / "mpl-data" / "fonts" / "ttf"
        if folder.is_dir():
            return folder
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf"
