"""Put a bundle together: model, documents, reports, and the Swift package with the same files as its resources."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from qleap_edge import __version__
from qleap_edge.bundle.layout import (
    ABOUT_MANIFEST,
    BUNDLE_FOLDER,
    CHECKSUM_NAME,
    GOLDEN_NAME,
    PAYLOAD,
    PAYLOAD_NAME,
    REPORTS,
    SIGNATURE_NAME,
    SWIFT_GOLDEN,
    SWIFT_PACKAGE,
    SWIFT_PAYLOAD,
)
from qleap_edge.bundle.manifest import BundleManifest, PayloadManifest
from qleap_edge.bundle.signing import load_private_key, sign
from qleap_edge.core.contract import MODEL_NAME
from qleap_edge.core.grades import GRADE_WARNINGS, Grade
from qleap_edge.core.manifest import (
    MANIFEST_NAME,
    digest_of,
    list_files,
    new_folder,
    revision,
    sha256_bytes,
    tool_versions,
)
from qleap_edge.core.resources import resource

_NOT_SHIPPED = (".build", ".swiftpm", "Payload", "__pycache__")


@dataclass(frozen=True)
class BundleParts:
    """Everything that goes into a bundle, as finished files."""

    payload: Mapping[str, Path]
    """Name of each of :data:`~qleap_edge.bundle.layout.PAYLOAD` → file or folder."""
    golden: Path
    """Vectors that the tests of both languages read."""
    reports: Mapping[str, Path]
    """File name below ``reports/`` → file."""
    stages: Mapping[str, Path]
    """Stage → its folder; recorded by digest."""
    recipe: str
    grade: Grade
    unmet: tuple[str, ...]
    """Measurements that miss their bound of grade ``release``."""
    variant: str
    seed: int
    extras: Mapping[str, Path] = field(default_factory=dict)
    """Path in the bundle of each optional part, e.g. :data:`~qleap_edge.bundle.layout.ONNX_TWIN` → file."""


def bundle_name() -> str:
    """Return the bundle's folder name, ``QuantumLeapPose-<version>``."""
    return f"{MODEL_NAME}-{__version__}"


def assemble(parts: BundleParts, out: Path, signing_key: Path | None = None) -> BundleManifest:
    """Write the bundle folder; equal parts give equal bytes.

    Raises:
        UsageError: ``out`` holds something else than an earlier bundle.
        InputDataError: a part is missing, or the key is not usable.
    """
    key = None if signing_key is None else load_private_key(signing_key)
    with new_folder(out, BUNDLE_FOLDER) as folder:
        for name in PAYLOAD:
            _copy(parts.payload[name], folder / name)
        _copy(parts.golden, folder / GOLDEN_NAME)
        for name, source in sorted(parts.reports.items()):
            _copy(source, folder / REPORTS / name)
        for name, source in sorted(parts.extras.items()):
            _copy(source, folder / name)
        write_swift_package(folder, parts)
        manifest = BundleManifest(
            name=MODEL_NAME,
            version=__version__,
            recipe=parts.recipe,
            grade=parts.grade,
            variant=parts.variant,
            seed=parts.seed,
            revision=revision(),
            inputs={stage: digest_of(path) for stage, path in sorted(parts.stages.items())},
            tools=tool_versions(),
            files=list_files(folder, exclude=ABOUT_MANIFEST),
        )
        manifest.write(folder / MANIFEST_NAME)
        text = (folder / MANIFEST_NAME).read_bytes()
        (folder / CHECKSUM_NAME).write_text(checksum_line(text), encoding="ascii")
        if key is not None:
            sign(text, key).write(folder / SIGNATURE_NAME)
    return manifest


def checksum_line(manifest: bytes) -> str:
    """Return the line that ``sha256sum --check`` reads."""
    return f"{sha256_bytes(manifest)}  {MANIFEST_NAME}\n"


def write_swift_package(folder: Path, parts: BundleParts) -> None:
    """Copy the Swift package into ``folder``, with the golden vectors for its tests and the payload for apps."""
    source = resource(f"ios_sdk_assets/{SWIFT_PACKAGE}")
    ignored = shutil.ignore_patterns(*_NOT_SHIPPED, GOLDEN_NAME)
    shutil.copytree(source, folder / SWIFT_PACKAGE, ignore=ignored)
    _copy(parts.golden, folder / SWIFT_GOLDEN)
    payload = folder / SWIFT_PAYLOAD
    for name in PAYLOAD:
        _copy(folder / name, payload / name)
    PayloadManifest(
        model_name=MODEL_NAME,
        model_version=__version__,
        package_sha256=digest_of(parts.payload[PAYLOAD[0]]),
        grade=parts.grade,
        warning=GRADE_WARNINGS.get(parts.grade, ""),
        unmet=parts.unmet,
        files=list_files(payload, exclude=(PAYLOAD_NAME,)),
    ).write(payload / PAYLOAD_NAME)


def _copy(source: Path, target: Path) -> None:
    digest_of(source)  # refuses a missing part by name
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)
