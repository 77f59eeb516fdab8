"""Which quotes say opposite things: found, shown among the first, and named in a sentence."""

from collections.abc import Sequence

from tacrochat.ranking.aspects import marked, opposed, with_both_sides
from tacrochat.search.pipeline import SearchPipeline, SearchResult
from tacrochat.types import Hit

Groups = tuple[tuple[int, ...], ...]
"""Indices of quotes; each group says the opposite of the others. Empty if nothing is announced."""

_MAX_HITS = 10  # hits that are looked at for the other side


def both_sides(
    pipeline: SearchPipeline, result: SearchResult, chosen: Sequence[Hit]
) -> tuple[list[Hit], Groups]:
    """Return the hits to quote, with the other side among the first if there is one, and which differ.

    ``chosen`` are the hits that would be quoted without it.
    """
    best = result.hits[:_MAX_HITS]
    ids = {hit.passage.id for hit in best}
    hits = [*best, *(hit for hit in chosen if hit.passage.id not in ids)]
    known = pipeline.stances(result.query, hits)
    shown = with_both_sides(chosen, hits, known)
    groups = opposed(shown, known)
    grouped = {index for group in groups for index in group}
    return [marked(hit, known) if i in grouped else hit for i, hit in enumerate(shown)], groups


def described(groups: Sequence[Sequence[int]]) -> str:
    """Return the sentence about quotes that say opposite things, "" without groups; quotes count from 1."""
    if not groups:
        return ""
    first, *others = (_named(group) for group in groups)
    verb = "say" if len(groups[0]) > 1 else "says"
    return f"Sources differ: {first} {verb} the opposite of {joined(others, 'and')}."


def _named(group: Sequence[int]) -> str:
    return ("quotes " if len(group) > 1 else "quote ") + joined([str(i + 1) for i in group], "and")


def joined(words: Sequence[str], last: str) -> str:
    """Join words with commas, and with a word before the last one."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
