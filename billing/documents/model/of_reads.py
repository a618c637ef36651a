"""The registers of a line as a document shows them: reads at both ends, multiplier, exchanges, coverage."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from billing.documents.model.business_line import BoundaryRead, ReadsOfRegister, UseConversion
from billing.documents.model.facts import DocumentFacts, FiguresKey
from billing.documents.words.words import Words
from billing.records.proof import RegisterProof, UsageProof, UseProof
from metering.consumption.counter_figures import CounterBreak, CounterFigure
from metering.consumption.use import EventKind
from quantities.arithmetic import added


def reads_of_usage(
    usage: UsageProof | None, facts: DocumentFacts, words: Words, watermark: int, zone: str
) -> tuple[ReadsOfRegister, ...]:
    """Show each register that a use rests on.

    Args:
        usage: as the line's proof has it; None of a line that counts nothing.
        facts: with the registers and the figures of counters.
        words: of the document's language.
        watermark: up to which batch the use knew.
        zone: for the local times of exchanges.
    """
    registers = () if usage is None else usage.registers
    return tuple(_register(register, facts, words, watermark, zone) for register in registers)


def of_days(
    reads: tuple[ReadsOfRegister, ...], first: date, last: date, conversions: Mapping[str, UseConversion]
) -> tuple[ReadsOfRegister, ...]:
    """Say of registers for which local days they counted, and how that was converted, by their keys."""
    return tuple(
        replace(register, first=first, last=last, conversion=conversions.get(register.register_key))
        for register in reads
    )


def usage_in_words(usage: UsageProof | None) -> str:
    """Write out how several registers make a use: its formula, or their sum; empty of one register.

    Of several in other units, or of which parts alone count, there is no such sum.
    """
    if not isinstance(usage, UseProof):
        return ""
    if usage.calculation or len(usage.registers) == 1 or usage.quantity is None:
        return usage.calculation
    uses = [Decimal(register.quantity) for register in usage.registers]
    if added(uses) != Decimal(usage.quantity) or {one.unit for one in usage.registers} != {usage.unit}:
        return ""
    terms = " + ".join(f"{register.quantity} ({register.register_key})" for register in usage.registers)
    return f"{usage.name} = {terms} = {usage.quantity} {usage.unit}"


def _register(
    register: RegisterProof, facts: DocumentFacts, words: Words, watermark: int, zone: str
) -> ReadsOfRegister:
    stored = facts.registers[register.register_key]
    figures = facts.figures.get(FiguresKey.of(register, watermark))
    return ReadsOfRegister(
        register_key=register.register_key,
        meter=stored.meter,
        asset=stored.asset,
        site=stored.site,
        unit=register.unit,
        multiplier=stored.register.multiplier,
        quantity=Decimal(register.quantity),
        is_mean=register.is_mean,
        opening=None if figures is None else _boundary(figures.opening),
        closing=None if figures is None else _boundary(figures.closing),
        exchanges=() if figures is None else tuple(break_in_words(one, words, zone) for one in figures.breaks),
        read=register.intervals_read,
        expected=register.expected,
        estimated=register.estimated,
    )


def _boundary(figure: CounterFigure) -> BoundaryRead:
    return BoundaryRead(figure.at, figure.value, figure.estimated)


def break_in_words(one: CounterBreak, words: Words, zone: str) -> str:
    """Say what happened to a counter, with the figures before and after as far as they are known."""
    at = words.instant(one.at, zone)
    if one.kind is EventKind.ROLLOVER:
        return words.text("{at}: rolled over at {modulus}", at=at, modulus=words.number(one.gained))
    if one.before is None or one.after is None:
        gained = words.number(one.gained)
        if one.kind is EventKind.EXCHANGE:
            return words.text("{at}: exchanged, {gained} between the old figures and the new", at=at, gained=gained)
        return words.text("{at}: reset, {gained} between the old figures and the new", at=at, gained=gained)
    before, after = words.number(one.before), words.number(one.after)
    if one.kind is EventKind.EXCHANGE:
        return words.text(
            "{at}: exchanged, the old one at {before}, the new one at {after}", at=at, before=before, after=after
        )
    return words.text("{at}: reset from {before} to {after}", at=at, before=before, after=after)
