"""The file of gateway accounts by which the product asks a Stripe of our own, as a user writes it for Stripe."""

from pathlib import Path

import yaml

from api.demo.stripe_server.server import StripeServer
from api.demo.stripe_server.webhooks import SECRET

#: Our name of the account.
ACCOUNT = "trial-cards"


def write_accounts(server: StripeServer, folder: Path, tenant: str, supplier: str) -> Path:
    """Write what ``USUFRUCT_GATEWAYS_FILE`` names, and the secrets beside it; say where."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "key").write_text(server.secret_key, encoding="utf-8")
    (folder / "webhook").write_text(SECRET, encoding="utf-8")
    file = folder.resolve() / "gateways.yaml"
    account = {
        "name": ACCOUNT, "tenant": tenant, "supplier": supplier, "gateway": "stripe", "country": "DE",
        "secret_key_file": str(file.parent / "key"), "webhook_secret_files": [str(file.parent / "webhook")],
        "address": server.address,
    }  # fmt: skip
    file.write_text(yaml.safe_dump({"accounts": [account]}, allow_unicode=True), encoding="utf-8")
    return file
