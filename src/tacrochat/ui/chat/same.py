"""Which quotes of an answer say the same, so that one card stands for them.

They must be of different documents, and their answering sentences must have the
same words, negations and amounts among them. Only articles, the case of letters,
endings, punctuation, and the order of what follows the subject may differ. In
doubt two cards are shown: one card must never hide a "not" or another number.
"""

import re
from collections import Counter
from collections.abc import Sequence

from tacrochat.text import STOPWORDS, tokens
from tacrochat.types import Quote
from tacrochat.ui.chat.lead import said

_MIN_WORDS = 4  # content words of a sentence that is compared
_SUBJECT = 3  # first words that must be in the same order
_ARTICLES = frozenset("a an the this that these those also".split())
# "A lived longer than B", "from A to B": what the order of words means.
_ORDERED = frozenset(
    """than from before after versus vs over by while whereas but because if unless except respectively
    and or with without in of instead rather not no nor never""".split()
)
_SIGNS = re.compile(r"[%‰°±<>≤≥=−–+×/$€£]|(?<=\d)-(?=\d)|(?<![\w-])-(?=\d)")


def grouped(quotes: Sequence[Quote], question: str) -> list[list[int]]:
    """Group the numbers of quotes that say the same, in the order of the first of each group.

    ``question`` is the resolved question: two sentences in the same words may be
    about different things that only a title names ("apply a thin layer"), so the
    same words of the question must stand in the titles, headings and texts of both.
    """
    asked = frozenset(t.stem for t in tokens(question) if t.text not in STOPWORDS)
    statements = [_Statement(quote, asked) for quote in quotes]
    groups: list[list[int]] = []
    for i, statement in enumerate(statements):
        group = next((g for g in groups if all(statements[j].is_same(statement) for j in g)), None)
        if group is None:
            groups.append([i])
        else:
            group.append(i)
    return groups


class _Statement:
    """What a quote says in its answering sentences."""

    def __init__(self, quote: Quote, asked: frozenset[str]) -> None:
        text = "\n".join(quote.text[start:end] for start, end in said(quote))
        words = [token for token in tokens(text) if token.text not in _ARTICLES]
        self.document = quote.document
        self.stems = [token.stem for token in words]
        self.amounts = [
            (words[i].text, words[i + 1].stem if i + 1 < len(words) else "")
            for i in range(len(words))
            if words[i].text[0].isdigit()
        ]
        self.signs = Counter(_SIGNS.findall(text))
        self.is_free = not any(token.text in _ORDERED for token in words)
        self.is_known = sum(token.text not in STOPWORDS for token in words) >= _MIN_WORDS
        context = tokens(" ".join((quote.title, *quote.heading, quote.text)))
        self.about = asked & {token.stem for token in context}

    def is_same(self, other: "_Statement") -> bool:
        """Tell whether two quotes surely say the same."""
        return (
            self.is_known
            and other.is_known
            and self.document != other.document
            and self.about == other.about
            and self.signs == other.signs
            and self.amounts == other.amounts
            and (self.stems == other.stems or self._is_in_another_order(other))
        )

    def _is_in_another_order(self, other: "_Statement") -> bool:
        has_same_subject = self.stems[:_SUBJECT] == other.stems[:_SUBJECT]
        return self.is_free and has_same_subject and Counter(self.stems) == Counter(other.stems)
