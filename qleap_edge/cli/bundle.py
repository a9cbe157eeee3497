"""Commands on a finished bundle: pack, sign, zip, export its Swift package, validate."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from qleap_edge.cli.options import JsonFlag, RecipeOption
from qleap_edge.cli.output import print_json, print_table

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
    from qleap_edge.gates.report import gate_bundle

    loaded = load_private_key(key, _password(key, password_file))
    report = gate_bundle(folder)  # a signature must not vouch for reports that nobody can read
    document = sign_bundle(folder, loaded)
    if json:
        print_json(document)
        return
    typer.echo(f"signed: {folder}, grade {report.grade}, verdict {report.verdict}, public key {document.public_key}")


def _password(key: Path, password_file: Path | None) -> bytes | None:
    """Return the password of an encrypted key: of the file, of the environment, or what a person types; None without one."""
    import os

    from qleap_edge.bundle.signing import PASSWORD_VARIABLE, is_encrypted
    from qleap_edge.core.errors import InputDataError

    if password_file is not None:
        try:
            lines = password_file.read_bytes().splitlines()
        except OSError as problem:
            raise InputDataError(
                "the password cannot be read", where=password_file, got=str(problem), next_step="check the path"
            ) from problem
        if not lines or not lines[0]:
            raise InputDataError(
                "the password is empty", where=password_file, expected="the password in the first line", got="nothing",
                next_step="write it into the first line, or leave the file out for a key that is not encrypted",
            )  # fmt: skip
        return lines[0]
    if os.environ.get(PASSWORD_VARIABLE):  # an empty one is what a pipeline sets where the secret is missing
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
    from qleap_edge.core.output_paths import require_outside, require_replaceable_file, write_output

    require_replaceable_file(out, ARCHIVE_FILE)
    require_outside(folder, out)
    data = archive_bytes(folder)
    write_output(out, data, ARCHIVE_FILE)
    sha256 = sha256_file(out)
    if json:
        print_json({"path": str(out), "bytes": len(data), "sha256": sha256})
        return
    typer.echo(f"{out}: {len(data) / 1e6:.1f} MB, sha256 {sha256}")


def export_package(
    folder: BundleArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to commit and tag, or a file that ends in .zip.")],
    public_key: Annotated[Path | None, typer.Option(help="Demand a signature by this Ed25519 key (PEM).")] = None,
    json: JsonFlag = False,
) -> None:
    """Write the Swift package of a bundle as SwiftPM takes it; equal bundles give equal bytes."""
    from qleap_edge.bundle.swift_package import export_package as export
    from qleap_edge.bundle.swift_package import require_exportable

    require_exportable(folder, out)
    written = export(folder, out, public_key)
    if json:
        print_json(written.model_dump(mode="json"))
        return
    typer.echo(
        f"{out}: QLeapEdge {written.version}, grade {written.grade}, {written.files} files, {written.bytes / 1e6:.1f} MB"
    )
    if written.warning:
        typer.echo(f"warning: {written.warning}")
    for line in _next_steps(out, written.version, written.checksum):
        typer.echo(line)


def _next_steps(out: Path, version: str, checksum: str | None) -> list[str]:
    """Return the lines that bring an exported package into an app."""
    from shlex import quote

    if checksum is not None:
        return [
            f"checksum: {checksum}",
            f"It is what `swift package compute-checksum {quote(out.name)}` prints, and what a package registry states.",
            "Or compare it where the file arrives, unpack it, and depend on the folder, in the app's Package.swift:",
            '  .package(path: "QLeapEdge")',
            '  .product(name: "QLeapEdge", package: "QLeapEdge")',
        ]
    git = f"git -C {quote(str(out))}"
    return [
        "Publish it:",
        f'  {git} init -b main && {git} add --all && {git} commit -m "QLeapEdge {version}" && {git} tag {version}',
        f"  {git} remote add origin URL && {git} push origin main {version}",
        "Depend on it, in the app's Package.swift:",
        f'  .package(url: "URL", from: "{version}")',
        '  .product(name: "QLeapEdge", package: "QLeapEdge")  // package: the last part of the URL, without .git',
    ]


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
