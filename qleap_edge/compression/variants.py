"""Make one smaller form of a saved package, from the file alone.

The source is left alone, and what is written is canonical, so that equal sources give equal bytes.
"""

import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from qleap_edge.compression.activations import Ranges, quantize_activations
from qleap_edge.compression.palettes import Bits, palette_of
from qleap_edge.compression.schemes import (
    SCHEMES,
    WEIGHT_THRESHOLD,
    Int8Activations,
    LinearWeights,
    MixedPalette,
    Palette,
    Prune,
    Step,
)
from qleap_edge.conversion.canonical import copy_to_open, write_canonical
from qleap_edge.conversion.libraries import import_coremltools, suppressed_output
from qleap_edge.core.errors import UsageError, VariantFailed
from qleap_edge.core.manifest import list_files
from qleap_edge.core.recipe import Variant

T = TypeVar("T")


def make_variant(
    source: Path,
    variant: Variant,
    out: Path,
    *,
    ranges: Ranges | None = None,
    bits: Mapping[str, Bits] | None = None,
) -> None:
    """Write one variant of a saved half-precision package.

    Args:
        source: the ``.mlpackage``; one converted for iOS 18 where the scheme is newer.
        variant: which.
        out: the ``.mlpackage`` to make.
        ranges: of every activation, for ``w8a8``.
        bits: of every large weight, by its name, for ``mixed_palette``.

    Raises:
        UsageError: the variant needs what was not given.
        VariantFailed: coremltools cannot make it.
    """
    scheme = SCHEMES[variant]
    if not scheme.steps:
        shutil.copytree(source, out)
        return
    with copy_to_open(source) as copy, suppressed_output():
        model = import_coremltools().models.MLModel(str(copy), skip_model_load=True)
        for number, step in enumerate(scheme.steps):
            try:
                model = _apply(model, step, joint=number > 0, ranges=ranges, bits=bits)
            except UsageError:
                raise
            except Exception as problem:  # the library raises all kinds from inside its passes
                raise VariantFailed(
                    f"coremltools cannot make the variant {variant}",
                    where=source,
                    got=f"{type(problem).__name__}: {str(problem)[:200]}",
                    next_step="leave the variant out",
                ) from problem
        write_canonical(model, out)


def package_bytes(package: Path) -> int:
    """Return the size of a package."""
    return sum(record.bytes for record in list_files(package))


def package_megabytes(package: Path) -> float:
    """Return the size of a package in units of 10^6 bytes."""
    return package_bytes(package) / 1e6


def _apply(model: Any, step: Step, *, joint: bool, ranges: Ranges | None, bits: Mapping[str, Bits] | None) -> Any:
    optimize = import_coremltools().optimize.coreml
    match step:
        case Int8Activations():
            return quantize_activations(model, _given(ranges, "the activations' ranges"))
        case LinearWeights(dtype, block):
            settings = (
                {"granularity": "per_channel"} if block is None else {"granularity": "per_block", "block_size": block}
            )
            config = optimize.OpLinearQuantizerConfig(
                mode="linear_symmetric", dtype=dtype, weight_threshold=WEIGHT_THRESHOLD, **settings
            )
            return optimize.linear_quantize_weights(model, optimize.OptimizationConfig(global_config=config))
        case Prune(sparsity):
            config = optimize.OpMagnitudePrunerConfig(target_sparsity=sparsity, weight_threshold=WEIGHT_THRESHOLD)
            return optimize.prune_weights(model, optimize.OptimizationConfig(global_config=config))
        case Palette(width, None):
            config = optimize.OptimizationConfig(global_config=_palette(width))
        case Palette(width, int(group)):
            whole = dict.fromkeys(_not_in_groups(model, group), _palette(width))
            config = optimize.OptimizationConfig(global_config=_palette(width, group), op_name_configs=whole)
        case MixedPalette():
            each = {name: _palette(width) for name, width in _given(bits, "each weight's bits").items()}
            config = optimize.OptimizationConfig(op_name_configs=each)
    return optimize.palettize_weights(model, config, joint_compression=joint)


def _palette(bits: Bits, group: int | None = None) -> Any:
    settings = {} if group is None else {"granularity": "per_grouped_channel", "group_size": group}
    return import_coremltools().optimize.coreml.OpPalettizerConfig(
        mode="custom", lut_function=partial(palette_of, bits=bits), weight_threshold=WEIGHT_THRESHOLD, **settings
    )


def _not_in_groups(model: Any, group: int) -> list[str]:
    """Return the weights whose channels do not part into groups: coremltools would leave them as they are."""
    found = import_coremltools().optimize.coreml.get_weights_metadata(model, weight_threshold=WEIGHT_THRESHOLD)
    return [name for name, item in found.items() if item.val.shape[0] % group]


def _given(value: T | None, what: str) -> T:
    if value is None:
        raise UsageError(f"this variant needs {what}", next_step="give --data")
    return value
