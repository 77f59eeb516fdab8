"""How sure an answer is, in words; what that means is shown on focus, tap and hover, figures are in "why"."""

from tacrochat.answering.answer import Answer
from tacrochat.ranking.zones import Zone, right_of_ten
from tacrochat.ui.chat.shown import Shown

LEVELS = ((0.8, "high"), (0.6, "good"), (0.4, "fair"), (0.0, "low"))
"""The least confidence of each level, from the highest."""


def certainty(answer: Answer, shown: Shown) -> str:
    """Return the words, as a button: a tap focuses it, and with that its explanation is shown."""
    level = next(name for threshold, name in LEVELS if answer.confidence >= threshold)
    zone: Zone = "uncertain" if answer.status == "uncertain" else "answered"
    means = shown.text("sure_means", count=right_of_ten(zone))
    words = shown.text(f"sure_{level}")
    return (
        f'<button type="button" class="tc-confidence" data-level="{level}"><span>{words}</span>'
        f'<span class="tc-means" role="tooltip">{means}</span></button>'
    )
