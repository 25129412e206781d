import re
from datetime import UTC, datetime, timedelta

from hornbook.district.activity.chart import HEIGHT, draw
from hornbook.district.activity.reading import PERIODS, Step

NOON = datetime(2026, 10, 5, 17, 0, tzinfo=UTC)  # 12:00 in the district


def steps(*pairs: tuple[int, int]) -> list[Step]:
    return [
        Step(NOON + timedelta(minutes=number), blocked, other)
        for number, (other, blocked) in enumerate(pairs)
    ]


def test_each_bar_says_its_numbers_in_words() -> None:
    svg = draw(steps((12, 3), (0, 0), (5, 0)), "3 of 20", "%H:%M").svg
    assert "<title>12:00: 12 let through, 3 blocked</title>" in svg
    assert svg.count("<rect") == 3
    assert 'aria-label="3 of 20"' in svg


def test_both_sides_have_one_scale_and_stay_inside() -> None:
    svg = draw(steps((300, 100)), "", "%H:%M").svg
    up, down = (float(found) for found in re.findall(r' height="([\d.]+)"', svg))
    assert abs(up - 3 * down) < 0.5
    assert up + down <= HEIGHT


def test_one_blocked_among_thousands_is_still_seen() -> None:
    svg = draw(steps((100_000, 1)), "", "%H:%M").svg
    assert min(float(found) for found in re.findall(r' height="([\d.]+)"', svg)) >= 3


def test_nothing_is_drawn_from_words_without_escaping() -> None:
    assert "<script" not in draw(steps((1, 1)), "<script>", "%H:%M").svg


def test_a_period_has_whole_steps_up_to_now() -> None:
    now = datetime(2026, 10, 5, 12, 34, 56, tzinfo=UTC)
    for period in PERIODS:
        since, until = period.bounds(now)
        assert until == now
        assert since.timestamp() % period.width == 0
        assert 0 <= period.span.total_seconds() - (until - since).total_seconds() < period.width
