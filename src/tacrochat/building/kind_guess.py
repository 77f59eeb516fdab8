"""Guess the kind of a document (trial, guideline, …) and say why, unless its author gives one.

The rules look at titles, addresses and the usual phrases of each kind, never at
a subject. If none of them applies, the kind is unknown.
"""

import re
from collections.abc import Sequence

from tacrochat.types import Kind

_TITLES: Sequence[tuple[Kind, str]] = (
    (
        "review",
        r"systematic review|meta-?analys[ie]s|(?:literature|narrative|scoping) review|: a review\b",
    ),
    (
        "case series",
        r"case (?:series|reports?)\b|series of (?:\d+|two|three|four|five|six) (?:cases|patients)",
    ),
    (
        "trial",
        r"randomi[sz]ed|double-?blind|placebo-?controlled|(?:clinical|controlled) trial|open-label"
        r"|phase (?:[1-4]|i{1,3}v?) ",
    ),
    (
        "guideline",
        r"\bguidelines?\b|consensus statement|position statement|clinical practice recommendations",
    ),
    (
        "patient leaflet",
        r"(?:patient|package) (?:information )?leaflet|medication guide|information for the (?:user|patient)"
        r"|patient (?:information sheet|package insert)",
    ),
    (
        "prescribing information",
        r"prescribing information|summary of product characteristics|package insert|product monograph",
    ),
)
_ADDRESSES: Sequence[tuple[Kind, str]] = (
    ("trial", r"clinicaltrials\.gov|isrctn\.com|clinicaltrialsregister\.eu|/clinical-?trials?/"),
    ("prescribing information", r"dailymed|/spc/|/smpc|/label(?:ling)?/|accessdata\.fda\.gov"),
    ("guideline", r"/guidance/|/guidelines?/"),
    ("promotion", r"/(?:shop|store|product|products|cart|offers?)/"),
)
# Kind, how many different phrases it takes, and the phrases.
_PHRASES: Sequence[tuple[Kind, int, Sequence[str]]] = (
    (
        "patient leaflet",
        2,
        (
            "read all of this leaflet",
            "what is in this leaflet",
            "keep this leaflet",
            "not listed in this leaflet",
            "contents of the pack",
            "if you forget to take",
            "if you forget to use",
        ),
    ),
    (
        "prescribing information",
        4,
        (
            "indications and usage",
            "dosage and administration",
            "contraindications",
            "adverse reactions",
            "warnings and precautions",
            "how supplied",
            "clinical pharmacology",
            "posology and method of administration",
            "undesirable effects",
            "special warnings and precautions for use",
            "pharmaceutical form",
            "marketing authorisation holder",
        ),
    ),
    (
        "trial",
        3,
        (
            "were randomised",
            "were randomized",
            "randomly assigned",
            "placebo",
            "double-blind",
            "primary outcome",
            "primary endpoint",
            "primary end point",
            "intention-to-treat",
            "intention to treat",
            "lost to follow-up",
        ),
    ),
    (
        "case series",
        2,
        (
            "this case series",
            "this case report",
            "case presentation",
            "we report a case",
            "we report two cases",
            "we report three cases",
            "we present a case",
            "we describe a case",
        ),
    ),
    (
        "promotion",
        2,
        (
            "buy now",
            "order now",
            "add to cart",
            "free shipping",
            "limited time offer",
            "money-back guarantee",
            "discount code",
            "best price",
            "shop now",
        ),
    ),
    (
        "consumer page",
        2,
        (
            "talk to your doctor",
            "ask your doctor",
            "tell your doctor",
            "see your doctor",
            "call your doctor",
            "your healthcare provider",
            "ask your pharmacist",
            "talk to your pharmacist",
            "medically reviewed by",
            "what you need to know",
            "not a substitute for professional medical advice",
        ),
    ),
)
_SAMPLE = 60_000


def guess(title: str, url: str | None, text: str) -> tuple[Kind, str]:
    """Return a kind and the reason for it; ``unknown`` if no rule applies."""
    for kind, pattern in _TITLES:
        match = re.search(pattern, f"{title} ", re.IGNORECASE)
        if match:
            return kind, f"its title says “{match.group().strip(' :')}”"
    for kind, pattern in _ADDRESSES:
        match = re.search(pattern, url or "", re.IGNORECASE)
        if match:
            return kind, f"its address holds “{match.group()}”"
    sample = " ".join(text[:_SAMPLE].lower().replace("’", "'").split())
    for kind, min_phrases, phrases in _PHRASES:
        matching = [phrase for phrase in phrases if phrase in sample]
        if len(matching) >= min_phrases:
            return kind, "it says " + ", ".join(f"“{phrase}”" for phrase in matching[:4])
    return "unknown", "neither title, address nor wording tells"
