"""The gates as the database holds them (PL/pgSQL), whatever the code above it does.

The table of moves in ``process/table.py`` says the same in Python, with words for people; a test
holds the two together.
"""

from __future__ import annotations

STEPS = [
    ("triage", "notice"),
    ("triage", "closed"),
    ("notice", "answer"),
    ("notice", "closed"),
    ("answer", "finding"),
    ("answer", "notice"),
    ("finding", "decision"),
    ("finding", "notice"),
    ("finding", "closed"),
    ("decision", "consequence"),
    ("decision", "notice"),
    ("consequence", "appeal"),
    ("consequence", "closed"),
    ("appeal", "decision"),
    ("appeal", "closed"),
    ("closed", "triage"),
]

CASE_GATES = """
IF NEW.stage = 'notice' THEN
  IF NEW.round <> OLD.round + 1 THEN
    RAISE EXCEPTION 'case %: each notice begins a new round', NEW.number;
  END IF;
  IF NEW.subject_id IS NULL OR NOT EXISTS (
      SELECT 1 FROM conduct_allegation WHERE case_id = NEW.id AND withdrawn_at IS NULL) THEN
    RAISE EXCEPTION 'case %: no notice without a subject and an allegation', NEW.number;
  END IF;
ELSIF NEW.round <> OLD.round THEN
  RAISE EXCEPTION 'case %: a round begins with a notice', NEW.number;
END IF;
IF NEW.stage IN ('answer', 'finding', 'decision', 'consequence', 'appeal') AND NOT EXISTS (
    SELECT 1 FROM conduct_notice WHERE case_id = NEW.id AND round = NEW.round) THEN
  RAISE EXCEPTION 'case %: nobody gave notice (Iowa Code 22.15)', NEW.number;
END IF;
IF NEW.stage IN ('answer', 'finding', 'decision', 'consequence') AND EXISTS (
    SELECT 1 FROM conduct_allegation a WHERE a.case_id = NEW.id AND a.withdrawn_at IS NULL
      AND a.at > (SELECT max(n.at) FROM conduct_notice n WHERE n.case_id = NEW.id)) THEN
  RAISE EXCEPTION 'case %: an allegation is newer than the notice', NEW.number;
END IF;
IF NEW.stage IN ('finding', 'decision', 'consequence', 'appeal') AND NOT EXISTS (
    SELECT 1 FROM conduct_answer WHERE case_id = NEW.id AND round = NEW.round) AND NOT EXISTS (
    SELECT 1 FROM conduct_notice
    WHERE case_id = NEW.id AND round = NEW.round AND closes_at <= now()) THEN
  RAISE EXCEPTION 'case %: the time to answer is not over', NEW.number;
END IF;
IF NEW.stage IN ('decision', 'consequence', 'appeal') AND EXISTS (
    SELECT 1 FROM conduct_allegation a WHERE a.case_id = NEW.id AND a.withdrawn_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM conduct_finding f
                      WHERE f.allegation_id = a.id AND f.round = NEW.round)) THEN
  RAISE EXCEPTION 'case %: an allegation has no finding', NEW.number;
END IF;
IF NEW.stage = 'consequence' AND NOT EXISTS (
    SELECT 1 FROM conduct_decision d WHERE d.case_id = NEW.id AND d.round = NEW.round
      AND NOT EXISTS (SELECT 1 FROM conduct_appeal p
                      WHERE p.decision_id = d.id AND p.heard_at IS NOT NULL)) THEN
  RAISE EXCEPTION 'case %: nothing is decided', NEW.number;
END IF;
IF NEW.stage = 'appeal' AND NOT EXISTS (
    SELECT 1 FROM conduct_appeal p JOIN conduct_decision d ON d.id = p.decision_id
    WHERE d.case_id = NEW.id AND p.heard_at IS NULL) THEN
  RAISE EXCEPTION 'case %: nobody appealed', NEW.number;
END IF;
RETURN NEW;
"""

SUBJECT_GATE = """
IF OLD.subject_id IS NOT NULL AND OLD.round > 0 THEN
  RAISE EXCEPTION 'case %: whom a notice named stays the subject', NEW.number;
END IF;
IF EXISTS (SELECT 1 FROM conduct_seat s WHERE s.case_id = NEW.id
    AND s.person_id = NEW.subject_id AND s.ended_at IS NULL) THEN
  RAISE EXCEPTION 'case %: the subject still has a seat', NEW.number;
END IF;
RETURN NEW;
"""

SEAT_GATE = """
IF EXISTS (SELECT 1 FROM conduct_case c
    WHERE c.id = NEW.case_id AND c.subject_id = NEW.person_id) THEN
  RAISE EXCEPTION 'nobody sits in their own case';
END IF;
RETURN NEW;
"""

ALLEGATION_IN_FORCE = """
IF NOT EXISTS (SELECT 1 FROM policy_clausetext t WHERE t.id = NEW.clause_text_id
    AND t.lang = 'en' AND t.valid_from <= NEW.conduct_on
    AND (t.valid_to IS NULL OR t.valid_to > NEW.conduct_on)) THEN
  RAISE EXCEPTION 'this wording was not in force on %', NEW.conduct_on;
END IF;
RETURN NEW;
"""

CONSEQUENCE_GATE = """
IF NOT EXISTS (
    SELECT 1 FROM conduct_decision d
    JOIN conduct_notice n ON n.case_id = d.case_id AND n.round = d.round
    WHERE d.id = NEW.decision_id) THEN
  RAISE EXCEPTION 'no consequence without a decision and a notice before it';
END IF;
RETURN NEW;
"""
