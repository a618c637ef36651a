"""Bundles of the documents of lives: made, verified by their own verifier, and how much of them is recomputed."""

import json
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from billing.invoices import store
from billing.proof.bundle.store import ProofBundle, proof_bundle
from billing.proof.bundle.verify import opened
from billing.proof.payee_bundle.store import payee_proof_bundle
from billing.tables import PayeeDocumentRow

VERIFIER = Path(__file__).parents[2] / "billing/proof/bundle/verify.py"


@dataclass
class Measured:
    """What bundles prove.

    Attributes:
        documents: how many.
        lines: by rule, how many there are, and of how many nothing is checked by hash alone.
        by_hash: by rule and step, how many lines have it.
    """

    documents: int = 0
    lines: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    by_hash: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, bundle: ProofBundle) -> None:
        files = opened(bundle.content)
        self.documents += 1
        hashed = stated_steps(files)
        for line in json.loads(files["document.json"])["lines"]:
            rule = _rule(line)
            self.lines[rule][0] += 1
            self.lines[rule][1] += not hashed[line["pos"]]
            self.by_hash.update((rule, why.rpartition(": ")[2]) for why in hashed[line["pos"]])

    def __str__(self) -> str:
        every, whole = (sum(counts[at] for counts in self.lines.values()) for at in (0, 1))
        told = [
            f"{self.documents} documents, {whole} of {every} lines recomputed ({100 * whole / max(1, every):.1f} %)"
        ]
        told += [f"  {rule}: {counts[1]} of {counts[0]}" for rule, counts in sorted(self.lines.items())]
        return "\n".join(
            [*told, *(f"    {count} × {rule}: {why}" for (rule, why), count in self.by_hash.most_common(60))]
        )


def _rule(line: Mapping[str, Any]) -> str:
    proof = line.get("proof")
    if proof is None:
        return "a payee's, corrected" if "corrects" in line else "a payee's"
    return f"{proof['rule']}, credit" if "credit" in proof else str(proof["rule"])


def stated_steps(files: Mapping[str, bytes]) -> dict[int, set[str]]:
    """By line, the reasons of the steps that are stated, and not computed."""
    stored = json.loads(files["steps.json"])

    def reasons(step: Any, known: set[str]) -> Iterator[str]:
        if not isinstance(step, list) or not step:
            return
        if step[0] == "stated":
            yield step[2]
        elif step[0] == "step":
            if step[1] not in known:
                known.add(step[1])
                yield from reasons(stored["steps"][step[1]], known)
        else:
            for part in step[1:]:
                yield from reasons(part, known)

    return {
        int(pos): {why for step in line.values() for why in reasons(step, set())}
        for pos, line in stored["lines"].items()
    }


def verified(path: Path) -> subprocess.CompletedProcess[str]:
    """Verify a bundle as its customer does: in a Python of its own, without what is installed, by the file alone."""
    command = [sys.executable, "-I", "-S", str(VERIFIER), str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=path.parent)


def payee_bundles_of(session: Session) -> Iterator[ProofBundle]:
    """Make the bundle of each document of a payee."""
    for row in session.exec(select(PayeeDocumentRow).order_by(col(PayeeDocumentRow.id))).all():
        yield payee_proof_bundle(session, row)


def bundles_of(session: Session, ids: Iterable[int] | None = None) -> Iterator[ProofBundle]:
    """Make the bundle of each issued document of a customer."""
    chosen = store.ids_of(session) if ids is None else ids
    for invoice in store.billed(session, chosen):
        if invoice.row.number is not None and invoice.row.within_id is None:
            yield proof_bundle(session, invoice)
