"""The Map tab, drawn when it is opened."""

from threading import Lock
from typing import Any

import gradio as gr

from tacrochat.answering.answer import Answer
from tacrochat.embedding.projection import SAMPLE, Projection
from tacrochat.library import Library
from tacrochat.ui import turns
from tacrochat.ui.map.picture import picture, spaced_passages
from tacrochat.ui.map.topics import Topic, topics
from tacrochat.ui.tabs import ASKING, Tab, language_of_request
from tacrochat.ui.wording import Language, say
from tacrochat.ui.workspace import Workspace


def map_tab(workspace: Workspace, saved: gr.HTML, tab: gr.Tab) -> Tab:
    """Lay out the map; it shows the last question of the conversation and the passages quoted for it."""
    shown = gr.HTML(elem_id="tc-map", js_on_load=None, apply_default_css=False)
    projections = _Projections()

    def draw(saved: Any, request: gr.Request) -> str:
        library, language = workspace.library, language_of_request(request)
        if library is None:
            return f"<p>{say(language, 'welcome_wait')}</p>"
        last = _last_answer(saved, library)
        if last is None:
            return picture(library, projections.of(library), language, topics=projections.topics_of(library))
        with workspace.asking() as library:
            vector = library.encoder.encode([last.resolved_question])[0].tolist()
        last = _last_answer(saved, library) or last  # of this library: another one may be in use by now
        return picture(
            library,
            projections.of(library),
            language,
            question=last.question,
            vector=vector,
            quotes=last.quotes or last.nearest,
            topics=projections.topics_of(library),
        )

    tab.select(draw, [saved], [shown], **ASKING)

    def new_values(_library: Library, _saved: Any, language: Language) -> list[Any]:
        return [f"<p>{say(language, 'map_again')}</p>"]

    return Tab([shown], new_values)


def _last_answer(saved: Any, library: Library) -> Answer | None:
    answers = [turn.answer for turn in turns.restore(saved, library)]
    return next((a for a in reversed(answers) if a.status != "conversation"), None)


def _step(library: Library) -> int:
    """Return every how many passages one is taken, so that a large index is not read whole."""
    return max(1, len(library.passages) // SAMPLE)


class _Projections:
    """The projection and the topics of the latest index, computed once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._generation = ""
        self._projection: Projection | None = None
        self._topics: tuple[str, list[Topic]] = ("", [])

    def of(self, library: Library) -> Projection:
        with self._lock:
            if self._projection is None or self._generation != library.manifest.generation:
                self._projection = Projection.fit(
                    library.vectors(range(len(library.passages))[:: _step(library)])
                )
                self._generation = library.manifest.generation
            return self._projection

    def topics_of(self, library: Library) -> list[Topic]:
        with self._lock:
            if self._topics[0] != library.manifest.generation:
                spaced = spaced_passages(library)
                found = topics(spaced, library.vectors([passage.id for passage in spaced]))
                self._topics = (library.manifest.generation, found)
            return self._topics[1]
