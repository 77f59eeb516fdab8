"""The schemas of what the REST API sends: answers, quotes, documents, errors."""

from typing import Any, get_args

from tacrochat.types import KINDS, Status
from tacrochat.ui.state import Phase


def ref(name: str) -> dict[str, Any]:
    """Refer to a schema of the description."""
    return {"$ref": f"#/components/schemas/{name}"}


def text(meaning: str = "", *, may_be_null: bool = False) -> dict[str, Any]:
    """Describe a text."""
    kind: dict[str, Any] = {"type": ["string", "null"] if may_be_null else "string"}
    return {**kind, "description": meaning} if meaning else kind


def array(items: dict[str, Any], meaning: str = "") -> dict[str, Any]:
    """Describe a list."""
    kind = {"type": "array", "items": items}
    return {**kind, "description": meaning} if meaning else kind


def _integer(meaning: str, least: int = 0, *, may_be_null: bool = False) -> dict[str, Any]:
    kind: Any = ["integer", "null"] if may_be_null else "integer"
    return {"type": kind, "minimum": least, "description": meaning}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


_SPAN = {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}
_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_KIND = {"type": "string", "enum": list(KINDS)}

_ABOUT = {
    "document": text("The path of the document below the folder."),
    "title": text(),
    "kind": _KIND,
    "source": text(may_be_null=True),
    "url": text(may_be_null=True),
    "date": text(may_be_null=True),
}
_QUOTE = {
    "text": text("Verbatim: the characters `start` to `end` of the document's text."),
    "label": text("Where it stands, for a reader."),
    **_ABOUT,
    "kind_reason": text("Why the kind was guessed; null if it was given.", may_be_null=True),
    "heading": array(text(), "The headings above it, the outermost first."),
    "page": _integer("From 1; null where the format has no pages.", 1, may_be_null=True),
    "line": _integer("From 1, in the document's text.", 1),
    "start": _integer("Code points into the document's text."),
    "end": _integer("Code points into the document's text."),
    "highlights": array(_SPAN, "The sentences that answer, as `start` and `end`."),
    "answers": array(_SPAN, "The words that answer, inside a highlight."),
    "score": {"type": "number"},
    "signals": {"type": "object", "additionalProperties": {"type": "number"}},
    "also": array(text(), "Labels of other documents with the same text."),
}
_ANSWER = {
    "question": text(),
    "status": {"type": "string", "enum": list(get_args(Status))},
    "confidence": {**_SHARE, "description": "How likely the quotes answer the question."},
    "message": text("Framing only, never a statement about the subject."),
    "quotes": array(ref("Quote"), "Best first."),
    "missing_terms": array(text(), "Terms of the question that no passage mentions."),
    "nearest": array(ref("Quote"), "The closest passages, only where nothing was found."),
}
_LIBRARY = {
    "library": text(),
    "status": {"type": "string", "enum": [*get_args(Status), "failed"]},
    "error": text("Why there is no answer of this library, or empty."),
}
_INFO = {
    "library": text("Its name in the server; empty if it is the only one."),
    "title": text("The title of the page."),
    "version": text("The version of tacrochat."),
    "documents": _integer("How many."),
    "passages": _integer("How many."),
    "model": text("The name of the embedding model."),
    "fingerprint": text("Of the model's files."),
    "dimension": _integer("Of the model's vectors.", 1),
    "built": text("When the index was built, by ISO 8601."),
    "threshold": {
        **_SHARE,
        "description": "The smallest confidence of an answer, unless a request has its own.",
    },
    "state": {"type": "string", "enum": list(get_args(Phase))},
}

SCHEMAS: dict[str, dict[str, Any]] = {
    "Quote": _object(_QUOTE),
    "Answer": _object(
        {
            **_ANSWER,
            "resolved_question": text("After a follow-up was resolved against the history."),
            "choices": array(text(), "Questions to choose from, where the assistant asks back."),
            "differ": array(array({"type": "integer"}), "Indices of quotes that say opposite things."),
            "parts": array(ref("Answer"), "The answers to the parts of a compound question."),
        }
    ),
    "JointAnswer": _object(
        {
            **_ANSWER,
            "quotes": array(ref("JointQuote"), "Each library is quoted once before any is quoted twice."),
            "nearest": array(ref("JointQuote")),
            "libraries": array(_object(_LIBRARY), "What became of the question in each library."),
        }
    ),
    "JointQuote": _object({"library": text("The name of its library."), **_QUOTE}),
    "Hit": {**ref("Quote"), "description": "A passage, cut as a quote; whether it answers is not decided."},
    "Hits": _object({"query": text(), "hits": array(ref("Hit"), "Best first.")}),
    "Document": _object({**_ABOUT, "passages": _integer("How many.")}),
    "Info": _object(_INFO),
    "Begun": _object({"state": {"type": "string", "const": "building"}}),
    "Changed": _object(
        {
            "state": {"type": "string", "const": "building"},
            "files": array(text(), "The files that were added or removed, as paths below the folder."),
            "refused": array(_object({"path": text(), "reason": text()}), "Those that were not, and why."),
        }
    ),
    "Error": _object({"detail": text("What is wrong, and what to do.")}),
}
