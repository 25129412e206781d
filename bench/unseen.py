"""How well and how fast names in no list are scored: recall, false positives, microseconds.

Everything is measured on sources that the model was not trained on, without any name whose
second-level label it has seen; beside it a keyword expression, the usual way.
"""

from __future__ import annotations

import argparse
import os
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hornbook.scan.unseen import shipped
from training.unseen import sources, wires

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
    tests = {key: names for key, names in lists.items() if key.startswith("test_")}
    scored = {key: score(names) for key, names in tests.items()}
    micros = speed(tests["test_curated"])
    return {
        "bench": "unseen",
        "bars": [_bar("microseconds a name, in batches", round(micros, 2), "≤ 20", micros <= 20)],
        "peers": {**recalls(scored), **keyword_recalls(tests), **protected_flags()},
        "machine": {"model": shipped().version},
    }


def _bar(name: str, value: object, bar: str, ok: bool | None) -> dict[str, object]:
    return {"name": name, "value": value, "bar": bar, "ok": ok}


def score(names: list[str]) -> NDArray[np.float32]:
    batch = wires(names)
    return shipped().probability(batch.data, batch.length)


def speed(names: list[str], size: int = 512) -> float:
    """Microseconds a name in batches of ``size``, the median of five passes over 10,000."""
    batches = [wires(names[start : start + size]) for start in range(0, 10_000, size)]
    times = []
    for _ in range(5):
        begun = time.perf_counter()
        for batch in batches:
            shipped().probability(batch.data, batch.length)
        times.append(time.perf_counter() - begun)
    return float(np.median(times)) / sum(map(len, batches)) * 1e6


def recalls(scored: dict[str, NDArray[np.float32]]) -> dict[str, float]:
    other = scored["test_curated"]
    return {
        f"recall on {key[5:]} at {rate:.1%} false positives": round(
            float((scored[key] > np.quantile(other, 1 - rate)).mean()), 3
        )
        for key in ("test_v2fly", "test_chadmayfield")
        for rate in (0.001, 0.01)
    }


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
