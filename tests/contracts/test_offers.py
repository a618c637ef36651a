"""The offers that the market makes, as contracts: each is one, and comes out to the cent on its example of a month."""

from decimal import Decimal
from pathlib import Path

import pytest

from contracts.pricing_preview import ContractTrial, try_contract
from quantities.document import parse, read

OFFERS = Path(__file__).parents[2] / "examples/offers"

#: What each month comes to, with the arithmetic.
NETS = {
    "air-utility": "2560.00",  # 1150 + 52,000 × 0.0235 + 8,000 not taken × 0.0235
    "air-all-in": "1482.38",  # 52,000 m³ at ISO 1217 are 47,818.74 at DIN 1343, × 0.0310
    "air-guaranteed-price": "1662.60",  # (50,000 × 0.028 + 10,000 × 0.023) × 1.02
    "press-subscription": "88250.00",  # 83,000 + 420,000 × 0.0125
    "pay-per-part": "9405.00",  # 8,000 × 0.90 + 1,200 × 1.40 + 300 × 1.75
    "power-by-the-hour": "51534.40",  # 160 × 310 × 1.039
    "engine-care": "24852.90",  # 212.4 × 114.75, one line visit of three
    "tool-fleet": "140.00",  # 2 × 38.50 and 12 days × 4.20 × 1.25
    "mining-truck": "50225.65",  # 51,840 less 1.5 × (92 - 90.3226) %, less 310 gallons
    "truck-hours": "1711.75",  # 160 × 9.80 + 11.5 × 12.50
    "financed-by-use": "15095.10",  # 402 × (31.40 + 6.15)
    "rate-by-output": "6200.00",  # 4,588 and what is missing to half of the rate
    "managed-units": "2400.00",  # 5,730 of two pooled 5,000
    "prepaid-energy": "826.00",  # block 1 for 700, and 300 × 0.42
    "performance-fee": "6500.00",
    "lighting-guaranteed": "17001.60",  # an instalment of 17,731.57, less what 70,840 × 0.24 = 17,001.60 is short of it
    "heat-saved": "637.08",  # 8,126 × 0.112 = 910.11, of which 70 %
    "three-carriers": "-2143.30",  # 18 − 15.618559968 tce, at 900
    "energy-trusteeship": "3724690.75",  # 3,878,000 × 0.92 + 220,000, less a quarter of 3,567,760 − 3,315,483
}


def test_every_offer_is_tried() -> None:
    assert {path.stem for path in OFFERS.glob("*.yaml") if ".usage" not in path.name} == NETS.keys()


@pytest.mark.parametrize("offer", NETS)
def test_an_offer_comes_out_to_the_cent(offer: str) -> None:
    document = read((OFFERS / f"{offer}.yaml").read_bytes())
    usage = read((OFFERS / f"{offer}.usage.yaml").read_bytes())
    result = try_contract(parse(ContractTrial, {"contract": document, **usage}))
    assert Decimal(NETS[offer]) == result.net, [line.sum for line in result.lines]
