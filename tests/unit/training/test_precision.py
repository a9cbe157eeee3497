"""The precision is measured by real products, unless the recipe sets it."""

import pytest
import torch

from qleap_edge.training import precision
from qleap_edge.training.precision import choose_precision, matmul_gflops

CPU = torch.device("cpu")


def test_the_recipe_decides_without_a_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "matmul_gflops", lambda *_: pytest.fail("measured"))
    assert choose_precision("bfloat16", CPU).name == "bfloat16"
    assert str(choose_precision("float32", CPU)) == "float32, as given"


@pytest.mark.parametrize(("half", "chosen"), [(50.0, "float32"), (120.0, "float32"), (200.0, "bfloat16")])
def test_auto_takes_bfloat16_only_where_it_is_clearly_faster(
    monkeypatch: pytest.MonkeyPatch, half: float, chosen: str
) -> None:
    monkeypatch.setattr(precision, "matmul_gflops", lambda dtype, _: half if dtype is torch.bfloat16 else 100.0)
    found = choose_precision("auto", CPU)
    assert found.name == chosen
    assert str(found) == f"{chosen}: products run at 100 GFLOP/s in float32 and {half:.0f} in bfloat16"


def test_the_probe_measures() -> None:
    assert 0.1 < matmul_gflops(torch.float32, CPU) < 1e6
