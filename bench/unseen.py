"""How well and how fast names in no list are scored: recall, false positives, microseconds.

Everything is measured on sources that the model was not trained on, without any name whose
second-level label it has seen (``tune_`` names gave its calibration and thresholds, ``test_``
names nothing). Beside it, on the same names: a keyword expression, the usual way, and a naive
Bayes over four octets, trained here on what the model was trained on.
"""

from __future__ import annotations

import argparse
import os
import re
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hornbook.scan.unseen import boundary_text, shipped
from training.unseen import BASE_RATE, sources, training_names, wires

KEYWORDS = re.compile(
    r"porn|sex|xxx|adult|fuck|nude|naked|hentai|milf|tits|boob|pussy|cock|dick|slut|whore|"
    r"escort|erotic|fetish|bdsm|camgirl|blowjob|orgy|anal|cum|lesbian|shemale|gangbang"
)
# Sites that help; names are facts, chosen by hand. A flag on one of them only asks for a look.
PROTECTED = {
    "LGBT+ support": """
        thetrevorproject.org glsen.org pflag.org itgetsbetter.org glaad.org hrc.org
        transequality.org lgbthotline.org gsanetwork.org translifeline.org outright.org
        genderspectrum.org lambdalegal.org stonewall.org.uk queerty.com advocate.com them.us
        gaystarnews.com lgbtqnation.com pinknews.co.uk outsports.com glbtq.com
        matthewshepard.org straightforequality.org campuspride.org
    """,
    "sex education and health": """
        scarleteen.com sexetc.org amaze.org plannedparenthood.org bedsider.org siecus.org
        advocatesforyouth.org itsyoursexlife.com stayteen.org sexeducationforum.org.uk brook.org.uk
        ashasexualhealth.org teensource.org goaskalice.columbia.edu youngwomenshealth.org
        kidshealth.org girlshealth.gov breastcancer.org nationalbreastcancer.org
        sexualhealthalliance.com
    """,
    "crisis and abuse": """
        rainn.org 988lifeline.org childhelp.org loveisrespect.org thehotline.org
        crisistextline.org stopbullying.gov missingkids.org nsvrc.org 1in6.org afsp.org
        darkness2light.org polarisproject.org
        humantraffickinghotline.org suicidepreventionlifeline.org
    """,
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lists", type=Path, help="the folder of domain lists")


def run(args: argparse.Namespace) -> dict[str, Any]:
    folder = args.lists or Path(os.environ.get("HORNBOOK_TEST_DATA", "../shared/data")) / "domains"
    if not folder.is_dir():
        return {"bench": "unseen", "bars": [_bar("lists", "not measured", "present", None)]}
    lists = sources(folder)
    tests = {key: names for key, names in lists.items() if "_" in key}
    scored = {key: score(names) for key, names in tests.items()}
    micros = speed(tests["test_curated"])
    return {
        "bench": "unseen",
        "bars": [_bar("processor µs a name, in batches", round(micros, 2), "≤ 20", micros <= 20)],
        "peers": {
            **recalls("hornbook", scored),
            **recalls("naive Bayes", bayes(lists, tests)),
            **keyword_recalls(tests),
            **reliability(scored["test_v2fly"], scored["test_curated"]),
            **protected_flags(),
        },
        "machine": {"model": shipped().version},
    }


def _bar(name: str, value: object, bar: str, ok: bool | None) -> dict[str, object]:
    return {"name": name, "value": value, "bar": bar, "ok": ok}


def score(names: list[str]) -> NDArray[np.float32]:
    batch = wires(names)
    return shipped().probability(batch.data, batch.length)


def speed(names: list[str], size: int = 512) -> float:
    """Processor µs a name in batches of ``size``, the median of five passes over 10,000."""
    batches = [wires(names[start : start + size]) for start in range(0, 10_000, size)]
    times = []
    for _ in range(5):
        begun = time.process_time()
        for batch in batches:
            shipped().probability(batch.data, batch.length)
        times.append(time.process_time() - begun)
    return float(np.median(times)) / sum(map(len, batches)) * 1e6


def recalls(who: str, scored: dict[str, NDArray[np.float32]]) -> dict[str, float]:
    """The share found of each adult source, where that share of the curated names is flagged."""
    other = np.concatenate([scored["tune_curated"], scored["test_curated"]])
    return {
        f"{who}: recall on {key[5:]} at {rate:.1%} false positives": round(
            float((scored[key] > np.quantile(other, 1 - rate)).mean()), 3
        )
        for key in ("test_v2fly", "tune_chadmayfield")
        for rate in (0.001, 0.01)
    }


def bayes(
    lists: dict[str, list[str]], tests: dict[str, list[str]]
) -> dict[str, NDArray[np.float32]]:
    """Log odds of a naive Bayes over hashed runs of four octets, add-one smoothed."""
    counts = [np.bincount(_fours(names)[0], minlength=1 << 20) for names in training_names(lists)]
    adult, top = (np.log((count + 1) / (count.sum() + (1 << 20))) for count in counts)
    odds = (adult - top).astype(np.float32)

    def score(names: list[str]) -> NDArray[np.float32]:
        index, name = _fours(names)
        size = np.bincount(name, minlength=len(names))
        return (np.bincount(name, odds[index], len(names)) / size).astype(np.float32)

    return {key: score(names) for key, names in tests.items()}


def _fours(names: list[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Hashed runs of four octets, and the name that each is of."""
    batch = wires(names)
    text, size = boundary_text(batch.data, batch.length)
    octets = text.astype(np.uint32)
    shifted = [octets[:, n : octets.shape[1] - 3 + n] << np.uint32(8 * n) for n in range(4)]
    four = np.bitwise_or.reduce(shifted)
    inside = np.arange(four.shape[1]) + 4 <= size[:, None]
    index = (four * np.uint32(2654435761)) >> np.uint32(12)
    return index[inside].astype(np.int64), np.nonzero(inside)[0]


def reliability(adult: NDArray[np.float32], other: NDArray[np.float32]) -> dict[str, str]:
    """Of the names said to be adult with some probability, how many are, at the base rate."""
    edges = np.array([0, 0.005, 0.02, 0.1, 0.3, 0.6, 0.9, 1.0001])
    weights = (BASE_RATE / len(adult), (1 - BASE_RATE) / len(other))
    pairs = list(zip((adult, other), weights, strict=True))
    mass = [np.histogram(score, edges)[0] * weight for score, weight in pairs]
    sums = [np.histogram(score, edges, weights=score)[0] * weight for score, weight in pairs]
    said = sums[0] + sums[1]
    whole = mass[0] + mass[1]
    told = {}
    for place, (low, high) in enumerate(pairwise(edges.tolist())):
        if whole[place]:
            is_so, share = mass[0][place] / whole[place], said[place] / whole[place]
            told[f"reliability {low:g} to {min(high, 1):g}"] = f"said {share:.3f}, are {is_so:.3f}"
    error = float(np.abs(mass[0] - said).sum())
    return told | {"expected calibration error": f"{error:.4f}"}


def keyword_recalls(tests: dict[str, list[str]]) -> dict[str, float]:
    return {
        f"keyword expression: share of {key[5:]} flagged": round(
            sum(bool(KEYWORDS.search(name)) for name in names) / len(names), 4
        )
        for key, names in tests.items()
    }


def protected_flags() -> dict[str, str]:
    """How many helping sites each threshold would send to a person's look."""
    found = {}
    for topic, words_of_topic in PROTECTED.items():
        names = words_of_topic.split()
        values = score(names)
        for rate, cut in shipped().thresholds.items():
            flagged = [n for n, v in zip(names, values, strict=True) if v > cut]
            words = f"{len(flagged)} of {len(names)} {' '.join(flagged)}".strip()
            found[f"{topic}: flagged at {float(rate):.1%}"] = words
    return found
