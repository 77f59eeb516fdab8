"""The named endpoints, asked by Gradio's own client."""

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from serving import LABEL


@pytest.fixture(scope="module")
def client(server):
    return Client(server.url, verbose=False)


def test_only_the_named_endpoints_are_listed(client):
    listed = client.view_api(return_format="dict", print_info=False)
    assert set(listed["named_endpoints"]) == {"/ask", "/search", "/documents"}
    assert listed["unnamed_endpoints"] == {}


def test_ask_returns_the_answer_of_the_contract(client):
    answer = client.predict("For how long?", ["How is the tube of glow ointment stored?"], api_name="/ask")
    keys = "question resolved_question status confidence message quotes missing_terms nearest"
    assert list(answer) == [*keys.split(), "choices", "differ", "parts"]
    assert answer["resolved_question"] != "For how long?"
    for quote in answer["quotes"]:
        if quote["document"] == "label.md":
            assert quote["text"] == LABEL[quote["start"] : quote["end"]]


def test_filters_of_ask(client):
    question = "How often is glow ointment applied to the scalp?"
    answer = client.predict(question, top=1, kinds=["trial"], threshold=0.0, api_name="/ask")
    assert [quote["kind"] for quote in answer["quotes"]] == ["trial"]
    refused = client.predict(question, threshold=1.0, api_name="/ask")
    assert refused["status"] == "uncertain"
    assert "may not answer" in refused["message"]
    assert refused["quotes"]


def test_search_and_documents(client):
    result = client.predict("tube storage", k=2, api_name="/search")
    assert [len(result["hits"]), result["hits"][0]["document"]] == [2, "label.md"]
    listed = client.predict(api_name="/documents")
    assert {document["document"]: document["kind"] for document in listed} == {
        "label.md": "prescribing information", "trial.md": "trial", "hostile <b>.md": "consumer page",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"question": " "}, "empty"),
        ({"question": "x" * 3_000}, "limit"),
        ({"question": "ointment", "documents": ["../secret.md"]}, "no document"),
        ({"question": "ointment", "kinds": ["gossip"]}, "no kind"),
        ({"question": "ointment", "top": 0}, "1 to 1,000"),
    ],
)
def test_what_cannot_be_asked_is_a_clear_error(client, arguments, says):
    with pytest.raises(AppError, match=says):
        client.predict(**arguments, api_name="/ask")
