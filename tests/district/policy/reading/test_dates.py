from datetime import date

import pytest

from hornbook.district.policy.reading.dates import (
    Reading,
    effective_on,
    has_unread_date,
    is_date_line,
    read_revisions,
)


def on(*lines: str) -> list[list[tuple[str, str]]]:
    return [[(r.kind, r.on.isoformat()) for r in group] for group in read_revisions(lines)]


def test_two_dates_with_a_stroke_are_two_readings_of_one_revision() -> None:
    assert on("Adopted: April 19, 1999", "Revised: August 14, 2017/September 18, 2017") == [
        [("adopted", "1999-04-19")],
        [("revised", "2017-08-14"), ("revised", "2017-09-18")],
    ]


def test_the_last_reading_binds() -> None:
    readings = (Reading("revised", date(2017, 8, 14)), Reading("revised", date(2017, 9, 18)))
    assert effective_on(readings) == date(2017, 9, 18)


@pytest.mark.parametrize(
    "line",
    [
        "Revised: 9/18/2017",
        "Revised 2017-09-18",
        "Last Revised: Sept. 18, 2017",
        "Date revised: 18 September 2017",
        "AMENDED: September 18th, 2017",
        "Revised: September 18 2017",
        "Revised 09-18-17",
        "Date of Revision: 9/18/17",
        "Board Updated: 9/18/2017",
    ],
)
def test_dates_are_read_in_the_forms_that_boards_write(line: str) -> None:
    assert is_date_line(line)
    assert on(line) == [[("revised", "2017-09-18")]]


def test_a_comma_or_semicolon_begins_the_next_revision() -> None:
    assert on("Adopted: 4/19/1999; Revised: 1/13/2020, 10/12/2020") == [
        [("adopted", "1999-04-19")],
        [("revised", "2020-01-13")],
        [("revised", "2020-10-12")],
    ]


def test_one_line_with_all_dates_is_read_whole() -> None:
    line = "Approved: 10/14/96   Reviewed: 10/9/2020   Revised: 10/9/2023"
    assert is_date_line(line)
    assert on(line) == [[("adopted", "1996-10-14")], [("revised", "2023-10-09")]]


def test_a_line_that_was_never_filled_in_is_a_date_line_without_a_date() -> None:
    assert is_date_line("Approved 12/12/2016 Reviewed ____________ Revised ____________")
    assert on("Revised ____________") == []


def test_the_same_date_written_twice_is_one_revision() -> None:
    assert len(on("Revised: 1/13/2020", "Revised: January 13, 2020")) == 1


def test_a_review_without_change_is_no_revision() -> None:
    assert on("Reviewed: January 13, 2020") == []


@pytest.mark.parametrize(
    "sentence",
    [
        "Adopted students are welcome in every school of the district.",
        "Revised editions of books must be returned by May 4, 2020 to the library.",
        "The policy was adopted on April 19, 1999 and shall be reviewed every year.",
    ],
)
def test_a_sentence_that_mentions_a_date_is_no_date_line(sentence: str) -> None:
    assert not is_date_line(sentence)


def test_a_date_line_without_a_readable_date_is_told() -> None:
    assert has_unread_date("Revised: Fall 2017")
    assert not has_unread_date("Revised: 9/18/2017")


def test_a_day_that_no_calendar_has_is_refused() -> None:
    with pytest.raises(ValueError, match="February 30, 2020"):
        read_revisions(["Revised: February 30, 2020"])
