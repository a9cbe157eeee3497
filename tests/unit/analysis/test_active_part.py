"""The part of a recording that a person names: refused where no exercise of this recording can lie in it."""

import numpy as np
import pytest

from qleap_edge.analysis.active_part import require_active_part
from qleap_edge.core.errors import UsageError
from tests.support.watch_recordings import swinging_arm

NAN, INF = float("nan"), float("inf")
RECORDING = swinging_arm(np.arange(1001) / 100.0)  # 10 s


@pytest.mark.parametrize("active", [None, (0.0, 10.0), (2.0, 3.0), (-5.0, 4.0), (8.0, 600.0)])
def test_a_part_that_reaches_into_the_recording_is_taken(active):
    require_active_part(RECORDING, active)


@pytest.mark.parametrize("active", [(5.0, 3.0), (5.0, 5.0), (NAN, 5.0), (5.0, NAN), (-INF, INF)])
def test_a_part_without_length_or_end_is_refused(active):
    with pytest.raises(UsageError, match="--active: not a part of a recording; expected a start and a later end"):
        require_active_part(RECORDING, active)


@pytest.mark.parametrize("active", [(10.0, 12.0), (500.0, 600.0), (-5.0, 0.0)])
def test_a_part_outside_of_the_recording_is_refused(active):
    with pytest.raises(UsageError, match=r"outside of the recording; expected seconds .* between 0 and 10"):
        require_active_part(RECORDING, active)
