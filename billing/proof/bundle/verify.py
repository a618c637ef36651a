"""Verify the proof of an invoice, offline and without the product that wrote it: python3 verify.py BUNDLE.zip

It needs Python 3.9 or newer and nothing else. It checks that no byte of the bundle was changed, evaluates every step of
the calculation from the readings and from the terms of the contract, and compares each number with what the document
says. What it can only check by hash it names. It ends with 0 if the document proves, else with 1.
"""

import hashlib
import io
import json
import sys
import zipfile
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

HOUR = 3600 * 10**6  # in microseconds
UNREAD = ("MANIFEST.json", "VOID.json")


class Unproven(Exception):
    """The bundle is damaged, or a number does not follow from what it states."""


def packed(files: dict) -> bytes:
    """The bytes of a bundle: its files in order, each stored as it is, at the same instant, by no special user."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, files[name])
    return buffer.getvalue()


def written(value: object) -> bytes:
    """JSON of which there is one text for each value."""
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def manifest_of(files: dict) -> bytes:
    """The hash of each file but the manifest itself, and the mark of a document that became void later."""
    return written({name: hashlib.sha256(files[name]).hexdigest() for name in files if name not in UNREAD})


def opened(raw: bytes) -> dict:
    """Read a bundle, and see that it is byte for byte what its files make."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            parts = archive.infolist()
            # what is packed could fill the memory: it is not read, and so is not what its parts make
            is_stored = not any(part.compress_type for part in parts) and sum(part.file_size for part in parts) < len(
                raw
            )
            files = {part.filename: archive.read(part) for part in parts if is_stored}
    except Exception as fault:
        raise Unproven(f"the file is damaged: {fault}")
    if packed(files) != raw:
        raise Unproven("the file is damaged: it is not what its parts make")
    if files.get("MANIFEST.json") != manifest_of(files):
        raise Unproven("the manifest does not have the hashes of the files")
    return files


def number(text):
    """An exact number: digits, or p/q."""
    if not isinstance(text, (str, int)) or isinstance(text, bool):
        raise Unproven(f"{text!r} is no number")
    return Fraction(text)


def microseconds(instant):
    since = datetime.fromisoformat(instant) - datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    return (since.days * 86400 + since.seconds) * 10**6 + since.microseconds


def rounded(value, places, rule):
    """Round as the rule says; half_up is a half away from zero, up is away from zero, ceiling is upwards."""
    scaled = abs(value) * 10**places
    whole, rest = divmod(scaled, 1)
    up = {
        "half_up": rest >= Fraction(1, 2),
        "half_down": rest > Fraction(1, 2),
        "half_even": rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2 == 1),
        "up": rest > 0,
        "down": False,
        "ceiling": rest > 0 and value > 0,
        "floor": rest > 0 and value < 0,
    }[rule]
    return Fraction(whole + up, 10**places) * (1 if value > 0 else -1)


def settled(value):
    """A number whose decimals do not end is rounded half to even at 15 of them."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return value if rest == 1 else rounded(value, 15, "half_even")


def shares(whole, weights, places):
    """Divide by largest remainder: what is left over goes unit by unit to the largest; of equals, to the first."""
    units, total = abs(whole) * 10**places, sum(weights)
    if units.denominator != 1 or (not total and units):
        raise Unproven(f"{whole} cannot be divided")
    exact = [units * weight / total if total else Fraction(0) for weight in weights]
    parts = [share.numerator // share.denominator for share in exact]
    by_rest = sorted(range(len(parts)), key=lambda at: (parts[at] - exact[at], at))
    for at in by_rest[: int(units) - sum(parts)]:
        parts[at] += 1
    return [Fraction(part, 10**places) * (1 if whole >= 0 else -1) for part in parts]


class CountedRegister:
    """What one register counted, from its readings."""

    def __init__(self, stated):
        self.stated, self.multiplier = stated, number(stated["multiplier"])
        self.rows = [
            (microseconds(row[0]), microseconds(row[1]), number(row[2]), row[5] if len(row) > 5 else {})
            for row in stated["rows"]
        ]
        self.gains = [(microseconds(at), number(gained)) for at, gained, _ in stated.get("gained", [])]

    def use(self, piece, edges, where):
        """The use from one instant to another."""
        start, end = (microseconds(instant) for instant in piece)
        kind = self.stated["kind"]
        if kind in ("interval", "event"):
            rows = [row for row in self.rows if all(row[3].get(name, "") == value for name, value in where.items())]
            total = sum((row[2] for row in rows if start <= row[0] < end), Fraction(0))
            if edges == "interpolated" and kind == "interval":
                total += self._share(rows, start) - self._share(rows, end)
            return total * self.multiplier
        if kind == "cumulative":
            return self._risen(start, end, edges) * self.multiplier
        if kind == "state":
            codes = [number(code) for code in where.get("codes", self.stated["used"])]
            lasted = sum((high - low for low, high, row, _ in self.stretches(start, end) if row[2] in codes), 0)
            return settled(Fraction(lasted, self.stated["unit_us"])) * self.multiplier
        return settled(self._area(start, end) / HOUR) * self.multiplier

    def mean(self, pieces):
        """The mean of a level by time, over what of some pieces is known."""
        known = [stretch for piece in pieces for stretch in self.stretches(*map(microseconds, piece))]
        return sum(map(self._of_stretch, known)) / sum(high - low for low, high, _, _ in known) * self.multiplier

    def _share(self, rows, edge):
        across = [row for row in rows if row[0] < edge < row[1]]
        return sum((rounded(row[2] * (row[1] - edge) / (row[1] - row[0]), 15, "half_even") for row in across), 0)

    def _gained(self, after, until):
        return sum((gained for at, gained in self.gains if after < at <= until), Fraction(0))

    def _at(self, edge, edges, first=None):
        before = [row for row in self.rows if row[0] <= edge] or ([first] if first else [])
        after = [row for row in self.rows if row[0] > edge]
        if not before:
            raise Unproven(f"{self.stated['register']} has no read before an edge")
        read = before[-1]
        if edges == "last_read" or read[0] == edge:
            return read, read[2]
        rise = after[0][2] - read[2] + self._gained(read[0], after[0][0])
        return read, read[2] + rounded(rise * (edge - read[0]) / (after[0][0] - read[0]), 15, "half_even")

    def _risen(self, start, end, edges):
        after = [row for row in self.rows if row[0] > start]
        first, low = self._at(start, edges, after[0] if after else None)
        last, high = self._at(end, edges)
        return high - low + self._gained(first[0], last[0])

    def stretches(self, start, end):
        """The time over which a level or a state is known, each stretch with its read and the next."""
        holds, linear = self.stated.get("holds_us"), self.stated.get("between") == "linear"
        for at, row in enumerate(self.rows):
            after = self.rows[at + 1] if at + 1 < len(self.rows) else None
            until = end if after is None else after[0]
            if holds is not None and until > row[0] + holds:
                until, after = row[0] + holds, None
            if after is None and linear:
                continue
            low, high = max(row[0], start), min(until, end)
            if low < high:
                yield low, high, row, after if linear else None

    def _of_stretch(self, stretch):
        low, high, row, after = stretch
        if after is None:
            return row[2] * (high - low)
        slope = (after[2] - row[2]) / (after[0] - row[0])
        return (row[2] + slope * (Fraction(low + high, 2) - row[0])) * (high - low)

    def _area(self, start, end):
        return sum(map(self._of_stretch, self.stretches(start, end)), Fraction(0))

    def peak(self, days, minutes, pieces):
        """The highest mean over any block of some minutes that begins within some pieces; blocks begin at midnight."""
        width, within = minutes * 60 * 10**6, [tuple(map(microseconds, piece)) for piece in pieces]
        used = {}
        for start, _, value, _ in self.rows:
            for low, high in (tuple(map(microseconds, day)) for day in days):
                if low <= start < high:
                    block = low + (start - low) // width * width
                    used[block] = used.get(block, Fraction(0)) + value
        inside = [use for at, use in used.items() if any(low <= at < high for low, high in within)]
        return max(inside, default=Fraction(0)) * self.multiplier * 60 / minutes


class StepEvaluator:
    """The steps of a calculation, evaluated from the readings, the terms and the tables of a bundle."""

    def __init__(self, files: dict) -> None:
        self.files, self.known, self.done, self.registers = files, {}, {}, {}
        self.rests_on = set()  # what the step in hand rests on; "by hash" of what nothing is recomputed of

    def json(self, name):
        if name not in self.known:
            self.known[name] = json.loads(self.files[name])
        return self.known[name]

    def look(self, name, path):
        """Look a value up by its place in a file."""
        place = self.json(name)
        for key in path.split("/")[1:]:
            key = key.replace("~1", "/").replace("~0", "~")
            place = place[int(key)] if isinstance(place, list) else place[key]
        return place

    def register(self, name):
        if name not in self.registers:
            self.registers[name] = CountedRegister(self.json(name))
        return self.registers[name]

    def value(self, step: object) -> Fraction:
        """Evaluate a step: a whole number, or its name and what it is of."""
        if isinstance(step, int):
            return Fraction(step)
        name, of = step[0], step[1:]
        if name in self.LEAVES:
            return self.LEAVES[name](self, *of)
        if name == "share":
            whole, weights, at, places = of
            return shares(self.value(whole), [self.value(weight) for weight in weights], places)[at]
        if name == "round":
            return rounded(self.value(of[0]), of[1], of[2])
        return self.SUMS[name]([self.value(part) for part in of])

    def _step(self, name):
        if name not in self.done:
            before, self.rests_on = self.rests_on, set()
            value = self.value(self.json("steps.json")["steps"][name])
            self.done[name] = value, self.rests_on
            self.rests_on = before
        value, rests_on = self.done[name]
        self.rests_on |= rests_on
        return value

    def _look(self, name, path):
        self.rests_on.add(name)
        return number(self.look(name, path))

    def _use(self, name, pieces, edges, where):
        self.rests_on.add(name)
        return sum((self.register(name).use(piece, edges, where) for piece in pieces), Fraction(0))

    def _mean(self, name, pieces):
        self.rests_on.add(name)
        return self.register(name).mean(pieces)

    def _peak(self, name, days, minutes, pieces):
        self.rests_on.add(name)
        return self.register(name).peak(days, minutes, pieces)

    def _days(self, first, after_last):
        return Fraction((date.fromisoformat(after_last) - date.fromisoformat(first)).days)

    def _written(self, name, path, digits):
        """A number that stands in a text, as in a formula."""
        self.rests_on.add(name)
        if digits not in self.look(name, path):
            raise Unproven(f"{digits} does not stand in {path} of {name}")
        return number(digits)

    def _stated(self, value, why):
        self.rests_on.add("by hash: " + why)
        return number(value)

    def _chosen(self, reached, bounds, options):
        """The first option whose bound is not exceeded; the last one where all are."""
        value = self.value(reached)
        at = next((at for at, bound in enumerate(bounds) if value <= self.value(bound)), len(bounds))
        return self.value(options[at])

    LEAVES = {
        "step": _step, "look": _look, "use": _use, "mean": _mean, "peak": _peak, "days": _days, "stated": _stated,
        "chosen": _chosen, "written": _written,
    }  # fmt: skip
    SUMS = {
        "annuity": lambda of: of[0] * of[1] / (1 - 1 / (1 + of[1]) ** int(of[2])) if of[1] else of[0] / of[2],
        "add": lambda of: sum(of, Fraction(0)),
        "count": lambda of: Fraction(len(of)),
        "sub": lambda of: of[0] - sum(of[1:]),
        "mul": lambda of: of[0] * of[1] if len(of) == 2 else of[0] * of[1] * of[2],
        "ratio": lambda of: of[0] / of[1],
        "div": lambda of: rounded(of[0] / of[1], 15, "half_even"),
        "min": min,
        "max": max,
        "settle": lambda of: settled(of[0]),
    }


def check(what, states, comes_to):
    if number(states) != comes_to:
        shown = Decimal(comes_to.numerator) / Decimal(comes_to.denominator)
        raise Unproven(f"{what} is {states} in the document, and comes to {shown} when it is computed")


def check_lines(steps, document):
    """Recompute each line; say of each what it rests on, and of how many nothing is checked by hash alone."""
    whole = 0
    for line in document["lines"]:
        of_line, where = steps.json("steps.json")["lines"][str(line["pos"])], f"line {line['pos']} ({line['charge']})"
        steps.rests_on = set()
        for name in ("quantity", "unit_price", "net"):
            check(f"the {name} of {where}", line[name], steps.value(of_line[name]))
        check(f"the tax rate of {where}", line["tax"]["rate"], steps.value(of_line["tax_rate"]))
        by_hash = sorted(name for name in steps.rests_on if name.startswith("by hash: "))
        whole += not by_hash
        rests = ", ".join(sorted(steps.rests_on - set(by_hash))) or "the terms alone"
        yield f"{where}: {line['quantity']} {line['unit']} x {line['unit_price']} = {line['net']}, from {rests}"
        for name in by_hash:
            yield f"  only {name}"
    yield f"{whole} of {len(document['lines'])} lines recomputed from readings, terms and tables alone"


def tax_on(line, places):
    if line.get("gross") is not None:
        return number(line["gross"]) - number(line["net"])
    return rounded(number(line["net"]) * number(line["tax"]["rate"]) / 100, places, "half_up")


def by_rate(lines, document):
    """Put lines together by category and rate: what is taxed, the tax, and the lines."""
    groups, places = {}, document["places"]
    for line in lines:
        groups.setdefault((line["tax"]["category"], number(line["tax"]["rate"])), []).append(line)
    for (category, rate), of_group in groups.items():
        base = sum(number(line["net"]) for line in of_group)
        by_line = document["tax_rounding"] == "line"
        tax = (
            sum(tax_on(line, places) for line in of_group) if by_line else rounded(base * rate / 100, places, "half_up")
        )
        groups[category, rate] = base, tax, of_group
    return groups


def check_parts(what, stated, of_group, tax, places):
    """Divide the tax of a rate by what the rate is the sum of, as a state's and a county's."""
    weights = {}
    for line in of_group:
        parts = line["tax"].get("parts", [["", line["tax"]["rate"]]])
        if parts:
            check(f"the sum of the parts of {what}", line["tax"]["rate"], sum(number(part[1]) for part in parts))
        for name, percent in parts:
            weights[name] = weights.get(name, 0) + number(line["net"]) * number(percent)
    signs = {weight > 0 for weight in weights.values() if weight}
    if len(signs) > 1:
        yield f"  only by hash: how {what} is divided by the parts of its rate"
    elif stated.keys() != (weights.keys() - {""} if signs else set()):
        raise Unproven(f"the parts of {what} are not those of its lines")
    else:
        divided = shares(tax, list(map(abs, weights.values())), places) if signs else []
        for part, amount in zip(weights, divided):  # noqa: B905 strict is not known to Python 3.9
            if part:
                check(f"the part {part} of {what}", stated[part], amount)


def check_declared(declared, rates, document):
    """Convert the tax of each month at its own rate; the last month has what the others leave of it."""
    months, left = {}, sum(tax for _, tax, _ in by_rate(document["lines"], document).values())
    for line in sorted(document["lines"], key=lambda line: line["tax_point"]):
        if number(line["tax"]["rate"]):
            months.setdefault(line["tax_point"][:7], []).append(line)
    converted = Fraction(0)
    for place, (month, of_month) in enumerate(months.items(), start=1):
        vat = sum(tax for _, tax, _ in by_rate(of_month, document).values()) if place < len(months) else left
        left -= vat
        for rate in (rate for rate in rates if rate["month"] == month):
            value = number(rate["value"])
            converted += rounded(vat / value if rate.get("per_unit") else vat * value, declared["places"], "half_up")
    check(f"the tax in {declared['currency']}", declared["vat"], converted)
    yield f"vat in {declared['currency']}: {declared['vat']}"


def check_totals(document, rates):
    """Recompute the taxes by rate, the totals, what is to be paid and what is declared in another currency."""
    places, lines, totals = document["places"], document["lines"], document["totals"]
    groups, off, agreed = by_rate(lines, document), {}, Fraction(0)
    for line in lines:
        if line.get("withheld_percent") is not None:
            percent = number(line["withheld_percent"])
            off[percent] = off.get(percent, 0) + number(line["net"])
    vat, stated = Fraction(0), {(tax["category"], number(tax["rate"])): tax for tax in document["taxes"]}
    if stated.keys() != groups.keys():
        raise Unproven("the taxes of the document are not those of its lines")
    for (category, rate), (base, tax, of_group) in groups.items():
        what = f"the tax of {category} at {rate} %"
        check(f"the taxable amount of {category} at {rate} %", stated[category, rate]["taxable"], base)
        check(what, stated[category, rate]["amount"], tax)
        yield from check_parts(what, stated[category, rate].get("parts", {}), of_group, tax, places)
        vat += tax
        gross = [number(line["gross"]) for line in of_group if line.get("gross") is not None]
        if gross and document["tax_rounding"] == "rate":
            others = sum((number(line["net"]) for line in of_group if line.get("gross") is None), Fraction(0))
            agreed += sum(gross) + others + rounded(others * rate / 100, places, "half_up") - base - tax
    net = sum((number(line["net"]) for line in lines), Fraction(0))
    withheld = sum((rounded(base * percent / 100, places, "half_up") for percent, base in off.items()), Fraction(0))
    parts = {"net": net, "vat": vat, "gross": net + vat, "rounding": agreed, "withheld": withheld}
    parts["payable"] = net + vat + agreed - withheld
    for name, comes_to in parts.items():
        check(f"the total {name}", totals[name], comes_to)
    for name, comes_to in parts.items():
        if comes_to or name in ("net", "payable"):
            yield f"{name}: {totals[name]} {document['currency']}"
    if "declared" in document:
        yield from check_declared(document["declared"], rates, document)


def verify(raw: bytes) -> list:
    """Verify the bytes of a bundle, and report line by line; raise ``Unproven`` where anything does not prove."""
    files = opened(raw)
    steps = StepEvaluator(files)
    document = steps.json("document.json")
    kinds = {
        "381": "credit note",
        "384": "corrected invoice",
        "386": "prepayment invoice",
        "389": "self-billed invoice",
        "261": "self-billed credit note",
    }
    kind = kinds.get(document["type"], "invoice")
    report = [f"{kind} {document['number']} of {document['issued_on']}, {document['supplier']['name']}"]
    if "VOID.json" in files:
        report.append(f"THE DOCUMENT IS VOID since {steps.json('VOID.json')['voided_on']}")
    rates = steps.json("tables.json").get("rates_of_exchange", [])
    report += [*check_lines(steps, document), *check_totals(document, rates)]
    return [*report, f"hash of this bundle: {hashlib.sha256(files['MANIFEST.json']).hexdigest()}"]


def main(arguments):
    if len(arguments) != 1:
        print(__doc__)
        return 2
    try:
        with open(arguments[0], "rb") as bundle:
            print("\n".join(verify(bundle.read())))
    except Unproven as fault:
        print(f"NOT PROVEN: {fault}")
    except (ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError) as fault:
        print(f"NOT PROVEN: the bundle cannot be read: {type(fault).__name__}: {fault}")
    else:
        print("PROVEN")
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
