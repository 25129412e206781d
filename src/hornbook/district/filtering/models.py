"""Categories, imported lists, rules, profiles, publications and requests to be let through."""

from __future__ import annotations

from django.db import models

from hornbook.district.people.models import Person
from hornbook.district.policy.models import Clause, LegalBasis


class CategoryKind(models.TextChoices):
    TOPIC = "topic", "Topic"
    ALLOW = "allow", "Always allowed here"
    PROTECTED = "protected", "Protected set"
    PRIVATE = "private", "Never looked into"
    REWRITE = "rewrite", "Hosts answered otherwise"


class Category(models.Model):
    """A topic that names are listed under, with the clause and legal basis that concern it."""

    key = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    plain = models.CharField(max_length=300)
    kind = models.CharField(max_length=10, choices=CategoryKind, default=CategoryKind.TOPIC)
    clause = models.ForeignKey(Clause, models.PROTECT, related_name="categories")
    basis = models.CharField(max_length=20, choices=LegalBasis)

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name


class ListSource(models.Model):
    """Where a list comes from. One source feeds one category; its index is its ``id``."""

    key = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=200)
    category = models.ForeignKey(Category, models.PROTECT, related_name="sources")
    licence = models.CharField(max_length=100, blank=True)
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key


class ListState(models.TextChoices):
    CURRENT = "current", "In use"
    HELD = "held", "Held for review"
    REPLACED = "replaced", "Replaced"


class ListVersion(models.Model):
    """One import of a source. The names are in ``lists/<sha256>.names`` of the data folder."""

    source = models.ForeignKey(ListSource, models.CASCADE, related_name="versions")
    sha256 = models.CharField(max_length=64)
    names = models.PositiveIntegerField()
    urls = models.PositiveIntegerField(default=0)
    refused = models.JSONField(default=dict, help_text="reason: how many lines")
    state = models.CharField(max_length=10, choices=ListState)
    held_reason = models.CharField(max_length=300, blank=True)
    origin = models.CharField(max_length=300)
    imported_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-imported_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["source"],
                condition=models.Q(state="current"),
                name="one_current_version_a_source",
            )
        ]

    def __str__(self) -> str:
        return f"{self.source.key} {self.sha256[:12]}"


class HeldName(models.Model):
    """A listed name that is also very popular: held out of the catalogue until a person decides."""

    class Decision(models.TextChoices):
        PENDING = "pending", "Waiting"
        BLOCK = "block", "Listed rightly"
        DROP = "drop", "Listed wrongly"

    source = models.ForeignKey(ListSource, models.CASCADE, related_name="held_names")
    name = models.CharField(max_length=255)
    reason = models.CharField(max_length=200)
    decision = models.CharField(max_length=10, choices=Decision, default=Decision.PENDING)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["source", "name"], name="held_once_a_source")
        ]

    def __str__(self) -> str:
        return self.name


class PopularList(models.Model):
    """Names that very many people visit. They block nothing; see ``HeldName``.

    The names are in ``lists/<sha256>.names`` of the data folder, like those of a ListVersion.
    """

    key = models.CharField(max_length=120, unique=True)
    sha256 = models.CharField(max_length=64)
    names = models.PositiveIntegerField()
    origin = models.CharField(max_length=300)
    imported_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key


class LocalEntry(models.Model):
    """A name that the district itself lists, in its own words and under a clause."""

    name = models.CharField(max_length=255)
    category = models.ForeignKey(Category, models.PROTECT, related_name="local_entries")
    clause = models.ForeignKey(Clause, models.PROTECT)
    reason = models.CharField(max_length=300)
    ends_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "local entries"
        constraints = [
            models.UniqueConstraint(fields=["name", "category"], name="local_entry_once")
        ]

    def __str__(self) -> str:
        return self.name


class Profile(models.Model):
    """People for whom the same rules hold. The first profile whose audience fits is theirs.

    ``audience`` is ``{"roles": [...], "site_kinds": [...], "sites": [...],
    "min_age": n, "max_age": n}``; an absent key does not restrict; ``{}`` fits everyone.
    """

    key = models.SlugField(unique=True)
    name = models.CharField(max_length=100)
    order = models.PositiveIntegerField(unique=True)
    audience = models.JSONField(default=dict)

    class Meta:
        ordering = ["order"]

    def __str__(self) -> str:
        return self.name


class Action(models.TextChoices):
    ALLOW = "allow", "Allow"
    BLOCK = "block", "Block"
    WARN = "warn", "Warn"
    INSPECT = "inspect", "Look inside"
    REWRITE = "rewrite", "Rewrite"


class Answer(models.TextChoices):
    NOTICE = "notice", "The notice page"
    NXDOMAIN = "nxdomain", "No such name"


class Rule(models.Model):
    """Who, what, when: action, under which clause. Rules are read in order; the first fits.

    Locked rules (legal basis CIPA) are read before all others, whatever their order.
    ``windows`` is a list of ``{"days": [0..6], "from": "HH:MM", "to": "HH:MM"}`` in district
    time, Monday 0; empty means always. No profiles or no categories means all of them;
    a rule without categories also covers names that no list knows.
    """

    order = models.PositiveIntegerField(unique=True)
    key = models.SlugField(unique=True)
    name = models.CharField(max_length=150)
    action = models.CharField(max_length=10, choices=Action)
    answer = models.CharField(max_length=10, choices=Answer, default=Answer.NOTICE)
    categories = models.ManyToManyField(Category, blank=True, related_name="rules")
    profiles = models.ManyToManyField(Profile, blank=True, related_name="rules")
    windows = models.JSONField(default=list, blank=True)
    clause = models.ForeignKey(Clause, models.PROTECT, related_name="rules")
    basis = models.CharField(max_length=20, choices=LegalBasis)
    locked = models.BooleanField(default=False)
    override = models.CharField(max_length=20, blank=True, help_text="role that may override")
    minutes = models.PositiveSmallIntegerField(
        default=0, help_text="of a rule that warns: how long a reason is good for; 0: no warning"
    )
    known_only = models.BooleanField(
        default=True, help_text="of a rule that warns: nobody unknown may go on"
    )
    keeps_paths = models.BooleanField(
        default=False, help_text="of a rule that looks inside: the record keeps which page it was"
    )
    enabled = models.BooleanField(default=True)

    class Meta:
        ordering = ["-locked", "order"]

    def __str__(self) -> str:
        return self.name


class Publication(models.Model):
    """The three parts that nodes were given together, by content hash."""

    catalogue = models.CharField(max_length=64)
    rulebook = models.CharField(max_length=64)
    seating = models.CharField(max_length=64)
    names = models.PositiveIntegerField()
    warnings = models.JSONField(default=list)
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-published_at"]

    def __str__(self) -> str:
        return f"{self.catalogue[:8]}·{self.rulebook[:8]}·{self.seating[:8]}"


class Node(models.Model):
    """A machine that pulls its parts from here. Its token is shown once; only a digest is kept.

    ``report`` is what it told last about itself (``node/sync/report.py`` names the fields).
    """

    key = models.SlugField(unique=True)
    site = models.CharField(max_length=100, blank=True)
    token_sha256 = models.CharField(max_length=64, unique=True)
    added_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_seen = models.DateTimeField(null=True, blank=True)
    report = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["key"]

    def __str__(self) -> str:
        return self.key


class Ask(models.Model):
    """Somebody asks for a blocked name, from the notice page or from the console."""

    class State(models.TextChoices):
        OPEN = "open", "Waiting"
        GRANTED = "granted", "Granted"
        REFUSED = "refused", "Refused"

    receipt = models.CharField(max_length=40, unique=True)
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True)
    person_label = models.CharField(max_length=200)
    name = models.CharField(max_length=255)
    reason = models.TextField(blank=True)
    rule = models.CharField(max_length=60, blank=True)
    clause_version = models.CharField(max_length=30)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=300, blank=True, help_text="the reason, as told")

    class Meta:
        ordering = ["-asked_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_state_display()})"


class Reason(models.Model):
    """Somebody went on past a warning, and wrote why. ``until`` is when it closed again.

    ``site`` is the key of the school that they sat in, as their seat says.
    """

    receipt = models.CharField(max_length=40, unique=True)
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True)
    person_label = models.CharField(max_length=200)
    site = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=255)
    words = models.CharField(max_length=200)
    rule = models.CharField(max_length=60)
    clause_version = models.CharField(max_length=30)
    at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.rule})"


class UnlistedName(models.Model):
    """A name in no list that looks like an adult site, and what people made of it.

    It stays open until somebody lists it. ``score`` is P(adult) by the model ``scorer``;
    ``parts`` are ``[[letters, weight], …]``, what weighed most. Who asked is not kept here.
    """

    class State(models.TextChoices):
        OPEN = "open", "Waiting"
        LISTED = "listed", "Listed here"
        LEFT = "left", "Left open"
        KNOWN = "known", "In a list by now"

    name = models.CharField(max_length=255, unique=True)
    times = models.PositiveBigIntegerField()
    first_asked = models.DateTimeField()
    last_asked = models.DateTimeField()
    score = models.FloatField()
    scorer = models.CharField(max_length=40)
    parts = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    category = models.ForeignKey(Category, models.SET_NULL, null=True, blank=True)
    decided_by = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.CharField(max_length=300, blank=True, help_text="the reason")

    class Meta:
        ordering = ["-times", "-score", "name"]

    def __str__(self) -> str:
        return self.name


class UnlistedSweep(models.Model):
    """Up to when the record was searched for unlisted names; one row."""

    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"until {self.until:%Y-%m-%d %H:%M}"


from hornbook.district.filtering.order_models import (  # noqa: E402  (they point at models above)
    Lesson,
    Opening,
    Restriction,
    SchoolDay,
    SwitchOff,
)

__all__ = [
    "Action",
    "Answer",
    "Ask",
    "Category",
    "CategoryKind",
    "HeldName",
    "Lesson",
    "ListSource",
    "ListState",
    "ListVersion",
    "LocalEntry",
    "Node",
    "Opening",
    "PopularList",
    "Profile",
    "Publication",
    "Reason",
    "Restriction",
    "Rule",
    "SchoolDay",
    "SwitchOff",
    "UnlistedName",
    "UnlistedSweep",
]
