"""trigger-time."""

from __future__ import annotations

import pytest

from queryscope.model import Plan
from queryscope.model import TriggerTime as Trigger
from queryscope.rules.plan import TriggerTime
from tests.plans.corpus import case
from tests.plans.nodes import SHOP, analyzed, firing_in_corpus, insights_of, plan_of

CASCADE = Trigger(
    trigger_name="RI_ConstraintTrigger_a_16544",
    constraint_name="line_invoice_id_8c2b_fk_invoice_id",
    relation="invoice",
    time_ms=40,
    calls=3,
)
CHECK = Trigger(trigger_name="RI_ConstraintTrigger_c_16546", relation="line", time_ms=60, calls=20_000)
OWN = Trigger(trigger_name="draft_slow", relation="line", time_ms=30, calls=1_000)


def write(*triggers: Trigger, whole: float = 50) -> Plan:
    root = analyzed("ModifyTable", ms=5, operation="Delete", relation_name="invoice")
    spent = sum(trigger.time_ms for trigger in triggers)
    return plan_of(root, execution_time_ms=whole, triggers=triggers, trigger_ms=spent)


def test_it_tells_which_trigger_ran_how_often():
    [insight] = insights_of(TriggerTime(), write(CASCADE))
    assert insight.message == (
        "Trigger line_invoice_id_8c2b_fk_invoice_id on invoice ran 3 times: 40.0 ms, 80 % of the query."
    )
    assert insight.severity == "warning"


def test_a_key_that_refers_wants_an_index():
    [insight] = insights_of(TriggerTime(), write(CASCADE))
    assert insight.remedy.startswith("Index the column that refers to it, if it has no index")
    [insight] = insights_of(TriggerTime(), write(CASCADE), models=SHOP)
    assert insight.remedy.startswith("Index Line.bill, which refers to it, if it has no index")


def test_a_trigger_of_one_s_own_wants_to_run_once():
    [insight] = insights_of(TriggerTime(), write(OWN))
    assert insight.message == "Trigger draft_slow on line ran 1 000 times: 30.0 ms, 60 % of the query."
    assert insight.remedy == (
        "Do its work in the program, or, if it runs AFTER the rows are written, once a statement "
        "(FOR EACH STATEMENT, transition tables)."
    )


def test_the_worst_speaks_for_all():
    [insight] = insights_of(TriggerTime(), write(OWN, CASCADE, whole=100))
    assert "on invoice ran 3 times: 40.0 ms of 70.0 ms in triggers, 70 % of the query." in insight.message


def test_to_look_up_what_a_row_refers_to_is_what_a_foreign_key_costs():
    assert not insights_of(TriggerTime(), write(CHECK, whole=100))
    assert not insights_of(TriggerTime(), write(CHECK, CASCADE, whole=500))


def test_at_the_threshold():
    assert insights_of(TriggerTime(), write(CASCADE, whole=200))
    assert not insights_of(TriggerTime(), write(CASCADE, whole=201))
    assert not insights_of(TriggerTime(min_share=0.9), write(CASCADE))


def test_little_time_or_none_is_nothing():
    fast = Trigger(trigger_name="quick", time_ms=0.9, calls=1)
    assert not insights_of(TriggerTime(), write(fast, whole=1))
    assert not insights_of(TriggerTime(), write())


@pytest.mark.parametrize("server", ["pg15", "pg18"])
def test_it_fires_on_a_real_cascade(server: str):
    [insight] = insights_of(TriggerTime(), case(f"{server}/trigger_time").plan, models=SHOP)
    assert insight.remedy.startswith("Index Line.bill")


def test_it_is_silent_on_cheap_ones():
    assert firing_in_corpus(TriggerTime()) == {"trigger_time", "trigger_before"}
