"""The lines that frame a kept answer, and those in the place of its quotes that cannot be shown."""

from tacrochat.answering.answer import Answer
from tacrochat.answering.export.reference import Kept
from tacrochat.ranking.zones import right_of_ten
from tacrochat.ui.differing import differ_text
from tacrochat.ui.html_parts import plain
from tacrochat.ui.wording import Language, say


def remarks(answer: Answer, language: Language) -> list[str]:
    """Return how a question was understood, whether the quotes answer it, and what is missing."""
    lines = [
        *_understood(answer, language),
        *_status(answer, language),
        *(say(language, "unanswered", question=question) for question in answer.unanswered),
        *(say(language, "respelled", searched=r.searched, typed=r.typed) for r in answer.respellings),
    ]
    if answer.differ:
        lines.append(f"{say(language, 'differ')} {differ_text(answer.differ, language)}")
    if answer.missing_terms:
        text = say(language, "missing_answered" if answer.status == "answered" else "missing")
        lines.append(f"{text}: {', '.join(answer.missing_terms)}")
    return lines


def stale(language: Language, kept: Kept | None = None) -> str:
    """Return the line, as HTML, in the place of a quote that cannot be shown, with its document if known."""
    text = say(language, "stale")
    if kept is not None:
        key = "export_gone" if kept.state == "gone" else "export_changed"
        text = say(language, key, document=kept.reference.document)
    return f'<p class="tc-stale">{plain(text)}</p>'


def _understood(answer: Answer, language: Language) -> list[str]:
    resolved = answer.resolved_question.strip()
    is_other = resolved not in {"", answer.question.strip()}
    return [say(language, "understood", question=resolved)] if is_other else []


def _status(answer: Answer, language: Language) -> list[str]:
    if answer.status == "uncertain":
        weight = say(language, "uncertain_weight", count=right_of_ten("uncertain"))
        return [say(language, "uncertain"), weight]
    if answer.status == "not_found":
        about = say(language, "not_found_about", subject=answer.subject)
        return [about if answer.subject else say(language, "not_found")]
    if answer.choices:
        return [say(language, "ask_back"), *answer.choices]
    return [answer.message] if answer.status == "conversation" else []
