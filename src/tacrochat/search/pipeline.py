"""From a question to ranked passages and a confidence, step by step."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from tacrochat.embedding.encoder import Encoder
from tacrochat.embedding.model_files import BUNDLED_SHA256
from tacrochat.index.protocol import Index, Terms
from tacrochat.ranking import confidence as confidence_model
from tacrochat.ranking import yes_no
from tacrochat.ranking.reading.reader import Reader, Reading
from tacrochat.ranking.records import Candidate, Query
from tacrochat.ranking.score import rank
from tacrochat.ranking.signals import Signals, measure
from tacrochat.ranking.stance import Stance, stances
from tacrochat.ranking.zones import Zones
from tacrochat.search import query as queries
from tacrochat.search.candidates import gather
from tacrochat.search.condition import fulfilled
from tacrochat.search.copies import shown_once
from tacrochat.search.filter import EVERYTHING, Filter
from tacrochat.search.neighbours import in_their_words
from tacrochat.search.other_words import reword
from tacrochat.search.spelling import RespeltQuestion, respell
from tacrochat.search.unknown_names import has_unknown_name
from tacrochat.search.words_to_try import words_to_try
from tacrochat.settings import Settings
from tacrochat.text import Token, content, tokens
from tacrochat.types import Hit, Passage

_PASSAGES_OF_WORDS = 12  # that each search finds, to choose words to try from


@dataclass(frozen=True, slots=True)
class SearchResult:
    """An analysed question, its hits, best first, and the confidence, 0 to 1, in the first."""

    query: Query
    hits: tuple[Hit, ...]
    confidence: float


class SearchPipeline:
    """The steps of a search over one generation of an index: check, respell, analyse, gather, rank.

    It keeps no state of a question. Every step that needs the model raises
    ``ModelError`` or ``IndexMismatch`` as ``Library.encoder`` does.
    """

    def __init__(self, store: Index, settings: Settings, encoder: Callable[[], Encoder]) -> None:
        """Search a store; ``encoder`` is called when the model is first needed."""
        self._store = store
        self._settings = settings
        self._encoder = encoder

    @property
    def terms(self) -> Terms:
        """The words of the passages."""
        return self._store.terms

    @cached_property
    def background(self) -> Mapping[str, float]:
        """The background of the confidence in this corpus: as the build stored it, or else computed now."""
        stored = confidence_model.restored(self._store.manifest.background)
        return stored or self.compute_background()

    @cached_property
    def reader(self) -> Reader | None:
        """The reader; None if the index was made with another model than the one it was trained on."""
        return Reader.load(self._encoder()) if self.has_reader else None

    @property
    def has_reader(self) -> bool:
        """Whether there is a reader for this index."""
        return self._store.manifest.fingerprint == BUNDLED_SHA256

    def compute_background(self) -> dict[str, float]:
        """Compute the background: 20 searches."""
        searches = (self._rank(question) for question in confidence_model.unrelated())
        return confidence_model.background_of(searches)

    def check(self, question: str) -> str:
        """Return a question without control characters and outer white space.

        Raises:
            QuestionError: nothing is left of it, or it is too long.

        """
        return queries.check(question, self._settings.max_question_chars)

    def respell(self, question: str) -> RespeltQuestion:
        """Return a question in other words: for those that look misspelt, and for those not in the corpus."""

        def is_known(word: str, stem: str) -> bool:
            in_corpus = self.terms.frequency(stem) or self.terms.is_in_navigation(stem)
            return bool(in_corpus) or word in self._encoder().vocabulary

        def has(words: str) -> bool:
            return all(self.terms.is_in_body(token.stem) for token in content(tokens(words)))

        self.terms.fetch(token.stem for token in tokens(question))
        respelt = respell(question, self.terms.near, is_known, self.terms.is_in_body)
        reworded = reword(respelt.text, has, self.terms.near)
        return RespeltQuestion(reworded.text, respelt.respellings + reworded.respellings)

    def in_their_words(self, found: SearchResult) -> RespeltQuestion:
        """Return a question with near words of the passages found for those that the corpus does not have."""
        return in_their_words(found.query, found.hits, self._store)

    def words_to_try(self, question: str, count: int = 3) -> list[tuple[Token, list[str]]]:
        """Return the words of a question that no body passage has, each with words to try in its place."""
        query = self.analyse(question)
        missing = [
            number
            for number, (term, term_id) in enumerate(zip(query.terms, query.ids, strict=True))
            if term.text.isalpha() and (term_id < 0 or not self.terms.is_in_body(term.stem))
        ]
        if not missing:
            return []
        # Not ranked, which takes longer: words are chosen, not passages.
        near = gather(self._store, query, _PASSAGES_OF_WORDS, None)
        return words_to_try(query, missing, [c.passage.id for c in near], self._store, count)

    def analyse(self, question: str) -> Query:
        """Turn a checked question into what ranking needs: words, weights and vectors."""
        return queries.analyse(question, self.terms, self._encoder())

    def candidates(self, query: Query, k: int = 0, narrowed: Filter = EVERYTHING) -> list[Candidate]:
        """Return the passages that dense, sentence and lexical search find, enough to rank ``k``.

        Raises:
            QuestionError: the filter names a document or kind that is not there.

        """
        self._store.check_sizes()
        count = max(self._settings.candidates, 2 * k)
        found = gather(self._store, query, count, narrowed.masks(self._store))
        if not narrowed.about:
            return found
        # What treats the subject without naming it may be far down among the passages of all documents.
        found += gather(self._store, query, count, narrowed.subject_masks(self._store))
        by_id = {candidate.passage.id: candidate for candidate in found}
        return fulfilled([by_id[i] for i in sorted(by_id)], narrowed.about, self._store)

    def measure(self, query: Query, candidates: Sequence[Candidate]) -> Signals:
        """Return the signals of candidates, which ranking weighs."""
        return measure(query, candidates, self._store)

    def readings(self, query: Query, passages: Sequence[Passage]) -> list[Reading | None]:
        """Return what the reader says of passages, in the order of their ids; nothing without a reader."""
        return self.reader.read(query, passages, self._store) if self.reader else []

    def rank(self, question: str, k: int = 0, narrowed: Filter = EVERYTHING) -> tuple[Query, list[Hit]]:
        """Rank the candidates for a question; returns the analysed question and all hits, best first.

        Raises:
            QuestionError: as ``check`` and ``candidates``.

        """
        return self._rank(self.check(question), k, narrowed)

    def _rank(self, question: str, k: int = 0, narrowed: Filter = EVERYTHING) -> tuple[Query, list[Hit]]:
        query = self.analyse(question)
        hits = rank(query, self.candidates(query, k, narrowed), self._store, self.reader)
        return query, shown_once(narrowed.in_wanted_documents(hits, self._store), self._store)

    def stances(self, query: Query, hits: Sequence[Hit]) -> dict[int, Stance]:
        """Return the stances of the hits that say yes or no, by the id of the passage.

        Only a yes-or-no question has any.
        """
        if not yes_no.is_yes_no(query.text):
            return {}
        found = zip(hits, stances(query, hits, self._store), strict=True)
        return {hit.passage.id: stance for hit, stance in found if stance}

    def search(self, question: str, k: int = 10, narrowed: Filter = EVERYTHING) -> SearchResult:
        """Rank passages for a checked question, and say how likely the first answers it.

        A question that was completed from the history may be longer than the
        limit of ``check``.

        Raises:
            QuestionError: as ``candidates``.

        """
        query, hits = self._rank(question, k, narrowed)
        confidence = confidence_model.confidence(query, hits, self.background)
        fitted = Zones.of()
        if has_unknown_name(query):
            confidence *= fitted.uncertain  # which keeps it below that
        elif not yes_no.says_predicate(query, hits, self._store):
            confidence *= fitted.answered
        return SearchResult(query, tuple(hits[:k]), confidence)
