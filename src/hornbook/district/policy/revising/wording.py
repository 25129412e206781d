"""What a new wording says by itself: how strong it is, and for whom."""

from __future__ import annotations

from hornbook.district.policy.reading.sentences import split_sentences
from hornbook.district.policy.reading.verbs import Judged, judge, judge_item


def judged(lead: str, official: str) -> Judged:
    """The force and holder of the first sentence that has an operative verb."""
    found: list[Judged] = []
    for place, sentence in enumerate(split_sentences(official)):
        found.append(judge_item(lead, sentence) if lead and place == 0 else judge(sentence))
    return next((one for one in found if one.force), Judged(None, None))
