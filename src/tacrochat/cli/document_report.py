"""How one document was read: its sections, what was set aside and why, what it repeats."""

from typing import Any

from tacrochat.answering.escaping import one_line, visible
from tacrochat.library import Library

_FACTS = ("path", "title", "kind", "kind_reason", "author", "date", "language", "source", "url")


def describe(library: Library, path: str) -> dict[str, Any]:
    """Return how a document was read, as plain values for JSON.

    Raises:
        QuestionError: there is no such document.

    """
    document = library.document(path)
    sections = [
        {
            "role": section.role,
            "reason": section.reason,
            "heading": list(section.heading),
            "start": section.start,
            "end": section.end,
            "line": document.line(section.start),
            "place": document.place(section.start),
            "text": document.text[section.start : section.end],
        }
        for section in library.sections(document.id)
    ]
    repeated = [
        {
            "start": passage.start,
            "end": passage.end,
            "text": passage.text,
            "indexed_in": library.documents[original.document_id].path,
        }
        for passage, original in library.repeated(document.id)
    ]
    return {
        **{name: getattr(document, name) for name in _FACTS},
        "file": document.file,
        "notes": [s.reason for s in library.skipped if s.path == document.path],
        "sections": sections,
        "repeated": repeated,
    }


def to_text(facts: dict[str, Any]) -> str:
    """Return what ``describe`` returned as text for a terminal, one line for each section."""
    lines = [f"{one_line(facts['path'])}: {one_line(facts['title'])} [{facts['kind']}]"]
    if facts["kind_reason"]:
        where = f"{one_line(facts['file'])}.meta.yaml"
        lines.append(f"  kind guessed: {one_line(facts['kind_reason'])} (to set it: kind: … in {where})")
    lines += [f"  {name}: {one_line(facts[name])}" for name in _FACTS[4:] if facts[name]]
    lines += [f"  note: {one_line(note)}" for note in facts["notes"]]
    for section in facts["sections"]:
        why = f" ({section['reason']})" if section["reason"] else ""
        what = f"{section['role']}{why}"
        lines.append(f"  {one_line(section['place']):>10}  {one_line(what):<12}  {_start(section['text'])}")
    for passage in facts["repeated"]:
        lines.append(f"  repeats {one_line(passage['indexed_in'])}, indexed there: {_start(passage['text'])}")
    return "\n".join(lines)


def _start(text: str) -> str:
    return visible(" ".join(text.split())[:90])
