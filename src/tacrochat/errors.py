"""The errors tacrochat raises on purpose, each with the next step in its message.

    TacrochatError
    ├── CorpusError      a corpus folder that is missing, empty or unreadable
    │   └── ReadError    one file that cannot be read (a build skips it and reports it)
    ├── IndexFolderError      an index folder that cannot be opened or written
    │   ├── IndexMissing     there is no index there yet
    │   ├── IndexMismatch    made by another model, or by a newer tacrochat
    │   ├── IndexCorrupt     a file of it is missing, cut short or changed
    │   └── IndexBusy        another build is writing it now
    ├── ConfigurationError    a tacrochat.yaml that cannot be used, with the line and what was expected
    ├── ModelError       a model that cannot be found or loaded, or has other weights than expected
    ├── QuestionError    a question that cannot be asked (empty, too long, an unknown document or kind)
    └── QuoteError       a quote that does not match the indexed text

Every message says what is wrong, with which file, and what to type next.
"""

__all__ = [
    "ConfigurationError",
    "CorpusError",
    "IndexBusy",
    "IndexCorrupt",
    "IndexFolderError",
    "IndexMismatch",
    "IndexMissing",
    "ModelError",
    "QuestionError",
    "QuoteError",
    "ReadError",
    "TacrochatError",
]


class TacrochatError(Exception):
    """Base of all errors raised on purpose; its text is meant for the user."""


class CorpusError(TacrochatError):
    """The corpus folder is missing, empty, or holds nothing readable."""


class ReadError(CorpusError):
    """One file cannot be read; the text is the reason, without the path.

    ``lasting`` is false if the same bytes may be readable at another time, as
    after a program is installed.
    """

    def __init__(self, reason: str, *, lasting: bool = True) -> None:
        """Give the reason."""
        super().__init__(reason)
        self.lasting = lasting


class IndexFolderError(TacrochatError):
    """The index folder cannot be opened or written."""


class IndexMissing(IndexFolderError):
    """There is no index in the folder."""


class IndexMismatch(IndexFolderError):
    """The index was made by another model or by a newer version."""


class IndexCorrupt(IndexFolderError):
    """A file of the index is missing, cut short or changed."""


class IndexBusy(IndexFolderError):
    """Another process is building this index."""


class ConfigurationError(TacrochatError):
    """A ``tacrochat.yaml`` cannot be read or holds something else than expected; the text names the line."""


class ModelError(TacrochatError):
    """The model cannot be found or loaded, or its weights are not the expected ones."""


class QuestionError(TacrochatError):
    """The question is empty or too long, or names a document or kind that the library does not have."""


class QuoteError(TacrochatError):
    """A quote's text differs from the document's at its offsets."""
