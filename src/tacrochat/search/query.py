"""A question, checked and analysed: its words, their weights, its vectors."""

from tacrochat.embedding.encoder import Encoder
from tacrochat.errors import QuestionError
from tacrochat.index.protocol import Terms
from tacrochat.ranking.records import Query
from tacrochat.search.light_words import LIGHT_WORDS
from tacrochat.text import Token, content, tokens


def check(question: str, max_chars: int) -> str:
    """Return a question without control characters and outer white space.

    Raises:
        QuestionError: nothing is left of it, or it is longer than ``max_chars``.

    """
    if len(question) > max_chars:
        raise QuestionError(
            f"the question has {len(question):,} characters, the limit is {max_chars:,}; shorten it"
        )
    cleaned = printable(question)
    if not any(c.isalnum() for c in cleaned):
        raise QuestionError("the question is empty; type a question or a few words")
    return cleaned


def printable(text: str) -> str:
    """Return a text without control characters and outer white space, on one line."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def analyse(question: str, terms: Terms, encoder: Encoder) -> Query:
    """Turn a checked question into what ranking needs: words, weights and vectors."""
    words = tokens(question)
    content_words = list({token.stem: token for token in content(words)}.values())
    terms.fetch(token.stem for token in content_words)
    content_words = _weighty(content_words, terms)
    query_vector, word_vectors = encoder.encode_question(question, [(t.start, t.end) for t in words])
    return Query(
        text=question,
        terms=tuple(content_words),
        ids=tuple(i if terms.frequency(t.stem) else -1 for i, t in enumerate(content_words)),
        idf=tuple(terms.idf(token.stem) for token in content_words),
        specificity=tuple(encoder.vocabulary.specificity(token.text) for token in content_words),
        query_vector=query_vector,
        word_vectors=word_vectors,
        positions=tuple(words.index(token) for token in content_words),
    )


def _weighty(words: list[Token], terms: Terms) -> list[Token]:
    """Leave out light words that the corpus does not have, unless nothing else is asked for."""
    weighty = [word for word in words if word.text not in LIGHT_WORDS or terms.frequency(word.stem)]
    return weighty or words
