"""Parameters in half precision, and what the rounding changes on test windows, each change with its bound."""

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor, nn

from qleap_edge.core.errors import CheckFailed, InputDataError
from qleap_edge.core.frames import WINDOW_STEPS
from qleap_edge.core.units import MM_PER_BODY_HEIGHT, Unit
from qleap_edge.dataset.reader import WindowReader
from qleap_edge.evaluation.predictions import network_outputs
from qleap_edge.metrics.measurement import Measurement
from qleap_edge.metrics.parity import class_flips, pose_drift_mm
from qleap_edge.metrics.pose import mpjpe_per_window

_WINDOWS = 256
_MPJPE_BOUND_MM = 0.1  # a hundredth of what int8 may cost, and below the last digit that figures are quoted with
_LOG_VARIANCE_BOUND = 0.01  # half a percent of σ
_CLEAR_MARGIN = 0.1  # logits; a class that leads by less may change without being counted


def half_weights(network: nn.Module) -> dict[str, Tensor]:
    """Return the network's state with its parameters in float16.

    The buffers keep float32: they are the statistics of the data and the concept erasure, whose projection removes a concept
    exactly only with the values that were fitted. Their size is negligible.

    Raises:
        InputDataError: a parameter is not a finite number in float16.
    """
    parameters = dict(network.named_parameters())
    state: dict[str, Tensor] = {}
    for name, tensor in network.state_dict().items():
        rounded = tensor.detach().half() if name in parameters and tensor.is_floating_point() else tensor
        if not torch.isfinite(rounded).all():
            raise InputDataError(
                "not a finite number in float16",
                where=f"weights, tensor {name!r}",
                expected=f"at most {torch.finfo(torch.float16).max:g}",
                got=f"{float(tensor.abs().max()):g}",
                next_step="train with more weight decay, or find the epoch in which the training diverged",
            )
        state[name] = rounded.contiguous()
    return state


def weights_image(state: dict[str, Tensor]) -> bytes:
    """Return the bytes of the weights file; equal weights give equal bytes."""
    return bytes(save(state))


def rounding_measurements(full: nn.Module, rounded: nn.Module, data: Path) -> tuple[Measurement, ...]:
    """Measure what the rounding changed on test windows spread over all test persons.

    Args:
        full: the network as it was trained.
        rounded: the same with the weights that will ship.
        data: a dataset's folder.

    Raises:
        CheckFailed: the error or the log variance changed by more than is allowed, or is not a number.
    """
    with WindowReader(data, "test", WINDOW_STEPS // 2) as reader:
        windows = reader.read_spread(_WINDOWS)
    before, after = network_outputs(full, windows.imu), network_outputs(rounded, windows.imu)
    drift = pose_drift_mm(after.pose, before.pose)
    error = [float(mpjpe_per_window(each.pose, windows.pose).mean()) * MM_PER_BODY_HEIGHT for each in (before, after)]
    spread = np.abs(after.pose_log_variance.astype(np.float64) - before.pose_log_variance)
    flips = class_flips(after.exercise_logits, before.exercise_logits, _CLEAR_MARGIN)
    persons = len(np.unique(windows.subject_id))
    on = f"on {len(windows)} test windows"

    def row(name: str, value: float, unit: Unit, note: str) -> Measurement:
        return Measurement(name=f"float16.{name}", value=value, unit=unit, subjects=persons, note=note)

    _require("mean position error", abs(error[1] - error[0]), _MPJPE_BOUND_MM, "mm")
    _require("log variance, mean change", float(spread.mean()), _LOG_VARIANCE_BOUND, "nat")
    return (
        row("mpjpe_change", error[1] - error[0], "mm", f"from {error[0]:.3f} mm {on}; at most ±{_MPJPE_BOUND_MM:g} mm"),
        row("pose_drift_mean", float(drift.mean()), "mm", f"of joints {on}"),
        row("pose_drift_p99", float(np.percentile(drift, 99.0)), "mm", f"of joints {on}"),
        row("log_variance_change_mean", float(spread.mean()), "nat", f"{on}; at most {_LOG_VARIANCE_BOUND:g} nat"),
        row("log_variance_change_max", float(spread.max()), "nat", on),
        row(
            "exercise_flips",
            float(flips),
            "count",
            f"windows whose class changed though it led by {_CLEAR_MARGIN:g}, {on}",
        ),
    )


def _require(what: str, change: float, bound: float, unit: str) -> None:
    if not change <= bound:  # so that NaN fails
        raise CheckFailed(
            f"float16 changes the {what} too much",
            expected=f"at most {bound:g} {unit}",
            got=f"{change:.4g} {unit}",
            next_step="look for weights of very different sizes; these cannot be shipped in float16",
        )
