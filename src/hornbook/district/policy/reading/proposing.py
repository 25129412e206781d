"""Cut units into clauses by their operative verbs, and name them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hornbook.district.policy.reading.draft import ClauseDraft, Cut, Part
from hornbook.district.policy.reading.keys import KeyMaker
from hornbook.district.policy.reading.layout import Unit, runs
from hornbook.district.policy.reading.matching import FormerClause, former_keys
from hornbook.district.policy.reading.sentences import split_sentences
from hornbook.district.policy.reading.verbs import Judged, judge, judge_item


@dataclass
class _Sentence:
    unit: Unit
    text: str
    judged: Judged
    begins: bool
    hint: str | None = None


def cut_by_verbs(units: Sequence[Unit], former: Sequence[FormerClause] = ()) -> list[Cut]:
    """A sentence with an operative verb begins a clause; one that explains joins its neighbour.

    Sentences of one former clause stay together, so that its key keeps its meaning.
    """
    runs_of_sentences = [[s for unit in run for s in _sentences(unit)] for run in runs(units)]
    flat = [sentence for run in runs_of_sentences for sentence in run]
    if former:
        keys = former_keys(former, [sentence.text for sentence in flat])
        for sentence, key in zip(flat, keys, strict=True):
            sentence.hint = key
    return [cut for run in runs_of_sentences for cut in _cuts(run)]


def _sentences(unit: Unit) -> list[_Sentence]:
    texts = split_sentences(unit.text)
    judged = [judge(text) for text in texts]
    if unit.lead and judged:
        judged[0] = judge_item(unit.lead, texts[0])
    return [
        _Sentence(unit, text, what, index == 0)
        for index, (text, what) in enumerate(zip(texts, judged, strict=True))
    ]


def _cuts(run: Iterable[_Sentence]) -> list[Cut]:
    cuts: list[Cut] = []
    for sentence in run:
        if not cuts or not _joins(cuts[-1], sentence):
            cuts.append(Cut(hint=sentence.hint, holder=_carried(cuts, sentence)))
        cut = cuts[-1]
        cut.parts.append(Part(sentence.unit, sentence.text, sentence.begins))
        cut.hint = cut.hint or sentence.hint
        if cut.force is None:
            cut.force = sentence.judged.force
            cut.holder = sentence.judged.holder or cut.holder
    return cuts


def _carried(cuts: Sequence[Cut], sentence: _Sentence) -> str | None:
    """“This may include …” speaks of whoever the sentence before it binds."""
    points_back = sentence.text.startswith(("This ", "These ", "Such ", "It ", "They "))
    if cuts and points_back and cuts[-1].parts[-1].unit is sentence.unit:
        return cuts[-1].holder
    return None


def _joins(cut: Cut, sentence: _Sentence) -> bool:
    if cut.hint and sentence.hint:
        return cut.hint == sentence.hint
    if cut.parts[-1].unit is not sentence.unit:
        return False
    return sentence.judged.force is None or (cut.force is None and cut.hint is None)


def name(
    cuts: Sequence[Cut], keys: KeyMaker, former: Sequence[FormerClause] = ()
) -> list[ClauseDraft]:
    """Give each cut its former key or a new one; an unchanged wording keeps all that was said."""
    by_key = {clause.key: clause for clause in former}
    used: set[str] = set()
    named = []
    for cut in cuts:
        before = by_key.get(cut.hint or "") if cut.hint not in used else None
        key = before.key if before else keys.next(cut.first.section)
        used.add(key)
        named.append(_clause(key, cut, before))
    return named


def _clause(key: str, cut: Cut, before: FormerClause | None) -> ClauseDraft:
    if before and (before.official, before.lead) == (cut.official, cut.lead):
        force, holder, plain = before.force, before.holder, before.plain
    else:
        force = cut.force or (before.force if before else "definition")
        holder = cut.holder or (before.holder if before else _nobody_named(force))
        plain = ""
    return ClauseDraft(key, cut.first.section, cut.lead, cut.official, force, holder, plain)


def _nobody_named(force: str) -> str:
    return "nobody" if force == "definition" else "everyone"
