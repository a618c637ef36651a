"""The published JSON Schema of a contract, for editors that complete and check it, and for programs that write one."""

import json

from contracts.contract import Contract


def contract_schema() -> str:
    """Make the schema as text, in a stable order."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Contract",
        **Contract.model_json_schema(),
    }
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
