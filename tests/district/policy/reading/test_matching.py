from hornbook.district.policy.reading.matching import FormerClause, former_keys


def clause(key: str, official: str) -> FormerClause:
    return FormerClause(key, "Section", "", official, "must", "user", "")


FORMER = [
    clause("A-1", "Users must log out of accounts. Screens may be locked instead."),
    clause("A-2", "Users must not share passwords with anybody."),
    clause("A-3", "Staff should report damage to the office by the next day."),
]


def test_equal_sentences_keep_their_keys() -> None:
    sentences = [
        "Users must log out of accounts.",
        "Screens may be locked instead.",
        "Users must not share passwords with anybody.",
    ]
    assert former_keys(FORMER, sentences) == ["A-1", "A-1", "A-2"]


def test_a_reworded_sentence_is_known_in_its_place() -> None:
    reworded = "Staff must report damage to the school office by the next day."
    assert former_keys(FORMER, [reworded]) == ["A-3"]


def test_a_sentence_that_moved_is_found() -> None:
    moved = ["Staff should report damage to the office by the next day.", FORMER[0].official]
    assert former_keys(FORMER, moved)[0] == "A-3"


def test_a_new_sentence_has_no_former_key() -> None:
    assert former_keys(FORMER, ["Drones are welcome on the sports field."]) == [None]


def test_one_former_sentence_lends_its_key_to_one_rewording_only() -> None:
    two = [
        "Users must not share their passwords with anybody.",
        "Users must not share any passwords with anybody.",
    ]
    assert former_keys([FORMER[1]], two).count("A-2") == 1
