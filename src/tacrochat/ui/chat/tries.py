"""Questions to try where the documents lack a word of the question: the same with a word that they have."""

from tacrochat.answering.answer import Answer
from tacrochat.library import Library

_PER_WORD = 3
_MOST = 6

Try = tuple[str, str]
"""A word of the documents, and the question with it."""


def questions_to_try(library: Library, answer: Answer) -> tuple[Try, ...]:
    """Return questions to try after an answer that is not sure and lacks words; no others have any."""
    if answer.status not in {"not_found", "uncertain"} or not answer.missing_terms or answer.parts:
        return ()
    question = answer.resolved_question
    pairs = [
        (word, question[: term.start] + word + question[term.end :])
        for term, words in library.pipeline.words_to_try(question, _PER_WORD)
        for word in words
    ]
    return tuple(pairs[:_MOST])
