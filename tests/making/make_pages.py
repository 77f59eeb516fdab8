# ruff: noqa: E501 - markup reads better unbroken
"""Write tests/pages: fifteen pages with the menus of real sites, each with the words of its main text.

Every piece of a page is marked as main text or not when it is written, so that
the expected words (NAME.txt) are known without an extractor.

    python tests/making/make_pages.py
"""

import html
import re
from pathlib import Path

HOME = Path(__file__).parent.parent / "pages"

MENU = """Home|About us|Our story|Careers|Press room|Contact|Store locator|Gift cards|Account|Basket (0)|
Departments|Garden|Kitchen|Workshop|Cellar|Attic|Nursery|Stable|Winter|Spring|Summer|Autumn""".replace(
    "\n", ""
).split("|")
RELATED = """Seven ways to prune a pear tree|What your compost says about you|The quiet return of the scythe|
Ask an expert: moss on slate roofs|Best wheelbarrows of the year|How we test garden gloves""".replace(
    "\n", ""
).split("|")
COOKIES = "We use cookies and similar technologies to personalise content and to measure how the site is used. You can accept all or choose."
LEGAL = "© 2024 Hedgerow Media Ltd. All rights reserved. Registered in Northshire, number 01234567."
SUBSCRIBE = "Sign up for our newsletter and get the best of the hedgerow every Friday. No spam, unsubscribe at any time."
PROMO = "Buy now and save 20% on our rain barrels. Offer ends Sunday."


def links(names: list[str], tag: str = "ul", attributes: str = "") -> str:
    inner = "".join(f'<li><a href="/{n.lower().replace(" ", "-")}">{n}</a></li>' for n in names)
    return f"<{tag} {attributes}>{inner}</{tag}>"


class Body:
    """The main text of a page: what is added is also recorded as expected."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def __call__(self, markup: str) -> str:
        text = re.sub(r"<(?:br|/p|/li|/td|/th|/h\d|/dt|/dd|/summary)[^>]*>", " ", markup)
        self.words.append(" ".join(html.unescape(re.sub(r"<[^>]+>", "", text)).split()))
        return markup


def prose(subject: str, verb: str, count: int, start: int = 0) -> str:
    """Write paragraphs of plain sentences about a subject, no two the same."""
    sentences = [
        f"{subject} {verb} in many old gardens, though few people still know why it was once thought so useful.",
        f"Where the soil is heavy, {subject.lower()} does not thrive unless sand is dug in before the first frost.",
        f"A warden in the valley kept notes on {subject.lower()} for thirty years and never found two seasons alike.",
        f"Some say that {subject.lower()} should be left alone in March, and others that March is the only month for it.",
        f"There is no need to water {subject.lower()} after a night of rain, but a dry wind in April asks for a full can.",
        f"Children were told not to touch {subject.lower()} with bare hands, because the sap may redden the skin.",
        f"In the records of the parish, {subject.lower()} appears beside the price of nails, rope and lamp oil.",
        f"Those who sell {subject.lower()} at the market say that its smell is strongest an hour before the storm.",
        f"By late summer the leaves of {subject.lower()} turn the colour of brass, and then they fall within a week.",
        f"It takes about five years before {subject.lower()} gives its first real crop, and ten before it pays its way.",
    ]
    chosen = [sentences[(start + i) % len(sentences)] for i in range(3 * count)]
    return "".join(f"<p>{' '.join(chosen[3 * i : 3 * i + 3])}</p>\n" for i in range(count))


def semantic(b: Body) -> str:
    return f"""<header><a href="/">Hedgerow</a><nav>{links(MENU)}</nav></header>
<main><article>{b("<h1>Comfrey in the kitchen garden</h1>")}{b(prose("Comfrey", "grows", 3))}{b("<h2>When to cut it</h2>")}
{b(prose("The comfrey bed", "rests", 2, 4))}</article></main>
<aside><h2>Related articles</h2>{links(RELATED)}</aside><footer>{links(MENU[:6])}<p>{LEGAL}</p></footer>"""


def soup(b: Body) -> str:
    return f"""<div id="wrap"><div class="topBar"><span><a href="/">Hedgerow</a></span>{links(MENU)}</div>
<div class="l1"><div class="l2"><div class="x9">{b("<h1>Tansy</h1>")}{b(prose("Tansy", "stands", 2))}<div class="y">{b(prose("The tansy row", "is found", 2, 5))}</div></div>
<div class="x7"><div><a href="/q">Seven ways to prune a pear tree</a></div><div><a href="/r">The quiet return of the scythe</a></div></div></div></div>
<div class="btm"><a href="/t">Terms</a> <a href="/p">Privacy</a> {LEGAL}</div></div>"""


def cookie_wall(b: Body) -> str:
    return f"""<div class="cookie-consent-modal" role="dialog"><h2>Your privacy</h2><p>{COOKIES}</p><button>Accept all</button></div>
<div class="page"><nav class="breadcrumbs"><a href="/">Home</a> › <a href="/garden">Garden</a> › Sorrel</nav>
<div class="content">{b("<h1>Sorrel</h1>")}{b(prose("Sorrel", "keeps", 4, 2))}</div></div>
<div class="gdpr-notice"><p>{COOKIES}</p></div>"""


def linked_list(b: Body) -> str:
    effects = ["Redness", "Itching", "Dry skin", "Swelling of the lip", "Headache", "Sneezing"]
    body = "".join(f'<li><a href="/{e}">{e}</a></li>' for e in effects)
    return f"""<header><nav>{links(MENU)}</nav></header><main>{b("<h1>Touching hogweed</h1>")}{b(prose("Hogweed", "waits", 2))}
{b("<h2>Side effects</h2>")}{b("<p>After touching the sap people report:</p>")}{b(f"<ul>{body}</ul>")}{b(prose("The hogweed bank", "lies", 1, 3))}</main>
<div class="related-links"><h3>You may also like</h3>{links(RELATED)}</div><footer>{LEGAL}</footer>"""


def ingredients(b: Body) -> str:
    items = [
        "two kilos of quince",
        "one litre of water",
        "eight hundred grams of sugar",
        "the peel of a lemon",
        "a vanilla pod",
    ]
    body = "".join(f"<li>{i}</li>" for i in items)
    steps = "".join(
        f"<li>{s}</li>"
        for s in (
            "Wash the quinces and do not peel them.",
            "Boil them until they are soft.",
            "Strain, add the sugar, and boil again.",
        )
    )
    return f"""<div class="masthead"><ul class="menu">{links(MENU)[3:]}</div><div class="recipe">{b("<h1>Quince jelly</h1>")}
{b(prose("Quince", "waits", 1))}{b("<h2>Ingredients</h2>")}{b(f"<ul>{body}</ul>")}{b("<h2>Method</h2>")}{b(f"<ol>{steps}</ol>")}</div>
<div class="ad-slot"><p>{PROMO}</p><a href="/buy">Shop now</a></div><div class="newsletter"><p>{SUBSCRIBE}</p></div><footer>{LEGAL}</footer>"""


def news(b: Body) -> str:
    cards = "".join(
        f'<article class="card"><h3><a href="/n">{r}</a></h3><p>Read the full story here.</p></article>'
        for r in RELATED
    )
    return f"""<header class="site-header"><div class="logo">The Valley Post</div><nav>{links(MENU)}</nav></header>
<main><article>{b("<h1>Flood gates to be raised by a metre</h1>")}{b(prose("The flood gate", "was built", 2, 6))}
<div class="share-buttons"><a href="#">Share</a><a href="#">Tweet</a><a href="#">Mail</a></div>{b(prose("The raised gate", "is needed", 2, 1))}
<div class="newsletter-signup"><p>{SUBSCRIBE}</p><form><input></form></div>{b(prose("The council", "met", 1, 8))}</article>
<section class="recommended"><h2>Recommended for you</h2>{cards}</section></main>
<footer>{links(MENU)}<p>{LEGAL}</p></footer>"""


def table_page(b: Body) -> str:
    rows = "".join(
        f"<tr><td>{n}</td><td>{w} weeks</td><td>{d} cm</td></tr>"
        for n, w, d in (("Kale", 9, 40), ("Leek", 16, 15), ("Chard", 8, 30))
    )
    return f"""<nav>{links(MENU)}</nav><main>{b("<h1>Sowing distances</h1>")}{b(prose("A sown row", "asks", 1))}
{b(f"<table><tr><th>Crop</th><th>Time to harvest</th><th>Distance</th></tr>{rows}</table>")}{b(prose("A thinned row", "gives", 1, 4))}</main>
<footer>{links(MENU[:5])}{LEGAL}</footer>"""


def layout_table(b: Body) -> str:
    menu = "<br>".join(f'<a href="/{m}">{m}</a>' for m in MENU)
    return f"""<table width="100%"><tr><td colspan="3"><a href="/">HEDGEROW ONLINE</a></td></tr><tr><td width="150">{menu}</td>
<td>{b("<h1>Lovage</h1>")}{b(prose("Lovage", "towers", 3, 3))}</td><td width="150"><a href="/ad1">Cheap rain barrels</a><br><a href="/ad2">Spades from 9.99</a></td></tr>
<tr><td colspan="3"><font size="1">{LEGAL}</font></td></tr></table>"""


def faq(b: Body) -> str:
    asked = [
        (
            "Can I move a grown yew?",
            "Yes, but not in summer. Dig a trench around it a year before, so that new roots form inside.",
        ),
        (
            "Is yew poisonous?",
            "Every part but the red flesh of the berry is poisonous, to cattle most of all.",
        ),
        ("How fast does it grow?", "It grows about twenty centimetres in a year and slower once it is old."),
    ]
    body = "".join(f"<details open><summary>{q}</summary><p>{a}</p></details>" for q, a in asked)
    return f"""<header><nav>{links(MENU)}</nav></header><main>{b("<h1>Questions about yew</h1>")}{b(prose("Yew", "lives", 1))}{b(body)}</main>
<aside class="sidebar"><h3>Popular</h3>{links(RELATED)}<p>{PROMO} <a href="/b">Order now</a></p></aside><footer>{LEGAL}</footer>"""


def wiki(b: Body) -> str:
    toc = links(["Name", "Use", "Harvest", "References"], "ul")
    return f"""<div id="mw-head">{links(["Read", "Edit", "View history", "Talk"])}</div><div id="content" class="mw-body">{b("<h1>Woad</h1>")}
<div id="toc" class="toc"><h2>Contents</h2>{toc}</div>{b(prose("Woad", "dyes", 2).replace("old gardens", '<a href="/g">old gardens</a>'))}
{b("<h2>Name</h2>")}{b(prose("The name woad", "appears", 1, 4))}{b("<h2>Harvest</h2>")}{b(prose("The woad harvest", "begins", 1, 7))}
<h2>See also</h2>{links(["Madder", "Weld", "Indigo"])}</div><div id="mw-navigation">{links(MENU, attributes='class="menu"')}</div>
<div id="footer"><p>This page was last edited on 3 March 2024. {LEGAL}</p></div>"""


def shop(b: Body) -> str:
    cards = "".join(
        f'<div class="product-card"><h4><a href="/p">{r}</a></h4><p>19.90</p><a href="/c">Add to cart</a></div>'
        for r in RELATED
    )
    return f"""<div class="announcement-banner">{PROMO}</div><header><nav class="mega-menu">{links(MENU)}{links(MENU)}</nav></header>
<main><div class="description">{b("<h1>Rain barrel, oak</h1>")}{b(prose("The oak barrel", "stands", 2, 4))}{b("<h2>What is in the box</h2>")}{b("<ul><li>One barrel of oak</li><li>One tap of brass</li><li>A lid that does not rust</li></ul>")}</div></main>
<section class="related-products"><h3>Customers also bought</h3>{cards}</section><footer>{links(MENU)}{LEGAL}</footer>"""


def definitions(b: Body) -> str:
    terms = "<dl><dt>Scion</dt><dd>The shoot that is set on another root.</dd><dt>Stock</dt><dd>The root that carries it.</dd><dt>Union</dt><dd>The place where both have grown together.</dd></dl>"
    return f"""<nav>{links(MENU)}</nav><div role="main">{b("<h1>Words of the grafter</h1>")}{b(prose("Grafting", "is done", 2, 1))}{b(terms)}</div>
<div role="complementary"><h2>Trending now</h2>{links(RELATED)}</div><div role="contentinfo">{LEGAL}</div>"""


def comments(b: Body) -> str:
    said = "".join(
        f"<div class='comment'><b>reader{i}</b><p>Lovely piece, I did the same in my own garden last year.</p></div>"
        for i in range(4)
    )
    return f"""<header><nav>{links(MENU)}</nav></header><article>{b("<h1>A year with hens</h1>")}{b(prose("A hen", "scratches", 4))}</article>
<section id="comments" class="comments"><h2>4 comments</h2>{said}<form><label>Your comment</label><textarea></textarea></form></section>
<div class="social-links">{links(["Facebook", "Instagram", "Pinterest"])}</div><footer>{LEGAL}</footer>"""


def app(b: Body) -> str:
    return f"""<div id="root"><div class="AppShell"><div class="NavBar"><ul>{links(MENU)[4:-5]}</ul></div><div class="MainPane"><div class="ArticleView">
{b("<h1>Keeping bees on a roof</h1>")}{b(prose("A roof hive", "needs", 3, 2))}{b("<h3>Winter</h3>")}{b(prose("The winter cluster", "hums", 1, 8))}</div>
<div class="RelatedRail">{links(RELATED)}</div></div><div class="CookieBar">{COOKIES}</div><div class="FooterBar">{LEGAL}</div></div></div>
<script>window.__STATE__ = {{"menu": ["Home", "About us"]}}</script><noscript>Please enable JavaScript to read this page.</noscript>"""


def leaflet(b: Body) -> str:
    return f"""<a class="skip-link" href="#main">Skip to content</a><header role="banner">{links(MENU)}</header>
<div class="two-col"><div class="left-nav">{links(["What it is", "Before you use it", "How to use it", "Possible side effects", "Storage"])}</div>
<div id="main">{b("<h1>Marigold salve</h1>")}{b("<h2>What it is</h2>")}{b(prose("Marigold salve", "is kept", 1))}{b("<h2>How to use it</h2>")}
{b("<p>Rub a thin layer into the skin twice a day. Do not use it on broken skin.</p>")}{b("<h2>Possible side effects</h2>")}
{b("<ul><li>burning, in 4 of 100 people</li><li>a rash, in 1 of 100 people</li></ul>")}{b("<h2>Storage</h2>")}{b("<p>Keep it below 25 degrees and out of reach of children.</p>")}
<p><a href="#top">Back to top</a></p></div></div><div class="disclaimer-bar footer"><p>{LEGAL}</p></div>"""


MAKERS = (semantic, soup, cookie_wall, linked_list, ingredients, news, table_page, layout_table, faq, wiki, shop,
          definitions, comments, app, leaflet)  # fmt: skip


def main() -> None:
    HOME.mkdir(exist_ok=True)
    for number, make in enumerate(MAKERS, 1):
        body = Body()
        inner = make(body)
        name = f"{number:02}-{make.__name__.replace('_', '-')}"
        head = (
            f'<meta charset="utf-8"><title>{body.words[0]} - Hedgerow</title><style>nav{{float:left}}</style>'
        )
        page = f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>{inner}</body></html>\n'
        (HOME / f"{name}.html").write_text(page, "utf-8")
        (HOME / f"{name}.txt").write_text("\n".join(body.words) + "\n", "utf-8")
    print(f"{len(MAKERS)} pages")


if __name__ == "__main__":
    main()
