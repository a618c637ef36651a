"""What columns are called in the tables of meters, portals and controllers, in the languages of those who send them.

A name is compared in lower case, its words separated by single blanks: ``HourEnding``, ``hour_ending`` and ``Hour
ending`` are one name. Names that need their neighbours to be understood (``Zeit`` beside ``Datum`` is a clock time) are
listed as what they are alone; ``roles.py`` looks at the neighbours.
"""

import re
from collections.abc import Iterable, Mapping

from metering.fleet.meter import RegisterKind
from quantities.quantity import QuantityKind, is_unit, unit

_CAMEL = re.compile(r"(?<=[a-zà-ÿ])(?=[A-Z])")
_BETWEEN_WORDS = re.compile(r"[\s_./:,'’\-]+")


def plain_name(name: str) -> str:
    """A name in lower case, its words separated by single blanks."""
    return _BETWEEN_WORDS.sub(" ", _CAMEL.sub(" ", name.strip())).strip().casefold()


def _names(lines: str) -> frozenset[str]:
    return frozenset(plain_name(name) for line in lines.splitlines() for name in line.split("|") if name.strip())


#: The instant at which an interval starts, or the clock time beside a date.
STARTS = _names("""
start|start time|start date|start datetime|from|begin|beginning|interval start|period start|period begin
period beginning|start of interval|interval beginning|hour beginning|time start|start timestamp|begin time|time from
von|beginn|anfang|startzeit|uhrzeit von|zeit von|beginnzeit|ab|datum von
début|heure début|heure de début|date début|date de début
inizio|ora inizio|data inizio|dalle
inicio|hora inicio|fecha inicio|desde
início|hora início|data início
van|begintijd|startdatum|begin datum
początek|od|czas od|godzina od
začátek|čas od
开始|开始时间|起始时间|開始|開始時刻|開始日時|開始時間
""")
#: The instant at which an interval ends, or the clock time beside a date.
ENDS = _names("""
end|end time|end date|end datetime|to|stop|stop time|interval end|period end|period ending|interval ending|ending
hour ending|he|end of interval|time end|time ending|end timestamp|time to|until
bis|ende|endzeit|uhrzeit bis|zeit bis|intervallende|datum bis
fin|heure fin|heure de fin|date fin|date de fin
fine|ora fine|data fine|alle
fecha fin|hora fin|hasta|hora final|fecha final
fim|hora fim|data fim
tot|eindtijd|einde|einddatum
koniec|do|czas do|godzina do
konec|čas do
结束|结束时间|终止时间|終了|終了時刻|終了日時|終了時間
""")
#: An instant, without a word on which of an interval it is.
TIMES = _names("""
time|timestamp|time stamp|datetime|date time|date and time|ts|epoch|epoch ms|epoch s|unix time|unixtime|measured at
local time|utc time|time utc|timestamp utc|last changed|reading time|read time|recorded at|time of reading
zeit|zeitstempel|zeitpunkt|datum uhrzeit|datum zeit|datum und uhrzeit|messzeitpunkt|ablesezeitpunkt
horodate|horodatage|date heure|date et heure
data ora|data e ora|marca temporale
fecha hora|fecha y hora|marca de tiempo
data hora|data e hora
datum tijd|datum en tijd|tijdstip|tijdstempel
data i godzina|data godzina|znacznik czasu
datum a čas|datum čas|časová značka
时间|采集时间|抄表时间|数据时间|日期时间|日時|計測日時|測定日時|タイムスタンプ
""")
#: A day, whose clock time may stand in another column.
DATES = _names("""
date|day|read date|reading date|delivery date|settlement date|trade date|operating date|usage date
datum|tag|ablesedatum|messdatum
jour|date relève|date de relève|date du relevé
data|giorno|data lettura
fecha|día|fecha lectura
dia|data leitura
dag|leesdatum
dzień|data odczytu
den|datum odečtu
日期|抄表日期|日付|年月日
""")
#: A clock time or the number of an hour, beside a date.
CLOCKS = _names("""
hour|hr|clock|time of day|hour of day
uhrzeit|stunde|std
heure
ora
hora
uur|tijd
godzina|godz
hodina|čas
czas
小时|时刻|時|時刻|時間
""")
#: A quantity, without a word on whether it is a use or the state of a counter.
VALUES = _names("""
value|state|energy|active energy|load|quantity|amount|volume|import|interval value|measured value|production
wert|messwert|profilwert|menge|energie|arbeit|wirkarbeit|wirkenergie|energiemenge|ertrag|leistung
valeur|énergie|énergie active|puissance|quantité
valore|energia|energia attiva|quantità
valor|energía|energía activa|cantidad
energia ativa|quantidade
waarde|hoeveelheid
wartość|ilość|energia czynna
hodnota|množství
值|数值|电量|有功电量|有功电能|値|電力量
""")
#: What a counter shows.
READINGS = _names("""
reading|meter reading|register reading|register read|index|cumulative reading|total reading|counter
zählerstand|zaehlerstand|stand|ablesewert|zählerwert
index compteur|relevé|relevé d index
lettura|lettura contatore
lectura|lectura contador
leitura
meterstand|tellerstand
odczyt|stan licznika|wskazanie
stav|stav elektroměru|stav počitadla
示数|表码|电表读数|読数|検針値|指針値|指示数
""")
#: What was used in an interval.
USES = _names("""
usage|use|consumption|interval usage|interval consumption|energy consumption|energy usage|demand interval
verbrauch|energieverbrauch|stromverbrauch|lastgang
consommation|conso
consumo|consumi|consumo energia
verbruik|afname
zużycie|pobór
spotřeba|odběr
用电量|用量|耗电量|用气量|用水量|使用量|使用電力量|消費量
""")
#: What the rows are of.
REGISTERS = _names("""
register|key|meter|meter id|meter no|meter number|meter serial|register id|tag name|point|point id|series|sensor
sensor id|entity id|device|device id|device name|channel|mpan|mpan core|mprn|nmi|esi id|esiid|usage point
settlement point|location id|obis|charge point|charging point|charger|connector|evse
zähler|zählernummer|zählpunkt|zählwerk|zähler nr|messlokation|marktlokation|malo|melo|messstelle|messpunkt|profil
anlage|kanal|ladepunkt|ladesäule
compteur|prm|pdl|point de livraison|point de mesure|numéro de compteur
contatore|pod|matricola|punto di misura
contador|cups|punto de suministro|medidor
meternummer|ean|ean code
licznik|numer licznika|ppe|punkt poboru
elektroměr|číslo elektroměru|odběrné místo
电表|表号|电表编号|电表名称|设备|计量点|計器番号|メーター|地点番号
""")
UNITS = _names("""
unit|units|uom|unit of measure|engineering unit|eu
einheit|me|mengeneinheit
unité|unités
unità|unità di misura|um
unidad|unidades
unidade
eenheid
jednostka|jm
jednotka
单位|計量单位|计量单位|単位
""")

#: Whether a value was measured.
QUALITIES = _names("""
quality|quality flag|quality code|data quality|value quality|reading quality|estimated|is estimated|estimate
read type|reading type|estimation|estimated flag
qualität|datenqualität|messwertqualität|wertqualität|ableseart|ersatzwert|geschätzt|ablesegrund und art
qualité|qualité de la mesure|estimé|nature de la mesure|type de relève
qualità|stimato|tipo lettura
calidad|estimado|estimada|metodo obtencion|método de obtención|método obtención|tipo lectura
qualidade|tipo de leitura
kwaliteit|geschat
jakość|kvalita|odhad
质量|数据质量|品质|品質
""")
#: Whether summer time is on: of two equal hours the first is in it.
SUMMER_TIMES = _names("""
dst|dst flag|is dst|dst indicator|in dst|daylight saving|daylight savings|daylight saving time|daylight time
summer time|summertime|sommerzeit|ist sommerzeit|heure d été|heure été|ora legale|horario de verano|horario verano
horário de verão|zomertijd|czas letni|letní čas|夏令时|夏時間
""")
#: The same, by names of which neither yes nor no can be told apart.
SEASONS = _names("""
s w|so wi|sz wz|sommer winter|sommerzeit winterzeit|mesz mez|mez mesz|summer winter|été hiver|legale solare
verano invierno|invierno verano|inv ver|ver inv|zomer winter|dst std|zeitart
""")
#: Whether an hour comes again.
REPEATED_HOURS = _names("""
repeated hour flag|repeated hour|repeated|hour repeated|duplicate hour|duplicate hour flag|dst repeat|second hour
dst repeated hour|ambiguous hour|doppelte stunde|doppelstunde|wiederholte stunde|heure répétée|hora repetida
ora ripetuta|hora repetida
""")

#: The kind of register that the name of a value column states.
KINDS: Mapping[str, RegisterKind] = {
    **dict.fromkeys(READINGS, RegisterKind.CUMULATIVE),
    **dict.fromkeys(USES, RegisterKind.INTERVAL),
}


def positions(names: Iterable[str], known: frozenset[str]) -> list[int]:
    """The positions of the names that are known, by their plain form."""
    return [at for at, name in enumerate(names) if name in known]


#: Kinds of units after which a column of values is called; a column called ``hour``, ``day`` or ``part`` has no values.
_MEASURED = frozenset(QuantityKind) - {
    QuantityKind.DURATION, QuantityKind.PARTS, QuantityKind.SHEETS, QuantityKind.PAGES, QuantityKind.CYCLES,
    QuantityKind.JOBS, QuantityKind.TESTS, QuantityKind.TRIPS, QuantityKind.EACH, QuantityKind.RATIO,
    QuantityKind.LENGTH,
}  # fmt: skip


def suffixed(name: str) -> tuple[str, str]:
    """A name without the listed unit behind it, and that unit; ``kWh`` alone has no name before it.

    A single letter or a number is part of the name: ``Hall K`` is no kelvin, and ``Hall 1`` no number of pieces.
    """
    for mark in (" ", "_"):
        rest, _, last = name.strip().rpartition(mark)
        if rest and len(last) > 1 and not last.isdecimal() and is_unit(last):
            return rest.strip(" _"), last
    if len(name.strip()) > 1 and is_unit(name.strip()) and unit(name.strip()).kind in _MEASURED:
        return "", name.strip()
    return name, ""


def plain_quantity(name: str) -> str:
    """The plain form of the name of a column of values, without a unit behind it."""
    return plain_name(suffixed(name)[0]) or "value"
