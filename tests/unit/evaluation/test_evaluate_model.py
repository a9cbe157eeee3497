"""A checkpoint and a package are measured in one way."""

import pytest

from qleap_edge.compression.document import package_path
from qleap_edge.core.errors import UsageError
from qleap_edge.evaluation.evaluate_model import evaluate_model
from tests.support.micro import Micro


def test_checkpoint_and_package_are_measured_alike(micro: Micro) -> None:
    data, shipped = micro.stages["synthesize"], package_path(micro.stages["compress"], "int8_per_channel")
    network = evaluate_model(data, checkpoint=micro.stages["train"], package=None)[0].document
    package = evaluate_model(data, checkpoint=None, package=shipped)[0].document
    assert [row.name for row in network.measurements] == [row.name for row in package.measurements]
    assert network.measurements[0].value == pytest.approx(package.measurements[0].value, rel=0.02)
    assert network.measurements[0].value != package.measurements[0].value
    with pytest.raises(UsageError, match="nothing to evaluate"):
        evaluate_model(data, checkpoint=None, package=None)
