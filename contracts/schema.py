"""The published JSON Schema of a contract: for editors to complete and check by, and for other programs to write by."""

import json

from contracts.contract import Contract


def contract_schema() -> str:
    """Write the schema down, in a stable order."""
    found = Contract.model_json_schema()
    told = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Contract", **found}
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"
