"""What an app sees of a program: its described inputs, outputs and states.

Source: coremltools mlmodel/format/Model.proto and FeatureTypes.proto.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from qleap_edge.mil.format.flexibility import Accepted, array_flexibility, checked_sizes, image_flexibility
from qleap_edge.mil.format.literals import malformed
from qleap_edge.mil.format.program import Feature, FeatureKind, ValueType

_ARRAY_TYPES = {65568: "float32", 65552: "float16", 131104: "int32", 131080: "int8"}
_CHANNELS = {
    10: 1,
    20: 3,
    30: 3,
    40: 1,
}  # colour space → channels of the tensor: grey, RGB, BGR, grey in half precision
# What a model may give besides tensors and images → its kind and numpy type. A dictionary is a classifier's.
_OF_CLASSIFIERS: dict[str, tuple[FeatureKind, str]] = {
    "int64Type": ("label", "int64"),
    "stringType": ("label", "str"),
    "dictionaryType": ("probabilities", "float32"),
}


def described_features(messages: Iterable[Any], kind: str, model_file: Path) -> tuple[Feature, ...]:
    """Decode a model's described inputs, outputs or states.

    Args:
        messages: of the model's description.
        kind: ``"input"``, ``"output"`` or ``"state"``.
        model_file: for errors.

    Raises:
        InputDataError: a feature is of a kind that no ML Program has, or of an impossible size.
    """
    features = []
    for message in messages:
        where = f"{model_file}, {kind} {message.name!r}"
        form = message.type.WhichOneof("Type")
        feature_kind: FeatureKind = "array"
        shape: tuple[int, ...] = ()
        accepted = Accepted()
        if form == "multiArrayType" and kind != "state":
            shape, dtype = _array(message.type.multiArrayType, where)
            if kind == "input":
                accepted = array_flexibility(message.type, dtype, where)
        elif form == "stateType" and kind == "state":
            feature_kind, (shape, dtype) = "state", _array(message.type.stateType.arrayType, where)
        elif form == "imageType" and kind != "state":
            feature_kind, shape, dtype = "image", _image(message.type.imageType, where), "float32"
            if kind == "input":
                accepted = image_flexibility(message.type.imageType, shape, where)
        elif form in _OF_CLASSIFIERS and kind == "output":
            feature_kind, dtype = _OF_CLASSIFIERS[form]
        else:
            raise malformed(where, "a tensor (multiArrayType) or an image (imageType)", str(form))
        features.append(
            Feature(
                message.name, shape, dtype, message.shortDescription, feature_kind,
                accepted.shapes, accepted.ranges, accepted.default,
            )
        )  # fmt: skip
    return tuple(features)


def as_program_has_it(feature: Feature, types: Mapping[str, ValueType], where: str) -> Feature:
    """Return a feature with the program's element type for an image, and its sizes for an output described without any.

    Raises:
        InputDataError: an image is no tensor (1, channels, height, width) in the program.
    """
    found = types.get(feature.name)
    if found is not None and feature.kind == "array" and not feature.shape and found.kind == "tensor":
        return replace(feature, shape=found.shape)
    if feature.kind != "image" or found is None:
        return feature
    fits = len(found.shape) == len(feature.shape) and all(
        size is None or size == wanted for size, wanted in zip(found.shape, feature.shape, strict=True)
    )
    if not fits or found.data_type is None or found.kind != "tensor":
        raise malformed(f"{where}, image {feature.name!r}", f"a tensor of shape {feature.shape}", str(found))
    return replace(feature, dtype=found.data_type.storage)


def _array(message: Any, where: str) -> tuple[tuple[int, ...], str]:
    if message.dataType not in _ARRAY_TYPES:
        raise malformed(where, f"one of the element types {list(_ARRAY_TYPES.values())}", str(message.dataType))
    return checked_sizes(message.shape, where), _ARRAY_TYPES[message.dataType]


def _image(message: Any, where: str) -> tuple[int, ...]:
    if message.colorSpace not in _CHANNELS:
        raise malformed(where, f"one of the colour spaces {list(_CHANNELS)} (colorSpace)", str(message.colorSpace))
    return checked_sizes((1, _CHANNELS[message.colorSpace], message.height, message.width), where)
