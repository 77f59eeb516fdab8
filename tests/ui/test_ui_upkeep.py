"""What a server keeps of the calls that it has answered."""

import json
import urllib.request

import gradio as gr
import pytest

from tacrochat.ui import upkeep


@pytest.mark.filterwarnings("ignore")  # of gradio, which runs in this process here
def test_the_state_of_old_calls_is_forgotten():
    def echo(text: str) -> str:
        return text

    with gr.Blocks(analytics_enabled=False) as page:
        gr.api(echo, api_name="echo")
    upkeep.bound(page)
    _, address, _ = page.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1", ssr_mode=False)

    def call(text):
        body = json.dumps({"data": [text]}).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"{address}gradio_api/call/echo", body, headers)
        with urllib.request.urlopen(request) as response:
            event = json.load(response)["event_id"]
        with urllib.request.urlopen(f"{address}gradio_api/call/echo/{event}") as response:
            return response.read().decode()

    try:
        for number in range(upkeep._MAX_CALLS + 40):
            assert f"number {number}" in call(f"number {number}")
        assert len(page.state_holder.session_data) <= upkeep._MAX_CALLS
        assert len(page._queue.pending_messages_per_session) <= upkeep._MAX_CALLS
    finally:
        page.close()
