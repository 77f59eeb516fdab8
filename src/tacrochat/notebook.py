"""Pictures of a library for notebooks (extra ``notebook``); the only module that imports matplotlib."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tacrochat.answering.escaping import visible
from tacrochat.embedding.projection import Projection
from tacrochat.library import Library
from tacrochat.types import KINDS, Hit, Passage

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["corpus_map", "similarity_heatmap"]

# Okabe and Ito's colours, which most colour-blind readers can tell apart; one for each kind.
_COLOURS = dict(
    zip(
        KINDS,
        "#0072B2 #009E73 #F0E442 #56B4E9 #CC79A7 #000000 #E69F00 #D55E00 #7F7F7F".split(),
        strict=True,
    )
)
_TITLE_LENGTH = 34
_LABELS = 50  # names that fit beside the heat map; the rest is left out


def similarity_heatmap(
    library: Library, documents: Collection[str] | None = None, *, most: int = 400
) -> "Figure":
    """Draw the cosine of every pair of passages, in reading order.

    ``documents`` (paths) narrows the picture. Of more than ``most`` passages,
    ``most`` evenly spaced ones are drawn. Lines separate the documents.

    Raises:
        QuestionError: a path names no document.

    """
    wanted = {library.document(path).id for path in documents or ()}
    ids = [p.id for number in sorted(wanted) for p in library.passages_of(number)]
    ids = ids if wanted else list(range(len(library.passages)))
    if len(ids) > most:
        ids = [ids[i] for i in np.linspace(0, len(ids) - 1, most).astype(int)]
    chosen = [library.passages[i] for i in ids]
    vectors = library.vectors(ids)
    figure, axes = _figure(9, 8)
    image = axes.imshow(vectors @ vectors.T, vmin=0, vmax=1, cmap="viridis", interpolation="nearest")
    figure.colorbar(image, ax=axes, label="cosine", shrink=0.8)
    _separate_documents(axes, library, chosen)
    axes.set_title(f"{len(chosen)} passages, compared with each other")
    return figure


def corpus_map(library: Library, query: str | None = None, hits: Sequence[Hit] | None = None) -> "Figure":
    """Draw all passages as points in the plane in which they differ most (PCA), coloured by kind.

    With a ``query``, its point is drawn too, with the ranks of its ``hits`` (by
    default the first five of ``library.search``).

    Raises:
        TacrochatError: as ``library.search``, with a ``query``.

    """
    projection = Projection.fit(library.embeddings)
    points = projection.place(library.embeddings)
    kind_of = [kind for (kind,) in library.document_columns("kind")]
    figure, axes = _figure(9, 7)
    kinds = np.asarray([kind_of[p.document_id] for p in library.passages])
    for kind in KINDS:
        of_kind = points[kinds == kind]
        if len(of_kind):
            axes.scatter(
                of_kind[:, 0], of_kind[:, 1], s=22, color=_COLOURS[kind], alpha=0.75, linewidths=0, label=kind
            )
    if query is not None:
        hits = library.search(query, 5) if hits is None else hits
        point = projection.place(library.encoder.encode([query]))
        axes.scatter(point[:, 0], point[:, 1], s=190, marker="*", color="black", label="query", zorder=4)
        axes.set_title(visible(query), parse_math=False)
    for rank, hit in enumerate(hits or (), 1):
        x, y = points[hit.passage.id]
        axes.scatter(x, y, s=120, facecolors="none", edgecolors="black", zorder=3)
        axes.annotate(str(rank), (x, y), xytext=(7, 7), textcoords="offset points")
    axes.set_xlabel(f"first component ({projection.shares[0]:.0%} of the variance)")
    axes.set_ylabel(f"second component ({projection.shares[1]:.0%})")
    axes.legend(frameon=False, loc="best")
    return figure


def _figure(width: float, height: float) -> "tuple[Figure, Axes]":
    # Not by pyplot: it would keep every figure, and choose a backend.
    from matplotlib.figure import Figure

    figure: Any = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def _separate_documents(axes: "Axes", library: Library, chosen: Sequence[Passage]) -> None:
    """Draw a line before each document's first passage, and name documents where there is room."""
    document_ids = np.asarray([p.document_id for p in chosen])
    starts = np.flatnonzero(np.diff(document_ids, prepend=-1))
    ends = np.append(starts[1:], len(document_ids))
    for start in starts[1:]:
        axes.axhline(start - 0.5, color="white", linewidth=0.6)
        axes.axvline(start - 0.5, color="white", linewidth=0.6)
    positions: list[float] = []
    names: list[str] = []
    for document_id, middle in zip(document_ids[starts], (starts + ends - 1) / 2, strict=True):
        if not positions or middle - positions[-1] > len(document_ids) / _LABELS:
            title = visible(library.documents[document_id].title)
            names.append(title if len(title) <= _TITLE_LENGTH else title[: _TITLE_LENGTH - 1] + "…")
            positions.append(float(middle))
    # A title is a document's text: a "$" in it does not start a formula.
    axes.set_yticks(positions, names, fontsize=7, parse_math=False)
    axes.set_xticks([])
