"""What the signals of ranking measure, in English and German."""

from tacrochat.ui.wording import Language

SIGNALS: dict[str, tuple[str, str]] = {
    "cosine": ("meaning of the passage", "Bedeutung der Stelle"),
    "sentence_cosine": ("meaning of its best sentence", "Bedeutung des besten Satzes"),
    "feedback": ("likeness to the best passages", "Ähnlichkeit mit den besten Stellen"),
    "bm25": ("rare words in common", "seltene gemeinsame Wörter"),
    "bm25_share": (
        "rare words in common, against the best passage",
        "seltene gemeinsame Wörter, gegen die beste Stelle",
    ),
    "heading_match": ("words in its heading", "Wörter in der Überschrift"),
    "exact": ("words in common", "gemeinsame Wörter"),
    "sentence_exact": ("words in common, in one sentence", "gemeinsame Wörter in einem Satz"),
    "term_match": ("similar words, in context", "ähnliche Wörter, im Zusammenhang"),
    "sentence_term_match": ("similar words, in one sentence", "ähnliche Wörter, in einem Satz"),
    "weakest_term": ("the word matched least", "das am wenigsten getroffene Wort"),
    "weakest_terms": ("the two words matched least", "die zwei am wenigsten getroffenen Wörter"),
    "sentence_weakest_term": (
        "the word matched least, in one sentence",
        "das am wenigsten getroffene, im Satz",
    ),
    "word_match": ("all words of the question, in context", "alle Wörter der Frage, im Zusammenhang"),
    "specific_match": ("particular words, in context", "besondere Wörter, im Zusammenhang"),
    "sentence_specific_match": ("particular words, in one sentence", "besondere Wörter, in einem Satz"),
    "specific_lacking": ("particular words that are missing", "besondere Wörter, die fehlen"),
    "sentence_specific_lacking": (
        "particular words missing in one sentence",
        "besondere Wörter, die in einem Satz fehlen",
    ),
    "phrase": ("words in the same order", "Wörter in gleicher Folge"),
    "names": ("names in common", "gemeinsame Namen"),
    "answer_type": ("the kind of answer asked for", "die Art der erfragten Antwort"),
    "sentence_answer_type": (
        "the kind of answer asked for, in one sentence",
        "die Art der erfragten Antwort, in einem Satz",
    ),
    "opening_cosine": ("meaning of its document's beginning", "Bedeutung des Anfangs des Dokuments"),
}
"""What each signal of ranking measures, in English and German."""


def signal_name(language: Language, name: str) -> str:
    """Return what a signal measures in words, or its name if there are none for it."""
    pair = SIGNALS.get(name)
    return pair[language == "de"] if pair else name.replace("_", " ")
