"""The chat page: the one door to gradio."""

import os
from pathlib import Path

from tacrochat.errors import TacrochatError

_UPLOAD = "64mb"
_HEAD = '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'


def serve(index: Path, corpus: Path, *, host: str, port: int, auth: str | None = None) -> None:
    """Serve the page until stopped; builds the index first where there is none.

    The page is up at once; index and model are loaded behind it.

    Raises:
        TacrochatError: the port is taken, or the password file cannot be used.

    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
    import gradio as gr

    from tacrochat.ui.page import asset, build_page, theme
    from tacrochat.ui.parts import i18n
    from tacrochat.ui.workspace import Workspace

    workspace = Workspace(index, corpus)
    page = build_page(workspace)
    page.queue(max_size=64)
    try:
        page.launch(
            server_name=host,
            server_port=port,
            share=False,
            quiet=True,
            show_error=True,
            prevent_thread_lock=True,
            footer_links=[],
            run_history=False,
            enable_monitoring=False,
            ssr_mode=False,
            pwa=False,
            max_file_size=_UPLOAD,
            i18n=i18n,
            theme=theme(),
            css=asset("page.css"),
            head=_HEAD,
        )
    except OSError as error:
        raise TacrochatError(
            f"port {port} of {host} cannot be used ({error}); give another --port"
        ) from error
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104  # compared, not bound
    print(f"tacrochat: http://{shown}:{port} (Ctrl+C stops it)", flush=True)  # noqa: T201
    workspace.start()
    page.block_thread()
    gr.close_all()
