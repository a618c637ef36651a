"""The file of gateway accounts by which the product asks a Stripe of our own, as a user writes it for Stripe."""

from pathlib import Path

import yaml

from api.demo.stripe_server.server import StripeServer
from api.demo.stripe_server.webhooks import SECRET


def write_accounts(server: StripeServer, folder: Path, tenant: str, supplier: str, name: str = "demo-cards") -> Path:
    """Write what ``USUFRUCT_GATEWAYS_FILE`` names, and the secrets beside it; say where.

    Args:
        server: what is asked.
        folder: is made where it is not there.
        tenant: whose account it is.
        supplier: whose money it takes.
        name: ours of the account; a server that is begun anew is another account, for it knows no customer of the last.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "key").write_text(server.secret_key, encoding="utf-8")
    (folder / "webhook").write_text(SECRET, encoding="utf-8")
    file = folder.resolve() / "gateways.yaml"
    account = {
        "name": name, "tenant": tenant, "supplier": supplier, "gateway": "stripe", "country": "DE",
        "secret_key_file": str(file.parent / "key"), "webhook_secret_files": [str(file.parent / "webhook")],
        "address": server.address,
    }  # fmt: skip
    file.write_text(yaml.safe_dump({"accounts": [account]}, allow_unicode=True), encoding="utf-8")
    return file
