"""What the head of the page says about the folder: what was refreshed, and what is wrong."""

import html
from datetime import datetime

from tacrochat.ui.html_parts import plain
from tacrochat.ui.wording import Language, say
from tacrochat.ui.workspace import Workspace


def synced(workspace: Workspace, language: Language) -> str:
    """Return as HTML what the folder has changed last; "" if nothing."""
    last = workspace.synced
    if last is None:
        return ""
    counts = (("added", last.added), ("changed", last.changed), ("removed", last.removed))
    shown = [say(language, f"sync_{name}", count=count) for name, count in counts if count]
    time = f"{datetime.fromtimestamp(last.at).astimezone():%H:%M}"
    text = say(language, "sync_folder", changes=", ".join(shown), time=time)
    return f'<p class="tc-sync" role="status">{html.escape(text)}</p>'


def faults(workspace: Workspace, language: Language) -> str:
    """Return as HTML what needs to be looked at; "" if nothing."""
    found = []
    if workspace.live.error:
        found.append(say(language, "sync_configuration", error=workspace.live.error))
    if workspace.problem:
        found.append(say(language, workspace.problem.key, error=workspace.problem.error))
    return "".join(f'<p class="tc-error tc-fault" role="status">{plain(fault)}</p>' for fault in found)
