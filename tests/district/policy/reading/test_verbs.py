import pytest

from hornbook.district.policy.models import Force, Holder
from hornbook.district.policy.reading.verbs import FORCES, HOLDERS, judge, judge_item


def test_the_words_are_those_of_the_models() -> None:
    assert set(Force.values) == FORCES
    assert set(Holder.values) == HOLDERS


@pytest.mark.parametrize(
    ("sentence", "force", "holder"),
    [
        ("Employees must log out.", "must", "employee"),
        ("Staff are required to report violations.", "must", "staff"),
        ("Teachers are responsible for their rooms.", "must", "staff"),
        ("Students must not share passwords.", "must_not", "student"),
        ("Bullying is prohibited at any hour.", "must_not", "everyone"),
        ("Private tunnels are not allowed.", "must_not", None),
        ("No one may lend an account.", "must_not", "everyone"),
        ("Students and staff shall name the source.", "shall", "everyone"),
        ("Users should be careful.", "should", "user"),
        ("Employees are expected to follow the law.", "should", "employee"),
        ("Employees should not share pictures.", "should_not", "employee"),
        ("Staff are encouraged to ask.", "encouraged", "staff"),
        ("Accepting invitations is discouraged.", "discouraged", None),
        ("Teachers may open a site.", "may", "staff"),
        ("Under no circumstances should employees share it.", "never", "employee"),
        ("Employees should NEVER give it away.", "never", "employee"),
        ("The District will NEVER ask for it.", "promise", "district"),
        ("The District can and will monitor the network.", "promise", "district"),
        ("The board shall review this policy.", "promise", "district"),
        ("The District uses filters.", "promise", "district"),
        ("The District may close an account.", "may", "district"),
        ("Platforms may be monitored by the district.", "may", "district"),
        ("District equipment must be handled with care.", "must", None),
        ("The District's logo must not be used.", "must_not", None),
        ("As used here, “user” includes anyone who may sign in.", "definition", "nobody"),
        ("The District does not guarantee its services.", "definition", "nobody"),
        ("They will be at risk.", None, None),
        ("Technology changes quickly.", None, None),
        ("The term ends on May 4.", None, None),
    ],
)
def test_the_operative_verb_gives_force_and_holder(
    sentence: str, force: str | None, holder: str | None
) -> None:
    judged = judge(sentence)
    assert (judged.force, judged.holder) == (force, holder)


@pytest.mark.parametrize(
    ("lead", "item", "force"),
    [
        ("Employees must:", "Use polite words.", "must"),
        ("Employees must:", "Not use the logo.", "must_not"),
        ("Employees must:", "Never share grades.", "never"),
        ("Employees should:", "Not wait.", "should_not"),
        ("Employees may:", "Ask for help.", "may"),
    ],
)
def test_a_list_item_takes_its_force_from_the_lead(lead: str, item: str, force: str) -> None:
    judged = judge_item(lead, item)
    assert (judged.force, judged.holder) == (force, "employee")


def test_an_item_under_a_lead_without_a_verb_speaks_for_itself() -> None:
    assert judge_item("For all students:", "They must log out.").force == "must"
