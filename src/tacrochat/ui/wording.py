# ruff: noqa: E501  (a table of texts reads better unbroken)
"""The texts of the page in English and German."""

from typing import Literal

from tacrochat.answering.framing import ASK_BACK, REPLIES

Language = Literal["en", "de"]

_TEXTS: dict[str, tuple[str, str]] = {
    # the frame of the page
    "tagline": ("the documents’ own words, each with its source", "die Dokumente im Wortlaut, jedes Zitat mit Quelle"),
    "tab_chat": ("Chat", "Chat"),
    "tab_documents": ("Documents", "Dokumente"),
    "tab_map": ("Map", "Karte"),
    "tab_about": ("About", "Über"),
    "conversation": ("Conversation", "Gespräch"),
    "question": ("Your question", "Ihre Frage"),
    "question_hint": ("Ask the documents …", "Fragen Sie die Dokumente …"),
    "send": ("Ask", "Fragen"),
    "note": (
        "Word-for-word quotes, nothing generated. Not medical advice.",
        "Wörtliche Zitate, nichts erzeugt. Kein medizinischer Rat.",
    ),
    "welcome": ("What would you like to read about?", "Worüber möchten Sie lesen?"),
    "welcome_more": (
        "Every answer is quoted word for word from {documents} documents on this machine, one click from its place.",
        "Jede Antwort ist wörtlich aus {documents} Dokumenten auf diesem Rechner zitiert, einen Klick von der Stelle.",
    ),
    "welcome_wait": ("The documents are being opened …", "Die Dokumente werden geöffnet …"),
    # states of the library
    "state_starting": ("Opening the index …", "Der Index wird geöffnet …"),
    "state_building": ("Reading the documents: {stage}", "Die Dokumente werden gelesen: {stage}"),
    "stage_reading": ("files", "Dateien"),
    "stage_passages": ("passages", "Stellen"),
    "stage_sentences": ("sentences", "Sätze"),
    "left_seconds": ("less than a minute left", "noch weniger als eine Minute"),
    "left_minutes": ("about {minutes} min left", "noch etwa {minutes} min"),
    "busy": (
        "The index is being refreshed already; try again when that is done.",
        "Der Index wird schon aufgefrischt; versuchen Sie es danach noch einmal.",
    ),
    "state_loading": ("Loading the model …", "Das Modell wird geladen …"),
    "state_ready": ("{documents} documents · ready", "{documents} Dokumente · bereit"),
    "state_rebuilding": (
        "Refreshing: {stage} · answers come from the index before",
        "Wird aufgefrischt: {stage} · Antworten kommen noch aus dem vorigen Index",
    ),
    "state_failed": ("Not available: {error}", "Nicht verfügbar: {error}"),
    "pending": ("Looking through the documents …", "Die Dokumente werden durchsucht …"),
    "pending_load": (
        "The model is still being loaded; your question is next.",
        "Das Modell wird noch geladen; Ihre Frage kommt gleich dran.",
    ),
    # answers
    "quoted": ("{quoted} of {total} documents quoted", "{quoted} von {total} Dokumenten zitiert"),
    "understood": ("Understood as: {question}", "Verstanden als: {question}"),
    "confidence": ("Confidence that the quotes answer the question", "Zuversicht, dass die Zitate die Frage beantworten"),
    "sure_high": ("very likely an answer", "sehr wahrscheinlich eine Antwort"),
    "sure_good": ("likely an answer", "wahrscheinlich eine Antwort"),
    "sure_fair": ("perhaps an answer", "vielleicht eine Antwort"),
    "sure_low": ("hardly an answer", "kaum eine Antwort"),
    "differ": ("The sources differ:", "Die Quellen widersprechen sich:"),
    "differ_one": ("quote {first} says the opposite of {others}.", "Zitat {first} sagt das Gegenteil von {others}."),
    "differ_many": ("quotes {first} say the opposite of {others}.", "Zitat {first} sagen das Gegenteil von {others}."),
    "quote_one": ("quote {numbers}", "Zitat {numbers}"),
    "quote_many": ("quotes {numbers}", "Zitat {numbers}"),
    "quote_number": ("Quote {number}", "Zitat {number}"),
    "and": ("and", "und"),
    "kinds": ("Several kinds of source:", "Mehrere Arten von Quelle:"),
    "kinds_listed": ("{kinds}.", "{kinds}."),
    "compared_directly": ("About all of them", "Zu allen zusammen"),
    "more_one": ("1 more passage", "1 weitere Stelle"),
    "more": ("{count} more passages", "{count} weitere Stellen"),
    "why": ("Why this passage", "Warum diese Stelle"),
    "why_words": ("Words of the question in it", "Wörter der Frage darin"),
    "why_none": ("none; it was found by meaning", "keine; sie wurde nach der Bedeutung gefunden"),
    "why_title": ("What counted most", "Was am meisten zählte"),
    "why_rest": ("What else was measured", "Was sonst noch gemessen wurde"),
    "copy": ("Copy", "Kopieren"),
    "copied": ("Copied", "Kopiert"),
    "copy_hint": ("Copy the quote with its source", "Das Zitat mit Quelle kopieren"),
    "stale": (
        "This passage has changed or is gone since; ask again to see what the documents say now.",
        "Diese Stelle hat sich seither geändert oder fehlt; fragen Sie erneut, was die Dokumente jetzt sagen.",
    ),
    "uncertain": (
        "The documents may not answer this",
        "Die Dokumente beantworten das vielleicht nicht",
    ),
    "uncertain_weight": (
        "Of ten such answers about {count} are right: check whether the passage says what you asked.",
        "Von zehn solchen Antworten stimmen etwa {count}: prüfen Sie, ob die Stelle sagt, was Sie gefragt haben.",
    ),
    "uncertain_quotes": ("The nearest they say:", "Am nächsten kommt:"),
    "not_found": ("The sources do not say.", "Die Quellen sagen dazu nichts."),
    "not_found_about": (
        "The sources do not say this about “{subject}”.",
        "Die Quellen sagen das nicht über „{subject}“.",
    ),
    "not_found_none": ("No passage answers this question.", "Keine Stelle beantwortet diese Frage."),
    "missing": ("No passage mentions", "Keine Stelle erwähnt"),
    "missing_answered": ("Not mentioned in the sources", "In den Quellen nicht erwähnt"),
    "unanswered": ("The sources do not say: {question}", "Die Quellen sagen nichts zu: {question}"),
    "respelled": (
        "Searched also for “{searched}”; you wrote “{typed}”.",
        "Auch nach „{searched}“ gesucht; Sie schrieben „{typed}“.",
    ),
    "failed_event": (
        "This question could not be answered ({error}). It is in the box again; ask once more.",
        "Diese Frage konnte nicht beantwortet werden ({error}). Sie steht wieder im Feld; fragen Sie erneut.",
    ),
    "nearest_one": ("The nearest passage – not an answer", "Die nächstliegende Stelle – keine Antwort"),
    "nearest": ("The {count} nearest passages – not an answer", "Die {count} nächstliegenden Stellen – keine Antwort"),
    "ask_back": (ASK_BACK, "Was ist gemeint?"),
    # messages that are not questions
    "message_greeting": (
        REPLIES["greeting"],
        "Hallo. Stellen Sie eine Frage, und ich zitiere, was die Dokumente dazu sagen.",
    ),
    "message_thanks": (REPLIES["thanks"], "Gern geschehen."),
    "message_farewell": (REPLIES["farewell"], "Auf Wiedersehen."),
    "message_help": (
        REPLIES["help"],
        "Schreiben Sie eine Frage oder einige Wörter. Ich antworte nur mit wörtlichen Zitaten aus den Dokumenten,"
        " jedes mit Quelle; wo die Dokumente nichts sagen, sage ich das. Ich gebe keinen medizinischen Rat.",
    ),
    # kinds of source
    "kind_prescribing information": ("Prescribing information", "Fachinformation"),
    "kind_trial": ("Trial", "Studie"),
    "kind_case series": ("Case series", "Fallserie"),
    "kind_guideline": ("Guideline", "Leitlinie"),
    "kind_review": ("Review", "Übersicht"),
    "kind_patient leaflet": ("Patient leaflet", "Patienteninformation"),
    "kind_consumer page": ("Consumer page", "Verbraucherseite"),
    "kind_promotion": ("Promotion", "Werbung"),
    "kind_unknown": ("Kind not stated", "Art nicht angegeben"),
    "guessed_kind": ("guessed from its form", "nach der Form vermutet"),
    # viewer
    "viewer": ("Source", "Quelle"),
    "viewer_empty": (
        "Choose a source under a quote to read it here in its place.",
        "Wählen Sie die Quelle unter einem Zitat, um es hier an seiner Stelle zu lesen.",
    ),
    "outline": ("Outline", "Gliederung"),
    "previous": ("Previous quote", "Voriges Zitat"),
    "next": ("Next quote", "Nächstes Zitat"),
    "of": ("{n} of {total}", "{n} von {total}"),
    "original": ("Original page", "Originalseite"),
    "close": ("Close the source", "Quelle schließen"),
    "cut": (
        "The document is long: {count} characters around the quote are shown.",
        "Das Dokument ist lang: {count} Zeichen um das Zitat werden gezeigt.",
    ),
    "show_all": ("Show all of it", "Alles zeigen"),
    "gone": ("This document is no longer in the index.", "Dieses Dokument ist nicht mehr im Index."),
    # filters and actions
    "filters": ("Sources and settings", "Quellen und Einstellungen"),
    "filter_documents": ("Only these documents", "Nur diese Dokumente"),
    "filter_kinds": ("Only these kinds of source", "Nur diese Arten von Quelle"),
    "filter_top": ("Quotes at most", "Zitate höchstens"),
    "filter_threshold": ("Minimum confidence of an answer", "Zuversicht einer Antwort mindestens"),
    "export_markdown": ("Save as Markdown", "Als Markdown sichern"),
    "export_json": ("Save as JSON", "Als JSON sichern"),
    "liked": ("Noted in {file}, on this machine.", "In {file} auf diesem Rechner vermerkt."),
    "not_noted": ("{file} cannot be written ({error}).", "{file} kann nicht geschrieben werden ({error})."),
    # documents
    "col_title": ("Document", "Dokument"),
    "col_kind": ("Kind", "Art"),
    "col_passages": ("Passages", "Stellen"),
    "col_updated": ("Updated", "Geändert"),
    "skipped": ("Left out", "Ausgelassen"),
    "skipped_none": ("Every file in the folder was read.", "Jede Datei im Ordner wurde gelesen."),
    "col_reason": ("Why", "Warum"),
    "col_advice": ("What to do", "Was tun"),
    "col_file": ("File", "Datei"),
    "skipped_files": ("{count} files", "{count} Dateien"),
    "by_format": ("Passages by format: {counts}", "Stellen nach Format: {counts}"),
    "little_text": (
        "Little text for the size; open these files to see whether it is all there is:",
        "Wenig Text für die Größe; sehen Sie nach, ob das in diesen Dateien alles ist:",
    ),
    "little_text_file": ("{path} ({count} characters)", "{path} ({count} Zeichen)"),
    "upload": ("Add documents (several files, or a zip)", "Dokumente hinzufügen (mehrere Dateien oder ein Zip)"),
    "upload_do": ("Add and refresh", "Hinzufügen und auffrischen"),
    "remove": ("Documents to remove", "Zu entfernende Dokumente"),
    "remove_do": ("Remove and refresh", "Entfernen und auffrischen"),
    "remove_sure": ("The files are moved to .removed in the corpus folder.", "Die Dateien kommen in den Ordner .removed im Korpus."),
    "remove_inside": ("is inside {file}; removes all of it", "liegt in {file}; entfernt alles darin"),
    "remove_holds": ("removes {count} documents in it", "entfernt {count} Dokumente darin"),
    "more_refused": ("… and {count} more.", "… und {count} weitere."),
    "rebuild": ("Refresh the index", "Index auffrischen"),
    "progress": ("Progress", "Fortschritt"),
    "added": ("{count} added: {names}", "{count} hinzugefügt: {names}"),
    "removed": ("{count} removed: {names}", "{count} entfernt: {names}"),
    "nothing_added": ("Nothing was added.", "Nichts wurde hinzugefügt."),
    "built": (
        "{documents} documents, {passages} passages: {added} added, {changed} changed, {removed} removed.",
        "{documents} Dokumente, {passages} Stellen: {added} neu, {changed} geändert, {removed} entfernt.",
    ),
    # map
    "map_title": ("All passages; similar passages are close together",
                  "Alle Stellen; ähnliche Stellen liegen nah beieinander"),
    "map_about": (
        "{shown} of {total} passages in two dimensions (share of the variance: {share} %). Colours are documents.",
        "{shown} von {total} Stellen in zwei Dimensionen (Anteil an der Varianz: {share} %). Farben sind Dokumente.",
    ),
    "map_question": ("Last question: {question}", "Letzte Frage: {question}"),
    "map_hits": ("Passages quoted for it", "Dafür zitierte Stellen"),
    "map_again": ("Open this tab again to draw the map.", "Öffnen Sie diesen Reiter erneut, um die Karte zu zeichnen."),
    "map_hint": ("Point at a passage to read it, click to open it.", "Zeigen Sie auf eine Stelle, um sie zu lesen; ein Klick öffnet sie."),
    "legend": ("Documents", "Dokumente"),
    # about
    "about_promise": ("What “verbatim” means here", "Was „wörtlich“ hier heißt"),
    "about_yes": ("Guaranteed", "Zugesichert"),
    "about_no": ("Outside the guarantee", "Nicht zugesichert"),
    "about_advice": ("Not medical advice", "Kein medizinischer Rat"),
    "about_advice_text": (
        "The page quotes documents; it does not know whether they are right, or right for you."
        " Ask a doctor or pharmacist before you start, change or stop a treatment.",
        "Die Seite zitiert Dokumente; ob sie stimmen oder für Sie gelten, weiß sie nicht."
        " Fragen Sie eine Ärztin oder einen Apotheker, bevor Sie eine Behandlung beginnen, ändern oder beenden.",
    ),
    "about_where": ("What runs where", "Was wo läuft"),
    "about_where_text": (
        "Documents, index, model and page stay on this machine. The conversation is kept in this browser;"
        " thumbs up and down go to {file} on this machine. Nothing is sent anywhere.",
        "Dokumente, Index, Modell und Seite bleiben auf diesem Rechner. Das Gespräch wird in diesem Browser"
        " aufbewahrt; Daumen hoch und runter stehen in {file} auf diesem Rechner. Nichts wird verschickt.",
    ),
    "about_facts": ("Index and model", "Index und Modell"),
    "fact_documents": ("Documents", "Dokumente"),
    "fact_passages": ("Passages", "Stellen"),
    "fact_model": ("Model", "Modell"),
    "fact_dimension": ("Dimensions", "Dimensionen"),
    "fact_built": ("Index made", "Index erstellt"),
    "fact_corpus": ("Corpus folder", "Korpus-Ordner"),
    "fact_index": ("Index folder", "Index-Ordner"),
    "fact_version": ("Version", "Version"),
}  # fmt: skip

GUARANTEES: dict[Language, tuple[tuple[str, str], ...]] = {
    "en": (
        (
            "Every quoted character stands at the stated offsets in the text extracted from the named document.",
            "That the document is right.",
        ),
        (
            "The quote is cut whole, never inside a sentence: no “not”, dose or population is clipped away.",
            "That every relevant passage was found.",
        ),
        (
            "The label names the document, its headings, and the page or line.",
            "That PDF or HTML extraction kept the author’s layout.",
        ),
        ("What the page says in its own words is framing only, never a medical statement.", ""),
        ("When the sources do not answer, it says so, and says what they do not mention.", ""),
        ("Nothing leaves the machine.", ""),
    ),
    "de": (
        (
            "Jedes zitierte Zeichen steht an der genannten Stelle im Text, der dem Dokument entnommen wurde.",
            "Dass das Dokument recht hat.",
        ),
        (
            "Das Zitat ist ganz, nie mitten im Satz geschnitten: kein „nicht“, keine Dosis fällt weg.",
            "Dass jede wichtige Stelle gefunden wurde.",
        ),
        (
            "Die Quellenangabe nennt Dokument, Überschriften und Seite oder Zeile.",
            "Dass beim Lesen von PDF oder HTML die Gestaltung erhalten blieb.",
        ),
        ("Eigene Worte der Seite rahmen nur ein; sie sind nie eine medizinische Aussage.", ""),
        ("Wo die Quellen nichts sagen, steht das da, und was sie nicht erwähnen.", ""),
        ("Nichts verlässt den Rechner.", ""),
    ),
}


def say(language: Language, key: str, **values: object) -> str:
    """Return a text in a language, its placeholders filled; not escaped."""
    text = _TEXTS[key][language == "de"]
    return text.format(**values) if values else text


def translations(language: Language) -> dict[str, str]:
    """Return all texts of a language by key."""
    return {key: pair[language == "de"] for key, pair in _TEXTS.items()}


def language_of_header(accepted: str | None) -> Language:
    """Choose the language by an Accept-Language header: German if it comes first, else English."""
    return "de" if (accepted or "").strip().lower().startswith("de") else "en"
