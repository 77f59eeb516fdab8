"""Example questions, made from titles and headings, and kept only if the documents answer them."""
