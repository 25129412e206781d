"""What a policy owner says about a policy beside its words."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from hornbook.district.people.models import Role
from hornbook.district.policy.languages import Translated, check_tag, read_translation
from hornbook.district.policy.models import Clause, Policy, Revision
from hornbook.district.policy.reading.blocks import PolicyRefused

MOST_OCTETS = 2_000_000


class DescribeForm(forms.Form):
    code = forms.CharField(
        label="The board's number", required=False, max_length=30, help_text="Such as: 605.2."
    )
    roles = forms.MultipleChoiceField(
        label="Whom it is for",
        required=False,
        choices=Role.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="Nothing chosen means everybody.",
    )

    def audience(self) -> dict[str, list[str]]:
        roles = self.cleaned_data["roles"]
        return {"roles": roles} if roles else {}


class LinkForm(forms.Form):
    """``clause`` leans on ``policy``, or on its clause ``target``."""

    clause = forms.ModelChoiceField(
        label="Which clause", queryset=Clause.objects.none(), to_field_name="key", empty_label=None
    )
    policy = forms.ModelChoiceField(
        label="Leans on which policy",
        queryset=Policy.objects.none(),
        to_field_name="key",
        empty_label=None,
    )
    target = forms.CharField(
        label="On which clause of it", required=False, max_length=20, help_text="Its key, if one."
    )
    words = forms.CharField(
        label="How", required=False, max_length=200, help_text="Such as: what follows stands in."
    )

    def __init__(self, policy: Policy, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["clause"].queryset = policy.clauses.all()  # type: ignore[attr-defined]
        others = Policy.objects.exclude(pk=policy.pk)
        self.fields["policy"].queryset = others  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or {}
        key, policy = typed.get("target"), typed.get("policy")
        typed["found"] = None
        if key and policy:
            typed["found"] = Clause.objects.filter(policy=policy, key__iexact=key).first()
            if typed["found"] is None:
                self.add_error("target", f"{policy} has no clause “{key}”")
        return typed


class TranslationForm(forms.Form):
    """A CSV file ``key,official,plain`` in another language."""

    lang = forms.CharField(
        label="Language", max_length=12, help_text="Its tag: es, fr, ar, mh, zh-Hant."
    )
    file = forms.FileField(
        label="Translation", help_text="A CSV file with the columns key, official and plain."
    )

    def __init__(self, revision: Revision, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self._revision = revision
        self.translated: dict[str, Translated] = {}

    def clean_lang(self) -> str:
        try:
            return check_tag(self.cleaned_data["lang"].strip())
        except PolicyRefused as error:
            raise forms.ValidationError(f"{error}.") from error

    def clean_file(self) -> UploadedFile[bytes]:
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > MOST_OCTETS:
            raise forms.ValidationError("The file is larger than 2 MB. Is it the right one?")
        with TemporaryDirectory() as folder:
            path = Path(folder) / "translation.csv"
            path.write_bytes(file.read())
            try:
                found = read_translation(path, self._revision.policy, self._revision)
            except PolicyRefused as error:
                raise forms.ValidationError(str(error).replace(f"{path}", "The file")) from error
        self.translated = found
        return file
