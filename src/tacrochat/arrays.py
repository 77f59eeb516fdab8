"""The array type of vectors, and how word vectors are stored."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
"""An array of float32: vectors, scores, signals."""

WORD_VECTOR_SCALE = 127
"""What word vectors are multiplied with before they are rounded to int8."""
