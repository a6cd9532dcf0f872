"""What a reading that its neighbours contradict may show instead."""

import numpy as np

from ..readings.line_column import AnyColumn
from ..rules.candidates import CANDIDATES, Observed, text

OFFERED = 3


def offers(column: AnyColumn, row: int) -> list[str]:
    """Texts that fit the neighbours of a flagged reading, at most OFFERED, likeliest first; of another reading none.

    Of the texts that the head finds possible those whose value is a usual step away from a neighbour's; then the
    neighbours' own.
    """
    neighbours = column.neighbours
    if neighbours is None or row not in neighbours.around:
        return []
    around = [each for each in neighbours.around[row] if each]
    values = [column.notation.value(each) for each in around]
    choices = Observed.of(column, {}).choices(np.array([row]), CANDIDATES)
    fitting = [
        text(column, classes)
        for classes, value in zip(choices.classes[0], choices.values[0], strict=False)
        if any(abs(value - other) <= neighbours.reach for other in values)
    ]
    taken = neighbours.taken.get(row)
    found = dict.fromkeys([*([taken] if taken else []), *fitting, *around])
    return [each for each in found if each != column.texts[row]][:OFFERED]
