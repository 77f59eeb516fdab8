"""Whether a question asks for something by a name that the documents do not have."""

from tacrochat.ranking.records import Query
from tacrochat.text import frequency

_NAME_FREQUENCY = 3.0  # Zipf frequency below which an unknown word may be a name; 3 is one in a million words


def has_unknown_name(query: Query) -> bool:
    """Tell whether a word of the question that may be a name is not in the corpus.

    What is said of another name does not answer it, however much the two are
    alike. An everyday word that the corpus does not have may have a synonym there.
    """
    return any(
        term_id < 0 and specificity >= 1 and term.text.isalpha() and may_be_name(term.text)
        for term, term_id, specificity in zip(query.terms, query.ids, query.specificity, strict=True)
    )


def may_be_name(word: str) -> bool:
    """Tell whether a word is rare enough in English to be a name."""
    return frequency(word) < _NAME_FREQUENCY
