"""What the head of the page says about the folder: what was refreshed, and what is wrong."""

import html
from datetime import datetime

from tacrochat.ui.html_parts import plain
from tacrochat.ui.wording import Language, say
from tacrochat.ui.workspace import Workspace


def folder_news(workspace: Workspace, language: Language) -> str:
    """Return as HTML what the folder has changed last, and what needs to be looked at; "" if nothing."""
    return _synced(workspace, language) + _faults(workspace, language)


def _synced(workspace: Workspace, language: Language) -> str:
    synced = workspace.synced
    if synced is None:
        return ""
    counts = (("added", synced.added), ("changed", synced.changed), ("removed", synced.removed))
    shown = [say(language, f"sync_{name}", count=count) for name, count in counts if count]
    time = f"{datetime.fromtimestamp(synced.at).astimezone():%H:%M}"
    text = say(language, "sync_folder", changes=", ".join(shown), time=time)
    return f'<p class="tc-sync" role="status">{html.escape(text)}</p>'


def _faults(workspace: Workspace, language: Language) -> str:
    faults = []
    if workspace.live.error:
        faults.append(say(language, "sync_configuration", error=workspace.live.error))
    if workspace.problem:
        faults.append(say(language, workspace.problem.key, error=workspace.problem.error))
    return "".join(f'<p class="tc-error tc-fault" role="status">{plain(fault)}</p>' for fault in faults)
