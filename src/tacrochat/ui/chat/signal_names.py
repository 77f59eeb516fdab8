"""What the signals of ranking measure, in the languages of the page."""

from tacrochat.ui.wording import Language, translations


def signal_name(language: Language, name: str) -> str:
    """Return what a signal measures in words, or its name if there are none for it."""
    return translations(language).get(f"signal_{name}") or name.replace("_", " ")
