from hornbook.record.commitments import Opening


def test_what_was_sealed_opens_and_nothing_else_does() -> None:
    kept = Opening.of({"name": "Stella Student", "n": [1, None]})
    assert kept.opens(kept.commitment)
    assert not Opening(kept.salt, "somebody else").opens(kept.commitment)
    assert not Opening(bytes(32), kept.value).opens(kept.commitment)


def test_the_same_value_is_sealed_differently_each_time() -> None:
    assert Opening.of("x").commitment != Opening.of("x").commitment
