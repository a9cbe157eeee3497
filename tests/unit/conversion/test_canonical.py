"""Byte for byte the same package, variant and twin from any process, wherever and under whatever circumstances it runs."""

import json
import os
import shutil
import stat
import subprocess
import sys
from itertools import permutations
from pathlib import Path

import pytest

from qleap_edge.compression.document import REPORT_NAME, SWEEP_NAME, package_path
from qleap_edge.compression.sweep import compress
from qleap_edge.compression.variants import make_variant
from qleap_edge.conversion.canonical import SPEC_PATH, source_date, with_ordered_maps, write_canonical
from qleap_edge.conversion.coreml import NEWER_FOLDER
from qleap_edge.conversion.libraries import import_coremltools
from qleap_edge.core.contract import ONNX_NAME, PACKAGE_NAME
from qleap_edge.core.errors import UsageError
from qleap_edge.core.manifest import digest_of, list_files
from qleap_edge.core.recipe import CompressionTable, Recipe, Variant
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.format.protobuf import message_module
from tests.support.micro import Micro

REPOSITORY = Path(__file__).parents[3]
VARIANTS: tuple[Variant, ...] = ("float16", "int8_per_channel", "int4_per_block32", "palette6", "palette4_grouped16")
"""One of each kind of storage; each is made from the package without data."""
DOCUMENTS = ("contract.json", "manifest.json")
"""What a stage writes beside its artefacts."""
PACKAGE_FILES = ["Data/com.apple.CoreML/model.mlmodel", "Data/com.apple.CoreML/weights/weight.bin", "Manifest.json"]


@pytest.fixture(scope="module")
def elsewhere(micro: Micro, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder where another process, whose circumstances differ from the session's as far as possible, converted and
    compressed.

    Other hash seed, working folder, folder for scratch files, umask, time zone, locale, number of threads, and vector
    instructions: those of a CPU of 2008.
    """
    room = tmp_path_factory.mktemp("elsewhere")
    (room / "scratch").mkdir()
    (room / "work").mkdir()
    program = (
        "import os, sys; from pathlib import Path; os.umask(0o077); "
        "from qleap_edge.conversion.coreml import convert; from qleap_edge.compression.sweep import compress; "
        "from qleap_edge.core.recipe import CompressionTable; from tests.support.micro import make_micro_recipe; "
        "checkpoint, out = map(Path, sys.argv[1:]); recipe = make_micro_recipe(); "
        "convert(checkpoint, out / 'convert', recipe.conversion, recipe.seed); "
        f"compress(out / 'convert', None, out / 'compress', CompressionTable(variants={VARIANTS}), recipe.seed)"
    )
    other = {
        "PYTHONHASHSEED": "4242", "PYTHONPATH": str(REPOSITORY), "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0",
        "LC_ALL": "C", "TZ": "Pacific/Kiritimati", "TMPDIR": str(room / "scratch"), "OMP_NUM_THREADS": "3",
        "OPENBLAS_NUM_THREADS": "3", "OPENBLAS_CORETYPE": "Nehalem", "ATEN_CPU_CAPABILITY": "default",
    }  # fmt: skip
    assert os.environ.get("PYTHONHASHSEED") != other["PYTHONHASHSEED"]
    arguments = [sys.executable, "-c", program, str(micro.stages["train"]), str(room / "out")]
    subprocess.run(arguments, cwd=room / "work", env=os.environ | other, check=True)
    return room


@pytest.fixture(scope="module")
def here(micro: Micro, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder where this process compressed the session's own conversion."""
    out = tmp_path_factory.mktemp("here")
    shutil.copytree(micro.stages["convert"], out / "convert")
    compress(out / "convert", None, out / "compress", CompressionTable(variants=VARIANTS), 4)
    return out


def digests(stages: Path) -> dict[str, str]:
    """Return the digest of everything that conversion and compression make."""
    return {
        "package": digest_of(stages / "convert" / PACKAGE_NAME),
        "newer package": digest_of(stages / "convert" / NEWER_FOLDER / PACKAGE_NAME),
        "onnx": digest_of(stages / "convert" / ONNX_NAME),
        **{variant: digest_of(package_path(stages / "compress", variant)) for variant in VARIANTS},
    }


def test_two_processes_give_the_same_bytes(here: Path, elsewhere: Path) -> None:
    assert digests(elsewhere / "out") == digests(here)
    for stage in ("convert", "compress"):
        again = list_files(elsewhere / "out" / stage, exclude=("manifest.json",))
        assert again == list_files(here / stage, exclude=("manifest.json",))


def test_the_release_makes_the_same_variants(micro: Micro, micro_recipe: Recipe, here: Path) -> None:
    for variant in set(micro_recipe.compression.variants) & set(VARIANTS):
        assert digest_of(package_path(micro.stages["compress"], variant)) == digests(here)[variant]


def test_modes_are_those_of_an_artefact_under_any_umask(elsewhere: Path) -> None:
    for stage in ("convert", "compress"):
        for path in (elsewhere / "out" / stage, *(elsewhere / "out" / stage).rglob("*")):
            assert stat.S_IMODE(path.stat().st_mode) == (0o755 if path.is_dir() else 0o644), path


def test_nothing_else_is_written(elsewhere: Path) -> None:
    out = elsewhere / "out"
    places = ["convert", f"convert/{NEWER_FOLDER}", *(f"compress/{variant}" for variant in VARIANTS)]
    packages = [f"{place}/{PACKAGE_NAME}" for place in places]
    wanted = {f"{package}/{name}" for package in packages for name in PACKAGE_FILES}
    wanted |= {f"{stage}/{name}" for stage in ("convert", "compress") for name in DOCUMENTS}
    wanted |= {f"convert/{ONNX_NAME}", f"compress/{REPORT_NAME}", f"compress/{SWEEP_NAME}"}
    assert {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()} == wanted
    assert not list((elsewhere / "work").iterdir())
    assert not [path for path in (elsewhere / "scratch").rglob("*") if path.is_file()]


@pytest.mark.parametrize("variant", ["float16", "int8_per_channel"])
def test_stock_coremltools_leaves_the_package_as_it_is(elsewhere: Path, variant: Variant, tmp_path: Path) -> None:
    source = package_path(elsewhere / "out" / "compress", variant)
    copy = Path(shutil.copytree(source, tmp_path / PACKAGE_NAME))
    model = import_coremltools().models.MLModel(str(copy), skip_model_load=True)
    assert list(model.get_spec().mlProgram.functions) == ["main"]
    assert digest_of(copy) == digest_of(source)


def test_another_source_date_changes_the_date_alone(
    micro: Micro, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = micro.stages["convert"] / PACKAGE_NAME
    copy = shutil.copytree(source, tmp_path / "copy.mlpackage")
    model = import_coremltools().models.MLModel(str(copy), skip_model_load=True)
    write_canonical(model, tmp_path / "same.mlpackage")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    write_canonical(model, tmp_path / "later.mlpackage")
    assert digest_of(tmp_path / "same.mlpackage") == digest_of(source)
    before, after = (Package.load(path).metadata for path in (source, tmp_path / "later.mlpackage"))
    assert {key: value for key, value in after.items() if before[key] != value} == {
        "com.github.apple.coremltools.conversion_date": "2023-11-14"
    }
    later = (tmp_path / "later.mlpackage" / "Data" / SPEC_PATH).read_bytes()
    was, now = (item["com.github.apple.coremltools.conversion_date"].encode() for item in (before, after))
    assert later.replace(now, was) == (source / "Data" / SPEC_PATH).read_bytes()


def test_the_other_protobuf_library_gives_the_same_bytes(micro: Micro) -> None:
    """The pure Python one sorts ``source`` before ``source_dialect``, the one in C after it."""
    spec = micro.stages["convert"] / PACKAGE_NAME / "Data" / SPEC_PATH
    program = (
        "import sys; from pathlib import Path; from qleap_edge.conversion.canonical import with_ordered_maps; "
        "from qleap_edge.mil.format.protobuf import message_module; "
        "spec = message_module('Model_pb2').Model.FromString(Path(sys.argv[1]).read_bytes()); "
        "data = spec.SerializeToString(deterministic=True); "
        "assert data != with_ordered_maps(data, spec.DESCRIPTOR), 'the libraries agree: the test proves nothing'; "
        "sys.stdout.buffer.write(with_ordered_maps(data, spec.DESCRIPTOR))"
    )
    other = {"PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python", "PYTHONPATH": str(REPOSITORY)}
    arguments = [sys.executable, "-c", program, str(spec)]
    done = subprocess.run(arguments, env=os.environ | other, check=True, capture_output=True)
    assert done.stdout == spec.read_bytes()


def test_any_order_of_entries_gives_the_same_bytes() -> None:
    """Joined messages are one message whose maps hold the entries of all, in the order of joining."""
    model = message_module("Model_pb2").Model
    keys = ("source", "source_dialect", "a", "", "é")
    parts = []
    for key in keys:
        part = model(specificationVersion=0)
        part.description.metadata.userDefined[key] = f"value of {key}"
        parts.append(part.description.metadata.SerializeToString())
    kind = type(model().description.metadata)
    assert len({b"".join(order) for order in permutations(parts)}) == 120
    found = {with_ordered_maps(b"".join(order), kind.DESCRIPTOR) for order in permutations(parts)}
    (data,) = found
    assert dict(kind.FromString(data).userDefined) == {key: f"value of {key}" for key in keys}


def test_entries_deep_inside_are_ordered_and_nothing_else_moves(micro: Micro) -> None:
    """A real program, its maps written in the order of their hashes, comes out as the bytes of the file."""
    data = (micro.stages["convert"] / PACKAGE_NAME / "Data" / SPEC_PATH).read_bytes()
    spec = message_module("Model_pb2").Model.FromString(data)
    loose = spec.SerializeToString(deterministic=False)
    assert loose != data
    assert with_ordered_maps(loose, spec.DESCRIPTOR) == data


def test_the_manifest_of_the_package_is_canonical(micro: Micro) -> None:
    conversion = micro.stages["convert"]
    text = (conversion / PACKAGE_NAME / "Manifest.json").read_text()
    document = json.loads(text)
    assert text == json.dumps(document, indent=4, sort_keys=True) + "\n"
    entries = document["itemInfoEntries"]
    assert entries[document["rootModelIdentifier"]]["path"] == SPEC_PATH
    assert len(entries) == 2
    for path in (conversion / PACKAGE_NAME).rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644)


def date_of(package: Path) -> str:
    return Package.load(package).metadata["com.github.apple.coremltools.conversion_date"]


def test_the_date_is_source_date_epoch(micro: Micro, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = micro.stages["convert"] / PACKAGE_NAME
    assert date_of(source) == source_date()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    make_variant(source, "int8_per_channel", tmp_path / PACKAGE_NAME)
    assert date_of(tmp_path / PACKAGE_NAME) == "2023-11-14"
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert source_date() == "1980-01-01"


@pytest.mark.parametrize(("epoch", "date"), [("0", "1970-01-01"), ("86399", "1970-01-01"), ("1e3", None), ("", None),
    ("yesterday", None), ("nan", None), ("12.5", None), ("9" * 30, None)])  # fmt: skip
def test_garbage_in_source_date_epoch(epoch: str, date: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    if date is not None:
        assert source_date() == date
        return
    with pytest.raises(UsageError, match="SOURCE_DATE_EPOCH") as caught:
        source_date()
    assert caught.value.exit_code == 2 and repr(epoch)[:20] in str(caught.value)
