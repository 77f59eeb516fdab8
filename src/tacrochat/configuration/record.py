"""What a ``tacrochat.yaml`` says, as one record; the defaults where it says nothing."""

from dataclasses import dataclass
from typing import Literal

from tacrochat.configuration.patterns import ALL_FILES, NO_KINDS, KindRules, Selection
from tacrochat.settings import Settings

NAME = "tacrochat.yaml"
"""The name of the file, at the top of the folder of documents."""

LANGUAGES = ("en", "de", "fr", "es")
"""The languages that the page has."""

Watch = Literal["on", "off", "poll"]


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration. ``title`` is "" for the library's name, ``accent`` ``#rrggbb``, "" for the page's own.

    ``languages`` are those that the page offers, the default first. ``answered`` and
    ``uncertain`` are confidences from 0 to 1, None for the fitted ones. ``is_written``
    tells whether there is a file.
    """

    title: str = ""
    accent: str = ""
    languages: tuple[str, ...] = LANGUAGES
    examples: tuple[str, ...] = ()
    kinds: KindRules = NO_KINDS
    files: Selection = ALL_FILES
    follow_links: bool = False
    answered: float | None = None
    uncertain: float | None = None
    watch: Watch = "on"
    is_written: bool = False

    def settings(self) -> Settings:
        """Return all settings: the defaults, what is configured, and above both the environment.

        Raises:
            TacrochatError: a variable ``TACROCHAT_…`` has a value that is not allowed.

        """
        return Settings.from_environment(
            follow_links=self.follow_links, threshold=self.answered, uncertain=self.uncertain
        )
