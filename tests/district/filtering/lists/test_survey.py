"""What a folder holds: lists with their files and categories, and what is left out and why."""

from __future__ import annotations

from pathlib import Path

import pytest

from hornbook.district.filtering.lists.survey import survey_file, survey_folder
from tests.district.filtering.lists.conftest import Write


def test_the_files_of_one_topic_are_one_list_in_both_layouts(write: Write, tmp_path: Path) -> None:
    for name in ("ut1/games.domains.gz", "ut1/games.urls.gz"):
        write(name, "a.example\n")
    for name in ("blacklists/adult/domains", "blacklists/adult/urls", "blacklists/adult/usage"):
        write(name, "a.example\n")
    lists = survey_folder(tmp_path).lists
    assert [(found.key, found.category) for found in lists] == [
        ("blacklists/adult", "adult"),
        ("ut1/games", "games"),
    ]
    assert [len(found.files) for found in lists] == [2, 2]
    assert all(found.licence == "CC BY-SA 4.0" for found in lists)


def test_a_list_has_the_same_key_however_it_is_reached(write: Write, tmp_path: Path) -> None:
    path = write("shadowwhisperer/2026-08-22/Gambling.domains.gz", "a.example\n")
    whole = survey_folder(tmp_path).lists[0].key
    part = survey_folder(tmp_path / "shadowwhisperer").lists[0].key
    alone = survey_file(path, None).lists[0].key
    assert whole == part == alone == "shadowwhisperer/gambling"


def test_of_two_versions_the_newer_is_taken(write: Write, tmp_path: Path) -> None:
    write("ads_2025-01-01.txt", "a.example\n")
    write("ads_2026-01-01.txt", "a.example\n")
    survey = survey_folder(tmp_path)
    assert [file.name for file in survey.lists[0].files] == ["ads_2026-01-01.txt"]
    assert "older version of ads_2026-01-01.txt" in survey.left_out[0].reason


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("psl/public_suffix_list.dat.gz", "Public Suffix List"),
        ("misp/vpn-ipv4_20260811.txt.gz", "warning lists"),
        ("ut1/dated/malware_2023-12-31.domains.gz", "older versions"),
        ("ut1_timeline/adult.tsv.gz", "timeline"),
        ("safesearch/safesearch.json", "search rewrites"),
        ("ut1/malware.expressions.gz", "regular expressions"),
        ("blacklists/adult/expressions", "regular expressions"),
        ("adult/REMOVE_from_list.txt", "let through"),
        ("ut1/sexual_education.domains.gz", "helps pupils"),
        ("shadowwhisperer/Wild_Ads.domains.gz", "once more"),
        ("README.md", "by its ending"),
    ],
)
def test_what_is_no_list_to_block_is_left_out_with_the_reason(
    write: Write, tmp_path: Path, name: str, reason: str
) -> None:
    write(name, "a.example\n")
    survey = survey_folder(tmp_path)
    assert survey.lists == []
    assert reason in survey.left_out[0].reason


def test_popular_names_are_found_inside_a_folder(write: Write, tmp_path: Path) -> None:
    path = write("top/top10k.txt", "a.example\n")
    assert survey_folder(tmp_path).popular == [path]


def test_a_chosen_category_is_given_to_every_list(write: Write, tmp_path: Path) -> None:
    write("unheard-of.txt", "a.example\n")
    write("games.txt", "a.example\n")
    lists = survey_folder(tmp_path, "adult").lists
    assert [found.category for found in lists] == ["adult", "adult"]
    assert survey_folder(tmp_path).lists[1].category is None


@pytest.mark.shared_data
def test_the_real_folders_are_sorted_into_lists_and_others(shared_data: Path) -> None:
    survey = survey_folder(shared_data / "domains")
    categories = {found.category for found in survey.lists}
    assert len(categories - {None}) == 16
    assert "misp" not in {found.key.partition("/")[0] for found in survey.lists}
    assert len(survey.popular) >= 2
