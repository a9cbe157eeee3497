"""Commands on a finished bundle: pack, validate, gate."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qleap_edge.cli.options import JsonFlag, RecipeOption
from qleap_edge.cli.output import print_gates, print_json, print_table

if TYPE_CHECKING:
    from qleap_edge.core.output_paths import FileKind
    from qleap_edge.gates.decide import GateReport

BundleArgument = Annotated[Path, typer.Argument(help="Bundle folder, e.g. dist/QuantumLeapPose-0.1.0.")]


def bundle(
    recipe: RecipeOption,
    stages: Annotated[Path, typer.Option("--stages", help="Folder with finished stages (dist/stages/<recipe>).")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder that gets the bundle.")] = Path("dist"),
    signing_key: Annotated[Path | None, typer.Option(help="Ed25519 private key (PEM).")] = None,
    json: JsonFlag = False,
) -> None:
    """Pack finished stages into a bundle."""
    from qleap_edge.bundle.assemble import bundle_name
    from qleap_edge.bundle.layout import BUNDLE_FOLDER
    from qleap_edge.core.output_paths import require_output_folder, require_replaceable
    from qleap_edge.core.recipe import load_recipe
    from qleap_edge.release.pipeline import finished_folders
    from qleap_edge.release.stages.pack import pack

    require_output_folder(out)
    require_replaceable(out / bundle_name(), BUNDLE_FOLDER)
    loaded = load_recipe(recipe)
    manifest = pack(finished_folders(loaded, stages), out / bundle_name(), loaded, signing_key)
    if json:
        print_json(manifest)
        return
    megabytes = sum(record.bytes for record in manifest.files) / 1e6
    typer.echo(f"bundle: {out / bundle_name()} ({len(manifest.files)} files, {megabytes:.1f} MB)")


def sign(
    folder: BundleArgument,
    key: Annotated[Path, typer.Option("--key", help="Ed25519 private key (PEM), encrypted or not.")],
    password_file: Annotated[
        Path | None,
        typer.Option(
            help="File whose first line is the password of an encrypted key; else QLEAP_KEY_PASSWORD, else it is asked for."
        ),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Check a finished bundle and sign it; a signature vouches for every byte of it."""
    from qleap_edge.bundle.sign import sign_bundle
    from qleap_edge.bundle.signing import load_private_key

    document = sign_bundle(folder, load_private_key(key, _password(key, password_file)))
    if json:
        print_json(document)
        return
    typer.echo(f"signed: {folder}, public key {document.public_key}")


def _password(key: Path, password_file: Path | None) -> bytes | None:
    """Return the password of an encrypted key: of the file, of the environment, or what a person types; None without one."""
    import os

    from qleap_edge.bundle.signing import PASSWORD_VARIABLE, is_encrypted
    from qleap_edge.core.errors import InputDataError

    if password_file is not None:
        try:
            lines = password_file.read_bytes().splitlines()
        except OSError as problem:
            raise InputDataError("the password cannot be read", where=password_file, got=str(problem)) from problem
        return lines[0] if lines else b""
    if PASSWORD_VARIABLE in os.environ:
        return os.environ[PASSWORD_VARIABLE].encode() if is_encrypted(key) else None
    if is_encrypted(key) and sys.stdin.isatty():
        return str(typer.prompt("Password of the key", hide_input=True)).encode()
    return None


def archive(
    folder: BundleArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="Zip file to write.")],
    json: JsonFlag = False,
) -> None:
    """Write a bundle as one zip file; equal bundles give equal bytes."""
    from qleap_edge.bundle.archive import ARCHIVE_FILE, archive_bytes
    from qleap_edge.core.manifest import sha256_file
    from qleap_edge.core.output_paths import require_replaceable_file, write_output

    require_replaceable_file(out, ARCHIVE_FILE)
    data = archive_bytes(folder)
    write_output(out, data, ARCHIVE_FILE)
    sha256 = sha256_file(out)
    if json:
        print_json({"path": str(out), "bytes": len(data), "sha256": sha256})
        return
    typer.echo(f"{out}: {len(data) / 1e6:.1f} MB, sha256 {sha256}")


def validate(
    folder: BundleArgument,
    public_key: Annotated[Path | None, typer.Option(help="Demand a signature by this Ed25519 key (PEM).")] = None,
    json: JsonFlag = False,
) -> None:
    """Check every hash, schema and signature of a bundle; exit 1 names what is altered."""
    from qleap_edge.bundle.validate import validate_bundle

    result = validate_bundle(folder, public_key)
    if json:
        print_json(result.model_dump(mode="json"))
        return
    signer = "unsigned" if result.signed_by is None else f"{result.signed_by}"
    if result.signed_by is not None:
        signer += " (the key you gave)" if result.signer_trusted else " (whose key that is was not checked)"
    print_table(
        "The bundle is intact",
        ("what", "value"),
        (
            ("bundle", result.bundle),
            ("version", result.version),
            ("grade", result.grade),
            ("files", result.files),
            ("signed by", signer),
        ),
    )


def gate(
    folder: BundleArgument,
    thresholds: Annotated[Path | None, typer.Option(help="Bounds to use instead of the shipped ones.")] = None,
    grade: Annotated[
        str | None,
        typer.Option(help="Judge by the bounds of this grade instead of the bundle's own: tiny, preview, release."),
    ] = None,
    public_key: Annotated[Path | None, typer.Option(help="Demand a signature by this Ed25519 key (PEM).")] = None,
    require_grade: Annotated[
        str | None, typer.Option(help="Demand that the bundle claims at least this grade: tiny, preview, release.")
    ] = None,
    recompute: Annotated[
        Path | None, typer.Option(help="Measure accuracy and calibration again on this dataset, and compare.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that run the model.")] = 2,
    baseline: Annotated[
        Path | None,
        typer.Option(
            help="An earlier bundle: a number that is worse than there by more than chance explains fails too."
        ),
    ] = None,
    waivers: Annotated[
        Path | None,
        typer.Option(help="Bounds that the bundle may break for a while, TOML: gate, reason, by whom, until when."),
    ] = None,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain", metavar="GATE", help="Say everything about one gate instead, e.g. accuracy.exercise."
        ),
    ] = None,
    junit: Annotated[
        Path | None, typer.Option("--junit", help="Write the verdicts as JUnit XML into this file.")
    ] = None,
    markdown: Annotated[
        Path | None,
        typer.Option("--markdown", help="Write the verdicts as Markdown into this file, for a pull request."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write one page with the verdicts and every number beside its bound.")
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Decide on a bundle: number, bound, unit, verdict for each gate; exit 1 if one fails.

    A value that keeps a bound while the worse end of its interval does not is undecided, which fails grade release.
    """
    from qleap_edge.core.contract import PACKAGE_NAME
    from qleap_edge.core.grades import grade_of
    from qleap_edge.core.manifest import digest_of
    from qleap_edge.core.output_paths import require_different_files, require_replaceable_file, write_output
    from qleap_edge.gates import exports
    from qleap_edge.gates.gate_page import GATE_PAGE_FILE, gate_page
    from qleap_edge.gates.regression import with_regressions
    from qleap_edge.gates.report import gate_bundle
    from qleap_edge.gates.thresholds import load_thresholds

    require_different_files(("--junit", junit), ("--markdown", markdown), ("--html", html))

    def page(report: "GateReport") -> str:
        return gate_page(report, folder.resolve().name, digest_of(folder / PACKAGE_NAME))

    outputs: tuple[tuple[Path | None, FileKind, Callable[[GateReport], str]], ...] = (
        (junit, exports.JUNIT_FILE, exports.junit_xml),
        (markdown, exports.MARKDOWN_FILE, exports.markdown),
        (html, GATE_PAGE_FILE, page),
    )
    for path, kind, _ in outputs:
        if path is not None:
            require_replaceable_file(path, kind)
    judged, required = (None if name is None else grade_of(name) for name in (grade, require_grade))
    if explain is not None:
        _explain(folder, thresholds, explain, json=json)
        return
    report = gate_bundle(folder, thresholds, judged, public_key=public_key, required=required, waivers=waivers)
    if baseline is not None:
        report = with_regressions(report, load_thresholds(thresholds), folder, baseline)
    if recompute is not None:
        _recompute(folder, recompute, workers, shown=not json)
    for path, kind, text in outputs:
        if path is not None:
            write_output(path, text(report).encode(), kind)
    print_json(report) if json else print_gates(report)
    if report.verdict == "fail":
        raise typer.Exit(1)


def _explain(folder: Path, thresholds: Path | None, name: str, *, json: bool) -> None:
    """Print what is known about one gate."""
    from qleap_edge.bundle.validate import validate_bundle
    from qleap_edge.gates.explain import explanation, gates_named
    from qleap_edge.gates.report import SIGNED, bundle_measurements, signed
    from qleap_edge.gates.thresholds import load_thresholds

    named = gates_named(load_thresholds(thresholds), name)
    validation = validate_bundle(folder, None, build_folders=False)
    measurements = bundle_measurements(folder) | {SIGNED: signed(validation.signed_by is not None)}
    told = [explanation(gate, measurements) for gate in named]
    if json:
        print_json([dict(rows) for rows in told])
        return
    for rows in told:
        print_table(f"Gate {name}", ("what", "value"), rows)


def _recompute(folder: Path, data: Path, workers: int, *, shown: bool) -> None:
    """Measure again, with a progress bar, and say how much was compared."""
    from qleap_edge.cli.output import progress_bar
    from qleap_edge.gates.recompute import recompute

    with progress_bar("windows", shown=shown) as on_window:
        compared = recompute(folder, data, workers=workers, on_window=on_window)
    if shown:
        typer.echo(f"{compared} measurements of the reports are what the model gives on {data}")
