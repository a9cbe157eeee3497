"""The model's inputs and outputs: names, shapes, units, frames and meaning; written as ``contract.json``."""

from typing import Literal

from qleap_edge.core.exercises import EXERCISES, FORM_EXERCISES, FORM_SCORES, Exercise
from qleap_edge.core.form import NOT_OBSERVABLE, OBSERVABLE, RUBRIC_VERSION, NotObservable, Observable
from qleap_edge.core.frames import HOP_STEPS, IMU_CHANNELS, MODEL_RATE_HZ, WINDOW_STEPS
from qleap_edge.core.records import Document, Part
from qleap_edge.core.skeleton import JOINT_COUNT

MODEL_NAME = "QuantumLeapPose"
PACKAGE_NAME = f"{MODEL_NAME}.mlpackage"
ONNX_NAME = f"{MODEL_NAME}.onnx"
CONTRACT_NAME = "contract.json"
EMBEDDING_SIZE = 64
"""Numbers in each of the two embeddings, *what* and *how*."""


class TensorSpec(Part):
    """One input or output of the model."""

    name: str
    """Name in the saved package."""
    shape: tuple[int, ...]
    dtype: Literal["float32"] = "float32"
    unit: str
    """Unit of each number; ``1`` where there is none."""
    description: str
    """Meaning, frame and order of the axes."""


class ExerciseSpec(Part):
    """One class of ``exercise_logits``."""

    id: int
    """Index in ``exercise_logits``; it never changes its meaning."""
    name: Exercise
    trained: bool
    """False: the id is reserved; the network was not trained on the exercise, and its probability has no meaning."""


class FormSpec(Part):
    """What the form score consists of, and what no score from a wrist holds."""

    exercises: tuple[Exercise, ...]
    """Exercises that have a form score."""
    rubric_version: int
    """Version of the rubric whose scores the network was trained on."""
    observable: tuple[Observable, ...]
    """Criteria that the score consists of."""
    not_observable: tuple[NotObservable, ...]
    """Faults that a wrist cannot see: show them as "not observable", never as absent."""


class ContractDocument(Document):
    """``contract.json``: what an app must give to the model and what it gets."""

    schema_name: Literal["qleap.contract"] = "qleap.contract"
    schema_version: Literal[3] = 3
    model_name: str
    model_version: str
    """Version of qleap-edge that converted the model."""
    rate_hz: float
    """Sample rate of the input."""
    window_steps: int
    """Samples in a window."""
    hop_steps: int
    """Samples between the beginnings of two windows."""
    input_frame: str
    """Frame of the input's axes: C is the forearm frame."""
    input_arm: Literal["left"]
    """Arm of the input; the signal of a right arm is mirrored before the model and its pose after it."""
    padding: Literal["none"]
    """Only complete windows are allowed."""
    channels: tuple[str, ...]
    """Names of the input's channels, in order."""
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    exercises: tuple[ExerciseSpec, ...]
    """Classes of ``exercise_logits``, by id."""
    form_scores: tuple[int, ...]
    """Classes of ``form_logits``, in order."""
    form: FormSpec
    """What a form score consists of."""


INPUTS = (
    TensorSpec(
        name="imu",
        shape=(1, WINDOW_STEPS, len(IMU_CHANNELS)),
        unit="m/s^2 (channels 0-2), rad/s (channels 3-5)",
        description=(
            "Specific force then angular velocity of a left wrist in watch frame C (x distal, z dorsal, y = z cross x), "
            "50 Hz, oldest sample first; norm of the force at rest is 9.81. Complete windows only: no padding, no mask."
        ),
    ),
)

OUTPUTS = (
    TensorSpec(
        name="pose",
        shape=(1, WINDOW_STEPS, JOINT_COUNT, 3),
        unit="body heights",
        description="Joint positions: pelvis at the origin (exactly 0), x where it faces, y left, z up. Multiply by stature.",
    ),
    TensorSpec(
        name="pose_log_variance",
        shape=(1, WINDOW_STEPS, JOINT_COUNT, 3),
        unit="ln(body heights^2)",
        description="Natural log of the variance of each coordinate, uncalibrated: apply profile.json before showing it.",
    ),
    TensorSpec(
        name="exercise_logits",
        shape=(1, len(EXERCISES)),
        unit="1",
        description="Unnormalised log probabilities of the exercises, by id; divide by the profile's temperature.",
    ),
    TensorSpec(
        name="form_logits",
        shape=(1, len(FORM_SCORES)),
        unit="1",
        description=(
            "Unnormalised log probabilities of form scores 0 to 4 (4 best) of the squats that the window shows, by the "
            "criteria that a wrist can see; meaningful for squats only."
        ),
    ),
    TensorSpec(
        name="what_embedding",
        shape=(1, EMBEDDING_SIZE),
        unit="1",
        description="What is done: the vector behind the exercise logits.",
    ),
    TensorSpec(
        name="how_embedding",
        shape=(1, EMBEDDING_SIZE),
        unit="1",
        description="How it is done: the vector behind the form logits.",
    ),
)

INPUT_NAME, INPUT_SHAPE = INPUTS[0].name, INPUTS[0].shape
OUTPUT_NAMES = tuple(spec.name for spec in OUTPUTS)


def contract_document(model_version: str, trained: frozenset[Exercise]) -> ContractDocument:
    """Return the contract of a model that has been trained on the given exercises."""
    return ContractDocument(
        model_name=MODEL_NAME,
        model_version=model_version,
        rate_hz=MODEL_RATE_HZ,
        window_steps=WINDOW_STEPS,
        hop_steps=HOP_STEPS,
        input_frame="C",
        input_arm="left",
        padding="none",
        channels=IMU_CHANNELS,
        inputs=INPUTS,
        outputs=OUTPUTS,
        exercises=tuple(
            ExerciseSpec(id=index, name=name, trained=name in trained) for index, name in enumerate(EXERCISES)
        ),
        form_scores=FORM_SCORES,
        form=FormSpec(
            exercises=FORM_EXERCISES,
            rubric_version=RUBRIC_VERSION,
            observable=OBSERVABLE,
            not_observable=NOT_OBSERVABLE,
        ),
    )
