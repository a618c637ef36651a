"""The file of a proof: a bundle that whoever has it verifies without us."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.context import say, write_file

if TYPE_CHECKING:
    from billing.proof.bundle.store import ProofBundle

ProofFile = Annotated[
    Path | None, typer.Option("--to", help="The file to write; proof-NUMBER.zip here, where none is named.")
]


def write_proof(bundle: "ProofBundle", to: Path | None, *, as_json: bool) -> None:
    """Write a bundle into a file, and say how it is verified."""
    path = Path(f"proof-{bundle.number}.zip") if to is None else to
    write_file("proof", path, bundle.content)
    sentence = f"{path}: verify it by python3 verify.py {path.name}; its hash is {bundle.proof_hash}"
    say({"number": bundle.number, "proof_hash": bundle.proof_hash, "file": str(path)}, sentence, as_json=as_json)
