"""The whole table: importing this module has entered every rule."""

from qleap_edge.verification.device_placement import half_precision_rules, loader_rules, operation_rules, shape_rules
from qleap_edge.verification.device_placement.rule import RULES

FAMILIES = (loader_rules, shape_rules, operation_rules, half_precision_rules)

__all__ = ["FAMILIES", "RULES"]
