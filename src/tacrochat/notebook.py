"""Pictures of a library for notebooks: the one door to matplotlib (extra ``notebook``)."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from tacrochat.answering.escaping import visible
from tacrochat.library import Library
from tacrochat.types import KINDS, Hit, Passage

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["corpus_map", "similarity_heatmap"]

# Okabe and Ito's colours, told apart by most colour-blind readers; one a kind.
_COLOURS = dict(
    zip(KINDS, ("#0072B2", "#009E73", "#56B4E9", "#CC79A7", "#E69F00", "#D55E00", "#7F7F7F"), strict=True)
)
_TITLE_LENGTH = 34
_LABELS = 50  # names that fit beside the heat map; the rest is left out


def similarity_heatmap(
    library: Library, documents: Collection[str] | None = None, *, most: int = 400
) -> "Figure":
    """Draw how alike passages are: the cosine of every pair, in reading order.

    ``documents`` (paths) narrows the picture. Of more than ``most`` passages,
    ``most`` evenly spaced ones are drawn. Lines part the documents.

    Raises:
        QuestionError: a path names no document.

    """
    wanted = {library.document(path).id for path in documents or ()}
    chosen = [p for p in library.passages if not wanted or p.document_id in wanted]
    if len(chosen) > most:
        chosen = [chosen[i] for i in np.linspace(0, len(chosen) - 1, most).astype(int)]
    rows = library.embeddings[[p.id for p in chosen]]
    figure, axes = _figure(9, 8)
    image = axes.imshow(rows @ rows.T, vmin=0, vmax=1, cmap="viridis", interpolation="nearest")
    figure.colorbar(image, ax=axes, label="cosine", shrink=0.8)
    _part_documents(axes, library, chosen)
    axes.set_title(f"{len(chosen)} passages, compared with each other")
    return figure


def corpus_map(library: Library, query: str | None = None, hits: Sequence[Hit] | None = None) -> "Figure":
    """Draw all passages in the plane in which they differ most (PCA), coloured by kind.

    With a ``query`` its own place is drawn too, with the ranks of its ``hits``
    (by default the first five of ``library.search``).
    """
    points, centre, components, shares = _principal_plane(library.embeddings)
    figure, axes = _figure(9, 7)
    kinds = np.asarray([library.documents[p.document_id].kind for p in library.passages])
    for kind in KINDS:
        here = points[kinds == kind]
        if len(here):
            axes.scatter(
                here[:, 0], here[:, 1], s=22, color=_COLOURS[kind], alpha=0.75, linewidths=0, label=kind
            )
    if query is not None:
        hits = library.search(query, 5) if hits is None else hits
        place = (library.encoder.encode([query]) - centre) @ components.T
        axes.scatter(place[:, 0], place[:, 1], s=190, marker="*", color="black", label="query", zorder=4)
        axes.set_title(visible(query), parse_math=False)
    for rank, hit in enumerate(hits or (), 1):
        x, y = points[hit.passage.id]
        axes.scatter(x, y, s=120, facecolors="none", edgecolors="black", zorder=3)
        axes.annotate(str(rank), (x, y), xytext=(7, 7), textcoords="offset points")
    axes.set_xlabel(f"first component ({shares[0]:.0%} of the variance)")
    axes.set_ylabel(f"second component ({shares[1]:.0%})")
    axes.legend(frameon=False, loc="best")
    return figure


def _figure(width: float, height: float) -> "tuple[Figure, Axes]":
    # Not by pyplot: it would keep every figure, and choose a backend.
    from matplotlib.figure import Figure

    figure: Any = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def _part_documents(axes: "Axes", library: Library, chosen: Sequence[Passage]) -> None:
    """Draw a line before each document's first passage, and name documents where there is room."""
    owners = np.asarray([p.document_id for p in chosen])
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    ends = np.append(starts[1:], len(owners))
    for start in starts[1:]:
        axes.axhline(start - 0.5, color="white", linewidth=0.6)
        axes.axvline(start - 0.5, color="white", linewidth=0.6)
    places: list[float] = []
    names: list[str] = []
    for owner, middle in zip(owners[starts], (starts + ends - 1) / 2, strict=True):
        if not places or middle - places[-1] > len(owners) / _LABELS:
            title = visible(library.documents[owner].title)
            names.append(title if len(title) <= _TITLE_LENGTH else title[: _TITLE_LENGTH - 1] + "…")
            places.append(float(middle))
    # A title is a document's text: a "$" in it is no formula.
    axes.set_yticks(places, names, fontsize=7, parse_math=False)
    axes.set_xticks([])


def _principal_plane(
    rows: NDArray[np.float32],
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], tuple[float, float]]:
    """Project ``(n, dimension)`` rows on their first two principal components.

    Returns the points ``(n, 2)``, the centre ``(dimension,)``, the components
    ``(2, dimension)`` and the share of the variance along each.
    """
    centre = rows.mean(axis=0)
    centred = rows - centre
    # The right singular vectors, by way of the small matrix: rows may be many.
    _, variances, components = np.linalg.svd(centred.T @ centred)
    total = max(float(variances.sum()), 1e-12)
    plane = components[:2]
    return centred @ plane.T, centre, plane, (float(variances[0]) / total, float(variances[1]) / total)
