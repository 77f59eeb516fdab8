"""A sheet as one HTML file: it loads nothing, runs nothing, and prints well."""

import html
from itertools import groupby

from tacrochat.answering.escaping import visible
from tacrochat.answering.export.reference import Kept
from tacrochat.answering.export.sheet import Section, Sheet, Words, footnote, why_not_shown
from tacrochat.answering.render import marked_runs
from tacrochat.types import Quote

_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.55 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}
body{overflow-wrap:anywhere}
h1{font-size:1.5rem}h2{font-size:1.2rem;margin-top:2rem}h3{font-size:1.05rem}
h1,h2,h3,blockquote,li,p{unicode-bidi:isolate}
figure{margin:1rem 0}
blockquote{margin:0;padding:.1rem 0 .1rem .9rem;border-left:3px solid #4a6fa5}
blockquote .text{white-space:pre-wrap}
.weak blockquote{border-left-style:dashed}
mark{background:#fff1b8;color:inherit}
.note{margin:.4rem 0 0 1rem;font-style:italic;white-space:pre-line}
.framing,.stale,.notes{font-size:.9rem}
sup a,.notes a{color:inherit}
@media (prefers-color-scheme:dark){mark{background:#5c4a00}}
@media print{body{margin:0;max-width:none;font-size:11pt}
figure,li{break-inside:avoid}h2,h3{break-after:avoid}}
"""
_HEAD = (
    '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    '<meta name="referrer" content="no-referrer">'
)


def to_html(sheet: Sheet) -> str:
    """Write a sheet. Every text is escaped, and control characters are shown as escapes."""
    words, title = sheet.words, _text(" ".join(sheet.title.split()))
    body, number = "", 0
    for section in sheet.sections:
        body += _section(section, number, words)
        number += sum(kept.quote is not None for kept in section.kept)
    notes = "".join(_footnote(n, quote, words) for n, quote in enumerate(sheet.quotes, 1))
    if notes:
        body += f'<section class="notes"><h2>{_text(words.sources)}</h2><ol>{notes}</ol></section>'
    return (
        f'<!doctype html>\n<html lang="{html.escape(words.language)}"><head>{_HEAD}<title>{title}</title>'
        f'<style>{_STYLE}</style></head><body><h1 dir="auto">{title}</h1>'
        f'<p class="framing">{_text(words.framing)}</p>{body}</body></html>\n'
    )


def _section(section: Section, number: int, words: Words) -> str:
    level = section.level
    parts = [f'<h{level} dir="auto">{_text(section.heading)}</h{level}>'] if section.heading else []
    parts += [f'<p dir="auto">{_text(line)}</p>' for line in section.lines]
    for kept in section.kept:
        number += kept.quote is not None
        parts.append(_kept(kept, number, words, is_weak=section.is_weak))
    kind = ' class="weak"' if section.is_weak else ""
    return f"<section{kind}>{''.join(parts)}</section>"


def _kept(kept: Kept, number: int, words: Words, *, is_weak: bool) -> str:
    note = ""
    if kept.note.strip():
        note = f'<p class="note" dir="auto">{_text(words.note)}: {_text(kept.note.strip())}</p>'
    if kept.quote is None:
        return f'<p class="stale">{_text(why_not_shown(kept, words))}</p>{note}'
    text = _text(kept.quote.text) if is_weak else _marked(kept.quote)
    mark = f'<sup><a id="quote{number}" href="#source{number}">{number}</a></sup>'
    language = html.escape(kept.quote.language or "")
    quoted = f'<blockquote dir="auto" lang="{language}"><span class="text">{text}</span> {mark}</blockquote>'
    return f"<figure>{quoted}{note}</figure>"


def _marked(quote: Quote) -> str:
    marked = ""
    for is_highlight, group in groupby(marked_runs(quote), key=lambda run: run[1] > 0):
        text = "".join(f"<strong>{_text(run)}</strong>" if level == 2 else _text(run) for run, level in group)
        marked += f"<mark>{text}</mark>" if is_highlight else text
    return marked


def _footnote(number: int, quote: Quote, words: Words) -> str:
    text, url = footnote(quote, words)
    link = f' <a href="{html.escape(url)}" rel="noopener noreferrer">{_text(url)}</a>' if url else ""
    back = f'<a href="#quote{number}" aria-label="{number}">↩</a>'
    return f'<li id="source{number}" dir="auto">{_text(text)}{link} {back}</li>'


def _text(text: str) -> str:
    return html.escape(visible(text))
