"""What readings must obey, and the likeliest texts that do."""

from .repair import Outcome, Repair, repair
from .rules import Linked, Range, Rising, Step, rule_from_json, rule_id

__all__ = ["Linked", "Outcome", "Range", "Repair", "Rising", "Step", "repair", "rule_from_json", "rule_id"]
