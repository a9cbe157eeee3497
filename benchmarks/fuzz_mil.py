"""Damage saved programs in a thousand ways: each must end in a named error or a result, soon and within memory.

    python benchmarks/fuzz_mil.py [--cases 1000] [--seed 0]

Seven programs (the smallest HDT in half precision and int8, a pruned convolution, an LSTM, a loop, a list, a state) are changed
by flipped bits, cuts, moved offsets, huge sizes, swapped arguments (cycles), other types and missing entries, in the spec, the
weight file and the manifest. Each case is loaded, linked and run in a worker process that may take 5 s and 2 GiB more than
before it. Counted: results, named errors by class, and what must not be: a worker that dies, hangs, runs out of memory or
raises anything else. Every changed package is also loaded with the hash of the undamaged one and must be refused. The last line
is one JSON document; the exit code is 1 if anything happened that must not.
"""

import argparse
import json
import resource
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from fuzz_worker import LIMIT_BYTES, Worker

from qleap_edge.conversion.libraries import import_coremltools, suppressed_output
from qleap_edge.core.errors import AlteredFile, QleapError
from qleap_edge.core.manifest import digest_of
from qleap_edge.mil.format.package import Package
from qleap_edge.mil.format.protobuf import message_module
from qleap_edge.mil.runtime.evaluator import open_model

LIMIT_S = 5.0
SPEC = Path("Data/com.apple.CoreML/model.mlmodel")
WEIGHTS = Path("Data/com.apple.CoreML/weights/weight.bin")


def make_programs(folder: Path) -> list[Path]:
    """Save the undamaged programs."""
    import torch

    from qleap_edge.compression.variants import make_variant
    from qleap_edge.conversion.canonical import write_canonical
    from qleap_edge.conversion.coreml import exported_program, to_ml_program
    from qleap_edge.core.contract import contract_document
    from qleap_edge.model.networks import build_network

    torch.manual_seed(0)
    half = folder / "hdt.mlpackage"
    network = build_network("tiny").eval()
    write_canonical(to_ml_program(exported_program(network), contract_document("0", frozenset()), "iOS17"), half)
    make_variant(half, "int8_per_channel", folder / "hdt_int8.mlpackage")
    with suppressed_output():
        for name, model in _small_models().items():
            model.save(str(folder / f"{name}.mlpackage"))
    return sorted(folder.iterdir())


def _small_models() -> dict[str, Any]:
    ct = import_coremltools()
    from coremltools.converters.mil.mil import Builder, types

    rng = np.random.default_rng(0)
    weight = rng.normal(size=(16, 6, 5)).astype(np.float32)
    gates = [rng.normal(size=shape).astype(np.float32) for shape in ((32, 6), (32, 8))]

    def convolution(x: Any) -> Any:
        return Builder.relu(x=Builder.conv(x=x, weight=weight, pad_type="same"))

    def recurrent(x: Any) -> Any:
        zero = np.zeros((1, 8), np.float32)
        return Builder.lstm(
            x=x, initial_h=zero, initial_c=zero, weight_ih=gates[0], weight_hh=gates[1], output_sequence=True
        )

    def loop(x: Any) -> Any:
        def below(value: Any) -> Any:
            return Builder.less(x=Builder.reduce_sum(x=value, keep_dims=False), y=10.0)

        return Builder.while_loop(
            _cond=below, _body=lambda value: Builder.add(x=value, y=1.0), loop_vars=(Builder.identity(x=x),)
        )

    def listed(x: Any) -> Any:
        items = Builder.make_list(init_length=1, dynamic_length=True, elem_shape=(1, 6, 20), dtype="fp32")
        items = Builder.list_write(ls=items, index=2, value=x)
        return Builder.list_gather(ls=items, indices=np.array([2, 0], np.int32))

    def kept(x: Any, seen: Any) -> Any:
        total = Builder.add(x=Builder.cast(x=x, dtype="fp16"), y=Builder.read_state(input=seen))
        return Builder.mul(x=Builder.coreml_update_state(state=seen, value=total), y=np.float16(2))

    shapes = {"recurrent": (20, 1, 6)}
    models = {}
    for build in (convolution, recurrent, loop, listed, kept):
        specs = [Builder.TensorSpec(shape=shapes.get(build.__name__, (1, 6, 20)), dtype=types.fp32)]
        if build is kept:
            specs.append(Builder.StateTensorSpec((1, 6, 20), dtype=types.fp16))
        program = Builder.program(input_specs=specs, opset_version=ct.target.iOS18)(build)
        precision = ct.precision.FLOAT16 if build is convolution else ct.precision.FLOAT32
        models[build.__name__] = ct.convert(
            program,
            convert_to="mlprogram",
            minimum_deployment_target=ct.target.iOS18,
            compute_precision=precision,
            skip_model_load=True,
        )
    pruner = ct.optimize.coreml.OpMagnitudePrunerConfig(target_sparsity=0.5, weight_threshold=16)
    config = ct.optimize.coreml.OptimizationConfig(pruner)
    models["convolution"] = ct.optimize.coreml.prune_weights(models["convolution"], config)
    return models


def flip(path: Path, rng: np.random.Generator) -> None:
    """Flip one to four bits of a file."""
    data = bytearray(path.read_bytes())
    for _ in range(int(rng.integers(1, 5))):
        data[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
    path.write_bytes(data)


def cut(path: Path, rng: np.random.Generator) -> None:
    """Keep a part of a file."""
    data = path.read_bytes()
    path.write_bytes(data[: int(rng.integers(len(data)))])


def edit(path: Path, rng: np.random.Generator) -> None:
    """Change one to three things of the spec, each of which leaves it a valid message."""
    model = message_module("Model_pb2").Model()
    model.ParseFromString(path.read_bytes())
    (function,) = model.mlProgram.functions.values()
    blocks = list(function.block_specializations.values())
    for block in blocks:
        blocks += [inner for operation in block.operations for inner in operation.blocks]
    for _ in range(int(rng.integers(1, 4))):
        block = blocks[int(rng.integers(len(blocks)))]
        if block.operations:
            operation = block.operations[int(rng.integers(len(block.operations)))]
            EDITS[int(rng.integers(len(EDITS)))](operation, block, rng)
    path.write_bytes(model.SerializeToString())


def _size(operation: Any, block: Any, rng: np.random.Generator) -> None:
    for output in operation.outputs:
        for dimension in output.type.tensorType.dimensions[:1]:
            dimension.constant.size = int(rng.choice([0, 1, 7, 2**20, 2**31, 2**40]))


def _offset(operation: Any, block: Any, rng: np.random.Generator) -> None:
    for value in operation.attributes.values():
        if value.HasField("blobFileValue"):
            value.blobFileValue.offset = int(rng.choice([0, 1, 64, 65, 2**20, 2**63]))


def _argument(operation: Any, block: Any, rng: np.random.Generator) -> None:
    names = [output.name for item in block.operations for output in item.outputs]
    for argument in list(operation.inputs.values())[:1]:
        for binding in argument.arguments:
            if names:
                binding.name = names[int(rng.integers(len(names)))]


def _type(operation: Any, block: Any, rng: np.random.Generator) -> None:
    operation.type = str(
        rng.choice(["relu", "while_loop", "cond", "gather", "tile", "fill", "list_read", "classify", "teleport"])
    )


def _element(operation: Any, block: Any, rng: np.random.Generator) -> None:
    for output in operation.outputs:
        output.type.tensorType.dataType = int(rng.choice([1, 2, 10, 11, 12, 21, 23, 25, 99]))


def _number(operation: Any, block: Any, rng: np.random.Generator) -> None:
    for value in operation.attributes.values():
        ints = value.immediateValue.tensor.ints.values
        if ints:
            ints[int(rng.integers(len(ints)))] = int(rng.choice([-(2**31), -1, 0, 3, 2**15, 2**31 - 1]))


def _without(operation: Any, block: Any, rng: np.random.Generator) -> None:
    if operation.inputs:
        del operation.inputs[str(rng.choice(sorted(operation.inputs)))]


EDITS: tuple[Callable[[Any, Any, np.random.Generator], None], ...] = (
    _size, _offset, _argument, _type, _element, _number, _number, _number, _without,
)  # fmt: skip


def damage(package: Path, rng: np.random.Generator) -> str:
    """Change a package in one way; return which."""
    weighed = package / WEIGHTS
    ways: dict[str, Callable[[], None]] = {
        "bits of the spec": lambda: flip(package / SPEC, rng),
        "bits of the weights": lambda: flip(weighed, rng),
        "bits of the manifest": lambda: flip(package / "Manifest.json", rng),
        "a part of the spec": lambda: cut(package / SPEC, rng),
        "a part of the weights": lambda: cut(weighed, rng),
        "edited spec": lambda: edit(package / SPEC, rng),
    }
    if not weighed.is_file() or not weighed.stat().st_size:
        ways = {name: way for name, way in ways.items() if "weights" not in name}
    name = str(rng.choice([*ways, "edited spec", "edited spec", "bits of the spec"]))
    ways[name]()
    return name


def serve(connection: Connection) -> None:
    """Load and run every package that is sent; answer with how it ended and the most memory so far."""
    import torch

    torch.set_num_threads(1)
    open_model(connection.recv())  # what every run needs is loaded before memory is counted
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    status = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    virtual = next(int(line.split()[1]) for line in status if line.startswith("VmSize")) * 1024
    resource.setrlimit(resource.RLIMIT_AS, (virtual + LIMIT_BYTES, virtual + LIMIT_BYTES))
    connection.send(used)
    while True:
        try:
            path = connection.recv()
        except EOFError:  # the other end was closed
            return
        try:
            model = open_model(path)
            rng = np.random.default_rng(0)
            inputs = {
                item.name: rng.normal(size=[size or 1 for size in item.shape]).astype(item.dtype)
                for item in model.function.inputs
            }
            model.predict(inputs)
            ended = "result"
        except QleapError as problem:
            ended = type(problem).__name__ if problem.exit_code in {2, 3} else f"! {type(problem).__name__}: {problem}"
        except BaseException as problem:  # noqa: BLE001  what escapes is what this program looks for
            ended = f"! {type(problem).__name__}: {problem}"
        connection.send((ended, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - used))


def unnoticed(package: Path, recorded: str) -> bool:
    """Tell whether a changed package is taken although its hash is known."""
    try:
        Package.load(package, recorded)
    except AlteredFile:
        return False
    return digest_of(package) != recorded


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    ways: Counter[str] = Counter()
    bad: list[str] = []
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "good").mkdir()
        programs = make_programs(Path(folder) / "good")
        recorded = {path: digest_of(path) for path in programs}
        worker = Worker(serve, programs[0], LIMIT_S)
        for case in range(options.cases):
            rng = np.random.default_rng([options.seed, case])
            source = programs[int(rng.integers(len(programs)))]
            target = Path(folder) / "case.mlpackage"
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target)
            way = damage(target, rng)
            ways[way] += 1
            if unnoticed(target, recorded[source]):
                bad.append(f"case {case}: {source.stem}, {way}: taken although its hash is another")
            ended, seconds = worker.run(target)
            slowest = max(slowest, seconds)
            counts["not so" if ended.startswith("! ") else ended] += 1
            if ended.startswith("! "):
                bad.append(f"case {case}: {source.stem}, {way}: {ended[2:]}")
                print(bad[-1], flush=True)
    print(f"{options.cases} cases: " + ", ".join(f"{count} {name}" for name, count in counts.most_common()))
    print("damage: " + ", ".join(f"{count} {name}" for name, count in ways.most_common()))
    result = {
        "cases": options.cases,
        "seed": options.seed,
        "ended": dict(counts),
        "slowest_s": round(slowest, 2),
        "bad": bad,
    }
    print(json.dumps({"benchmark": "fuzz_mil", **result}))
    raise SystemExit(1 if bad else 0)


if __name__ == "__main__":
    main()
