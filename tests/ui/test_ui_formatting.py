"""Numbers and dates by language: the server writes them as the browser's Intl does."""

import json

import pytest

from tacrochat.ui.formatting import date, decimal, language_tag, number, percent
from tacrochat.ui.page import script
from tacrochat.ui.wording import LANGUAGES

NUMBERS = (0, 999, 1234, 9999, 10_000, 1_234_567)
DATES = ("2021-05-04", "1987-12-31", "2020-03")
OTHER = ("2019", "2021-13-01", "spring 2020", "<b>2001</b>", "0099-08-15", "2020-02-03T10:00")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", OTHER)
def test_what_is_no_full_date_stays_as_the_document_has_it(language, text):
    assert date(language, text) == text


def test_forms_of_each_language():
    assert [date(language, "2021-05-04") for language in LANGUAGES] == [
        "4 May 2021", "4. Mai 2021", "4 mai 2021", "4 de mayo de 2021",
    ]  # fmt: skip
    assert [number(language, 12345) for language in LANGUAGES] == [
        "12,345", "12.345", "12\u202f345", "12.345",
    ]  # fmt: skip
    assert [decimal(language, 0.5) for language in LANGUAGES] == ["0.50", "0,50", "0,50", "0,50"]
    assert [percent(language, 0.926) for language in LANGUAGES] == ["93%", *["93\u00a0%"] * 3]


@pytest.mark.parametrize(
    ("code", "tag"),
    [("en", "en"), ("de_AT", "de-AT"), ("pt-BR", "pt-BR"), (None, ""), ("English", ""), ('en" x="', "")],
)
def test_a_documents_language_is_a_code_or_unknown(code, tag):
    assert language_tag(code) == tag


@pytest.mark.browser
def test_the_browser_writes_the_same(browser):
    page = browser.new_page()
    start = script().index("function dateText(")
    source = script()[start : script().index("\n}\n", start) + 2]
    for language in LANGUAGES:
        code = f"const language = {json.dumps(language)};\n{source}\n"
        texts = json.dumps([*DATES, *OTHER])
        numbers = f"{json.dumps(NUMBERS)}.map((n) => n.toLocaleString(language))"
        shown = page.evaluate(f"() => {{ {code} return [{texts}.map(dateText), {numbers}]; }}")
        expected = [date(language, text) for text in (*DATES, *OTHER)]
        assert shown[0] == expected
        assert shown[1] == [number(language, value) for value in NUMBERS]
    page.close()
