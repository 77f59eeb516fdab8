"""What a ``tacrochat.yaml`` says, as one record; the defaults where it says nothing."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from tacrochat.configuration.folders import Folder
from tacrochat.configuration.login import Login
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

    ``folders`` are those to read instead of that of the file. ``languages`` are those that the page
    offers, the default first. ``answered`` and
    ``uncertain`` are confidences from 0 to 1, None for the fitted ones. ``is_written``
    tells whether there is a file.
    """

    title: str = ""
    accent: str = ""
    languages: tuple[str, ...] = LANGUAGES
    examples: tuple[str, ...] = ()
    kinds: KindRules = NO_KINDS
    files: Selection = ALL_FILES
    folders: tuple[Folder, ...] = ()
    follow_links: bool = False
    answered: float | None = None
    uncertain: float | None = None
    watch: Watch = "on"
    login: Login | None = None
    is_written: bool = False

    def settings(self) -> Settings:
        """Return all settings: the defaults, what is configured, and above both the environment.

        Raises:
            TacrochatError: a variable ``TACROCHAT_…`` has a value that is not allowed.

        """
        return Settings.from_environment(
            follow_links=self.follow_links, threshold=self.answered, uncertain=self.uncertain
        )

    def roots(self, corpus: Path, settings: Settings) -> tuple[Folder, ...]:
        """Return the folders to read for the folder of the file, each with whether its links are followed.

        Raises:
            TacrochatError: as ``settings``.

        """
        return tuple(
            replace(
                folder,
                follow_links=settings.follow_links
                if folder.follow_links is None
                else Settings.from_environment(follow_links=folder.follow_links).follow_links,
            )
            for folder in self.folders or (Folder(corpus, common=self.files),)
        )
