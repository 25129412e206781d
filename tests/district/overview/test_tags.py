"""The small pieces that templates share."""

from __future__ import annotations

from datetime import date

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory

from hornbook.district.overview.templatetags import hornbook as tags


@pytest.mark.parametrize(
    ("action", "word"), [("block", "Blocked"), ("allow", "Allowed"), ("warn", "Warned")]
)
def test_a_verdict_has_a_word_a_shape_and_a_colour(action: str, word: str) -> None:
    badge = tags.verdict_badge(action)
    assert word in badge
    assert f"tag-{action}" in badge
    assert 'aria-hidden="true"' in badge


def test_an_unknown_word_is_shown_as_it_is_and_escaped() -> None:
    assert "&lt;b&gt;" in tags.verdict_badge("<b>")
    assert "&lt;b&gt;" in tags.force_badge("<b>")
    assert "&lt;b&gt;" in tags.basis_badge("<b>")


def test_binding_words_look_stronger_than_definitions() -> None:
    assert "tag-strong" in tags.force_badge("must_not")
    assert "must not" in tags.force_badge("must_not")
    assert "tag-soft" in tags.force_badge("definition")


def test_a_clause_version_links_to_the_page_of_its_key() -> None:
    assert tags.clause_ref("PRO-1@2") == ('<a class="clause-key" href="/policy/PRO-1/">PRO-1@2</a>')
    assert tags.clause_ref("") == ""


@pytest.mark.parametrize("value", ["2025-06-09", date(2025, 6, 9)])
def test_a_day_reads_like_a_day(value: str | date) -> None:
    assert tags.day(value) == "9 June 2025"


def test_what_is_no_day_is_left_alone() -> None:
    assert tags.day("soon") == "soon"


@pytest.mark.parametrize(
    ("code", "said"), [("03", "3"), ("10", "10"), ("KG", "K"), ("PK", "Pre-K"), ("x", "x")]
)
def test_a_grade_reads_as_a_school_says_it(code: str, said: str) -> None:
    assert tags.grade(code) == said


class ReasonForm(forms.Form):
    reason = forms.CharField(
        help_text="One sentence.", widget=forms.TextInput(attrs={"placeholder": "x"})
    )
    sure = forms.BooleanField(required=False)


def render(form: forms.Form) -> str:
    template = Template('{% include "_form.html" with form=form submit="Ask" %}')
    return template.render(Context({"form": form}))


def test_a_form_labels_every_field_and_ties_the_help_to_it() -> None:
    page = render(ReasonForm())
    assert '<label class="form-label" for="id_reason">' in page
    assert 'aria-describedby="id_reason_helptext"' in page
    assert "placeholder" not in page
    assert 'class="form-check-input"' in page
    assert "error-summary" not in page


def test_a_failed_form_lists_its_errors_with_links_to_the_fields() -> None:
    page = render(ReasonForm({}))
    assert 'class="error-summary" role="alert" tabindex="-1" autofocus' in page
    assert '<a href="#id_reason">Reason: This field is required.</a>' in page
    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="id_reason_helptext id_reason_error"' in page


def test_turning_a_page_keeps_the_other_filters() -> None:
    request = RequestFactory().get("/people/?q=a+b&page=2")
    assert tags.page_link({"request": request}, 3) == "?q=a+b&page=3"
