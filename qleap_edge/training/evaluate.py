"""What a network is worth on persons it never saw, beside what predictors without input score on the same windows."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from qleap_edge.core.exercises import EXERCISES, FORM_SCORES, FORM_UNSCORED
from qleap_edge.core.units import MM_PER_BODY_HEIGHT, Unit
from qleap_edge.dataset.windows import WindowSet
from qleap_edge.metrics.bootstrap import mean_interval
from qleap_edge.metrics.classification import correct, quadratic_weighted_kappa
from qleap_edge.metrics.measurement import Measurement
from qleap_edge.metrics.outputs import OUTPUT_NAMES, ModelOutputs
from qleap_edge.metrics.pose import mpjpe_per_window
from qleap_edge.model.hdt import HybridDisentanglingTransformer

_BATCH = 64


def network_outputs(model: HybridDisentanglingTransformer, imu: Float[np.ndarray, "n 200 6"]) -> ModelOutputs:
    """Run the PyTorch network over windows, eager fp32."""
    with torch.no_grad():
        parts = [model(batch) for batch in torch.split(torch.from_numpy(imu), _BATCH)]
    stacked = [torch.cat(column).numpy() for column in zip(*parts, strict=True)]
    return ModelOutputs.of(dict(zip(OUTPUT_NAMES, stacked, strict=True)))


@dataclass(frozen=True)
class Prior:
    """What the training data say about a window nobody looked at."""

    pose: Float[np.ndarray, "200 17 3"]
    exercise: int
    form: int

    @classmethod
    def of(cls, train: WindowSet) -> "Prior":
        """Take the mean pose and the most frequent classes of the training windows."""
        mean = train.pose.reshape(-1, *train.pose.shape[2:]).mean(axis=0, dtype=np.float64)
        scored = train.form[train.form != FORM_UNSCORED]
        return cls(
            pose=np.broadcast_to(mean.astype(np.float32), train.pose.shape[1:]),
            exercise=int(np.bincount(train.exercise).argmax()),
            form=int(np.median(scored)) if len(scored) else 0,
        )


def evaluate_outputs(outputs: ModelOutputs, truth: WindowSet, prior: Prior) -> tuple[Measurement, ...]:
    """Return the task metrics with 95 % intervals over persons and the input-free baseline beside each."""
    counts = {"subjects": len(np.unique(truth.subject_id)), "sequences": len(np.unique(truth.sequence_id))}
    error = mpjpe_per_window(outputs.pose, truth.pose) * MM_PER_BODY_HEIGHT
    prior_error = mpjpe_per_window(np.broadcast_to(prior.pose, truth.pose.shape), truth.pose) * MM_PER_BODY_HEIGHT

    def mean_of(name: str, values: np.ndarray, unit: Unit, keep: np.ndarray, baseline: np.ndarray) -> Measurement:
        wide = values[keep].astype(np.float64)
        return Measurement(
            name=name,
            value=float(wide.mean()),
            unit=unit,
            interval=mean_interval(wide, truth.subject_id[keep]),
            baseline=float(baseline[keep].astype(np.float64).mean()),
            subjects=len(np.unique(truth.subject_id[keep])),
            sequences=len(np.unique(truth.sequence_id[keep])),
        )

    everything = np.ones(len(error), dtype=bool)
    rows = [mean_of("pose.mpjpe", error, "mm", everything, prior_error)]
    for index in np.unique(truth.exercise):
        rows.append(mean_of(f"pose.mpjpe.{EXERCISES[index]}", error, "mm", truth.exercise == index, prior_error))
    rows.append(
        mean_of(
            "exercise.accuracy",
            correct(outputs.exercise_logits.argmax(axis=1), truth.exercise),
            "1",
            everything,
            truth.exercise == prior.exercise,
        )
    )
    scored = truth.form != FORM_UNSCORED
    if scored.any():
        predicted = outputs.form_logits.argmax(axis=1)
        rows.append(mean_of("form.mae", np.abs(predicted - truth.form), "1", scored, np.abs(prior.form - truth.form)))
        kappa = quadratic_weighted_kappa(predicted[scored], truth.form[scored], len(FORM_SCORES))
        rows.append(
            Measurement(
                name="form.quadratic_weighted_kappa", value=kappa, unit="1", baseline=0.0, **counts,
                note="" if kappa is not None else "one class only: kappa is undefined",
            )
        )  # fmt: skip
    ratio = float(error.mean() / prior_error.mean())
    rows.append(
        Measurement(
            name="pose.mpjpe_over_mean_pose", value=ratio, unit="1", baseline=1.0,
            note="error as a share of what the mean training pose scores", **counts,
        )
    )  # fmt: skip
    return tuple(rows)
