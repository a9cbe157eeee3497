"""No measure of a repetition is forgotten by the exports, and each has the unit of its field's name."""

from types import UnionType
from typing import get_args

import pytest

from qleap_edge.analysis.export.measures import REPETITION_MEASURES, ExportedMeasure
from qleap_edge.analysis.session_document import Measure, RepetitionResult

UNITS = {"_m": "m", "_s": "s", "_deg": "deg", "_m_s": "m/s"}


def test_every_measure_of_a_repetition_is_exported() -> None:
    def is_measure(kind: object) -> bool:
        kinds = get_args(kind) if isinstance(kind, UnionType) else (kind,)
        return any(isinstance(one, type) and issubclass(one, Measure) for one in kinds)

    fields = {name for name, field in RepetitionResult.model_fields.items() if is_measure(field.annotation)}
    assert {one.field for one in REPETITION_MEASURES} == fields
    assert len({one.code for one in REPETITION_MEASURES}) == len(REPETITION_MEASURES) == len(fields)


@pytest.mark.parametrize("one", REPETITION_MEASURES, ids=lambda one: one.field)
def test_the_unit_is_that_of_the_name(one: ExportedMeasure) -> None:
    ending = max((ending for ending in UNITS if one.field.endswith(ending)), key=len)
    assert one.ucum == UNITS[ending]
