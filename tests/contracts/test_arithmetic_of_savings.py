"""An amendment changes no energy that it does not name: a saving's rows go on by the arithmetic of the version before."""

from typing import Any

import pytest

from api.demo.documents import document
from contracts.arithmetic import with_numbers_of
from contracts.contract import Contract
from quantities.document import parse, read
from savings.options.option_b import Modelled


def office(**method: Any) -> Contract:
    terms: Any = read(document("office"))
    stated = terms["savings"][0]["option"]["baseline"]["method"]
    del stated["arithmetic"]
    stated |= method
    contract: Contract = parse(Contract, terms)
    return contract


@pytest.mark.parametrize(
    ("before", "amended", "number"),
    [
        pytest.param({"arithmetic": 1}, {}, 1, id="nothing is stated: the number of the version before"),
        pytest.param({"arithmetic": 1}, {"arithmetic": 2}, 2, id="what is stated counts"),
        pytest.param({}, {}, 2, id="the newest goes on as the newest"),
        pytest.param({"arithmetic": 1}, {"kind": "change_point", "form": "5P"}, 2, id="another method has its own"),
    ],
)
def test_the_number_goes_on(before: dict[str, Any], amended: dict[str, Any], number: int) -> None:
    version = with_numbers_of(office(**before), _amended(amended))
    (plan,) = version.savings
    assert isinstance(plan.option, Modelled)
    assert plan.option.baseline.method.arithmetic == number


def _amended(method: dict[str, Any]) -> Contract:
    if "kind" not in method:
        return office(**method)
    terms: Any = read(document("office"))
    of_before = terms["savings"][0]["option"]["baseline"]["method"]
    terms["savings"][0]["option"]["baseline"]["method"] = {"modes": of_before["modes"], **method}
    contract: Contract = parse(Contract, terms)
    return contract
