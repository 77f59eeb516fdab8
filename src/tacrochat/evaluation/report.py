"""Sum up what was asked and what readers said about the answers, for those who look after the documents."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tacrochat.evaluation.asked import Asked
from tacrochat.library import Library

_FAULTS = ("wrong", "missing")


@dataclass(frozen=True, slots=True)
class Report:
    """The sums; lists of questions are the most frequent first, each with how often.

    ``never_quoted`` are documents of the index that no answer quoted, None if
    nothing says what was quoted; ``changed`` are documents that have
    changed or are gone since readers judged answers from them, with how often they did.
    """

    statuses: dict[str, int]
    verdicts: dict[str, int]
    asked: list[tuple[str, int]]
    refused: list[tuple[str, int]]
    faults: list[tuple[str, str, int]]
    documents: int
    never_quoted: list[str] | None
    changed: list[tuple[str, str, int]]

    @classmethod
    def of(cls, library: Library, logged: Sequence[Asked], judged: Sequence[Asked]) -> "Report":
        """Sum up the questions of a log, if there is one, and those that readers judged.

        Who judges an answer has asked the question, so that what was asked is counted in the
        log if it has the texts, and in the feedback otherwise.
        """
        asked = logged if any(question.text for question in logged) else judged
        digests = dict(library.document_columns("path", "digest"))
        quoted = {name for question in (*logged, *judged) for name, _ in question.quoted}
        faults = Counter(
            (_plain(question.text), question.verdict) for question in judged if question.verdict in _FAULTS
        )
        return cls(
            statuses=dict(Counter(question.status for question in logged or judged)),
            verdicts={
                name: sum(question.verdict == name for question in judged) for name in ("right", *_FAULTS)
            },
            asked=_counted(asked, lambda question: question.status != "conversation"),
            refused=_counted(asked, lambda question: question.status == "not_found"),
            faults=[(text, verdict, times) for (text, verdict), times in _ordered(faults)],
            documents=len(digests),
            never_quoted=sorted(digests.keys() - quoted) if quoted else None,
            changed=_changed(judged, digests),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        return {
            "statuses": self.statuses,
            "verdicts": self.verdicts,
            "asked": [{"question": text, "times": times} for text, times in self.asked],
            "refused": [{"question": text, "times": times} for text, times in self.refused],
            "faults": [
                {"question": text, "verdict": word, "times": times} for text, word, times in self.faults
            ],
            "documents": self.documents,
            "never_quoted": self.never_quoted,
            "changed": [{"document": path, "now": now, "judged": times} for path, now, times in self.changed],
        }


def _counted(asked: Iterable[Asked], is_meant: Callable[[Asked], bool]) -> list[tuple[str, int]]:
    counts = Counter(_plain(question.text) for question in asked if question.text and is_meant(question))
    return _ordered(counts)


def _ordered(counts: Counter[Any]) -> list[tuple[Any, int]]:
    """List what is counted, the most frequent first, otherwise in alphabetical order."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _plain(text: str) -> str:
    """Write questions alike that differ in case, spaces and marks at the end only."""
    return " ".join(text.casefold().split()).rstrip(" ?!.")


def _changed(judged: Iterable[Asked], digests: dict[str, str]) -> list[tuple[str, str, int]]:
    counts: Counter[tuple[str, str]] = Counter()
    for question in judged:
        for name, digest in question.quoted:
            if name not in digests:
                counts[name, "gone"] += 1
            elif digest and not digests[name].startswith(digest):
                counts[name, "changed"] += 1
    return [(name, now, times) for (name, now), times in _ordered(counts)]
