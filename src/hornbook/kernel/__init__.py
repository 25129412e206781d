"""The judgement: arrays in, verdicts out. No input or output but memory-mapped parts, no clock."""
