"""Hostile markup: the time to read it grows with its length, not with the square of its length.

What is measured is processor time, so that other programs do no harm. A file that is four times as long may
take eight times as long, and half a second more.
"""

import time
from itertools import pairwise

import pytest

from tacrochat.readers.files import Limits
from tacrochat.readers.parts import parts_of

SIZE = 25_000
CUE = "WEBVTT\n\n00:01.000 --> 00:02.000\n"
ROWS = ("\\begin{tabular}{l}", "\\end{tabular}")

# The suffix, what stands first, what is repeated, and what stands last.
CASES = [
    ("adoc", "x ", "[", ""),
    ("adoc", "", "https://a[", ""),
    ("adoc", "", "kbd:[", ""),
    ("adoc", "", "image:", ""),
    ("adoc", "", "indexterm:[", ""),
    ("adoc", "", "(((", ""),
    ("adoc", "", "```a\n", ""),
    ("adoc", "= a", " ", "b"),
    ("adoc", "|===\n|", "*", "\n|===\n"),
    ("org", "", "#+begin_src\n", ""),
    ("org", "", ":a:\n", ""),
    ("org", "* a", " ", "b"),
    ("org", "- a", " ", "b"),
    ("vtt", f"{CUE}<", "a", ""),
    ("vtt", f"{CUE}<v", " ", ""),
    ("vtt", CUE, "<v.a", ""),
    ("srt", "1\n00:00:01,000 --> 00:00:02,000\n<", "a", ""),
    ("tex", "", "\\section{", ""),
    ("tex", "", "\\item[", ""),
    ("tex", "", "\\cite[", ""),
    ("tex", "", "\\begin{a}[", ""),
    ("tex", "\\section", " ", "x"),
    ("tex", ROWS[0], "\\\\[", ROWS[1]),
    ("rst", "x ", "{", ""),
    ("rst", "x ", "/", ""),
    ("rst", "", "*a ", ""),
    ("rst", "", "`a ", ""),
    ("rst", "", "a_ ", ""),
    ("rst", "", "[a]_ ", ""),
    ("rst", "x", "\n", "y"),
]


def seconds(suffix, first, repeated, last, size):
    data = f"Kettles\n\n{first}{repeated * (size // len(repeated))}{last}\n\nThe end.\n".encode()
    began = time.process_time()
    list(parts_of(f"a.{suffix}", data, Limits()))
    return time.process_time() - began


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case[0] + " " + (case[1] + case[2])[-20:]))
def test_what_is_four_times_as_long_does_not_take_much_more_than_four_times_as_long(case):
    seconds(*case, 100)  # libraries are loaded
    assert seconds(*case, 4 * SIZE) < 8 * seconds(*case, SIZE) + 0.5


def test_attributes_that_name_each_other_many_times_do_not_explode():
    names = "abcdef"
    lines = [f":{a}: {f'{{{b}}}' * 100}" for a, b in pairwise(names)]
    text = "\n".join([*lines, ":f: lid", "", "The {f} of {a} and {unknown}."])
    (part,) = parts_of("a.adoc", text.encode(), Limits())
    assert part.extract.text.startswith("The lid of {b}{b}")
    assert part.extract.text.endswith("and {unknown}.")
    assert len(part.extract.text) < 1_000


def test_what_docutils_would_take_too_long_for_is_named():
    (part,) = parts_of("a.rst", b"Kettles\n\n" + b"*a " * 30_000, Limits())
    assert part.extract is None
    assert "30,000 references, and marks such as * that are never closed; rename it to .txt" in part.reason
    (part,) = parts_of("a.rst", b"A kettle " + b"{" * 5_000 + b" boils.\n", Limits())
    assert part.extract.text == "A kettle boils."
    assert part.extract.notes == ("left out: 1 words of 1,000 characters and more",)


def test_a_table_cell_of_several_lines_in_asciidoc_stays_one_cell():
    (part,) = parts_of("a.adoc", b"|===\n|a kettle\nof copper\n|lid\n\n|pot\n|pan\n|===\n", Limits())
    assert "a kettle of copper" in part.extract.text
