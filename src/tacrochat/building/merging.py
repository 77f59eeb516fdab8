"""Which segments of an index stay as they are, and which documents are written again.

A segment is never changed: a document that is gone is only noted. Segments are
written again as one when they are small, when much of them is gone, or when
there are many of about one size (tiered merging, as in Lucene).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from tacrochat.building.read import ReadDocument
from tacrochat.index.contents import SegmentRecord
from tacrochat.index.parts import Part
from tacrochat.index.store import Store

LARGEST = 100_000
"""Passages of a segment, about: a build begins a new one then."""

_SMALL = 4_000  # passages up to which a segment is written again whenever something changes
_TIER = 8  # segments of one tier that are merged, and how much larger the next tier is
_MOST_REMOVED = 1 / 3  # share of a segment's passages that may be gone


@dataclass(slots=True)
class Plan:
    """``kept`` are the segments that stay, ``removed`` the numbers of documents in them that are gone.

    ``again`` are the ids of documents that are written again.
    """

    kept: list[SegmentRecord] = field(default_factory=list)
    removed: dict[str, list[int]] = field(default_factory=dict)
    again: list[int] = field(default_factory=list)


def plan(previous: Store, wanted: Collection[int]) -> Plan:
    """Decide for an index of which the documents ``wanted`` (ids) are still there."""
    result = Plan()
    staying: list[tuple[Part, set[int]]] = []
    for part in previous.parts:
        numbers = {n for n in part.numbers if part.document_id(n) in wanted}
        numbers -= (orphans := _orphans(part, numbers))
        size = _passages(part, numbers)
        if size <= max(_SMALL, (1 - _MOST_REMOVED) * part.segment.record.passages - 1):
            orphans |= numbers
        else:
            staying.append((part, numbers))
        result.again += [part.document_id(n) for n in sorted(orphans)]
    merged = _full_tiers(staying)
    for part, numbers in staying:
        record = part.segment.record
        if record.name in merged:
            result.again += [part.document_id(n) for n in sorted(numbers)]
            continue
        result.kept.append(record)
        gone = sorted(set(range(record.documents)) - numbers)
        if gone:
            result.removed[record.name] = gone
    return result


def parts(documents: Sequence[ReadDocument]) -> Iterator[Sequence[ReadDocument]]:
    """Divide documents among segments of about ``LARGEST`` passages, in order."""
    first = count = 0
    for number, read in enumerate(documents):
        count += len(read.passages)
        if count >= LARGEST:
            yield documents[first : number + 1]
            first, count = number + 1, 0
    if documents[first:]:
        yield documents[first:]


def _orphans(part: Part, numbers: Collection[int]) -> set[int]:
    """Return the documents that repeat passages of a document which is gone: these must be indexed now."""
    if len(numbers) == part.documents:
        return set()  # none is gone since: what is repeated need not be read
    owners = part.segment.arrays["passage.document"]
    return {
        passage.document_id
        for passage, row in part.segment.repeated()
        if passage.document_id in numbers and int(owners[row]) not in numbers
    }


def _passages(part: Part, numbers: Collection[int]) -> int:
    if len(numbers) == part.segment.record.documents:
        return part.segment.record.passages
    return sum(len(part.segment.passages_of(number)) for number in numbers)


def _full_tiers(staying: list[tuple[Part, set[int]]]) -> set[str]:
    """Return the names of segments to merge: those of a tier that has too many."""
    tiers: dict[int, list[str]] = {}
    for part, _ in staying:
        size, tier = part.segment.record.passages, 0
        while size > _SMALL * _TIER**tier:
            tier += 1
        if size < LARGEST / 2:
            tiers.setdefault(tier, []).append(part.segment.name)
    return {name for names in tiers.values() if len(names) >= _TIER for name in names}
