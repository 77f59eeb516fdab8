"""Numbers and dates of a workbook as it displays them (number formats of ECMA-376, part 1, 18.8.30).

Decimal point and thousands are written as in English. Fractions, and formats
that follow the computer's region, are not imitated: a number is written in
full then, and a date in ISO 8601.
"""

import math
import re
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

# The built-in formats 14 to 22 and 45 to 47 of dates; Excel replaces them by those of the region.
_REGIONAL = {"mm-dd-yy", "m/d/yy h:mm", "m/d/yyyy", "m/d/yy", "d-mmm-yy", "d-mmm", "mmm-yy"}
_PART = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[(?P<bracket>[^\]]*)\]|[_*].'
    r"|(?P<ampm>AM/PM|A/P)|(?P<clock>[ymdhse]+|[YMDHS]+)(?P<split>\.0+)?|(?P<general>General|Standard|@)"
    r"|(?P<digits>[#0?][#0?,.]*(?:E[+-]0+)?|\.[0#?]+)|(?P<other>.)",
    re.IGNORECASE,
)
_CURRENCY = re.compile(r"\$([^-]*)")
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = tuple(
    "January February March April May June July August September October November December".split()
)
_LONGEST_CODE = 255  # the limit of Excel
_EPOCH = datetime(1899, 12, 30)


def shown(value: Any, code: str = "General") -> str:
    """Return a cell's value as its number format displays it; any other value as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        is_plain = code in {"", "General", "GENERAL"} or not math.isfinite(value)
        return _general(value) if is_plain else _number(value, code)
    if isinstance(value, datetime | date | time | timedelta):
        return _moment(value, code or "General")
    return str(value)


def _number(value: float, code: str) -> str:
    section, value, has_sign = _section(code, value)
    parts = _parts(section)
    kinds = [kind for kind, _ in parts]
    if "digits" not in kinds or kinds.count("digits") > 1 or "/" in section:
        literal = "".join(text for kind, text in parts if kind == "literal").strip()
        if kinds and set(kinds) == {"literal"} and literal and "/" not in section:
            return literal  # such as "none" for zero
        return ("-" if has_sign and value >= 0 else "") + _general(value)
    percents = section.count("%")
    result = "".join(
        _digits(value * 100**percents, text) if kind == "digits" else text for kind, text in parts
    )
    sign = "-" if has_sign and re.search(r"[1-9]", result) else ""
    return sign + result.strip() if result.strip() else _general(value)


def _section(code: str, value: float) -> tuple[str, float, bool]:
    """Choose the part of a format for a value: returns it, the value to write, and whether a minus is due."""
    sections = _sections(code)
    if any(re.match(r"\[[<>=]", section) for section in sections):
        return sections[-1], abs(value), value < 0
    if value < 0:
        return (sections[1], -value, False) if len(sections) > 1 else (sections[0], -value, True)
    if value == 0 and len(sections) > 2:
        return sections[2], value, False
    return sections[0], value, False


@lru_cache(maxsize=1_000)
def _sections(code: str) -> list[str]:
    return re.split(r';(?=(?:[^"]*"[^"]*")*[^"]*$)', code[:_LONGEST_CODE])


@lru_cache(maxsize=1_000)
def _parts(section: str) -> tuple[tuple[str, str], ...]:
    """List the parts of a format, such as ("literal", text), ("digits", pattern), ("clock", letters)."""
    result: list[tuple[str, str]] = []
    for match in _PART.finditer(section):
        groups = {name: text for name, text in match.groupdict().items() if text is not None}
        for kind, text in groups.items():
            if kind in {"quoted", "escaped", "other"}:
                result.append(("literal", text))
            elif kind == "bracket":
                currency = _CURRENCY.match(text)
                elapsed = re.fullmatch(r"h+|m+|s+", text, re.IGNORECASE)
                if currency:
                    result.append(("literal", currency.group(1)))
                elif elapsed:
                    result.append(("elapsed", text.lower()))
            else:
                result.append((kind, text))
    return tuple(result)


def _digits(value: float, pattern: str) -> str:
    """Write a number as a pattern such as ``#,##0.00`` says."""
    mantissa, exponent_mark, exponent = pattern.partition("E")
    scale = len(mantissa) - len(mantissa.rstrip(","))
    whole, _, decimals = mantissa.rstrip(",").partition(".")
    try:
        number = Decimal(repr(float(value))) / (1000**scale)
        places = sum(c in "0#?" for c in decimals)
        if exponent_mark:
            written, _, power = f"{float(number):.{places}E}".partition("E")
            sign = "-" if power.startswith("-") else "+" if "+" in exponent else ""
            return f"{written}E{sign}{abs(int(power)):0{exponent.count('0')}d}"
        rounded = number.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    except (InvalidOperation, ValueError, OverflowError):
        return str(value)
    group = "," if "," in whole else ""
    left, _, right = f"{rounded:{group}f}".partition(".")
    least = decimals.count("0")
    while len(right) > least and right.endswith("0"):
        right = right[:-1]
    zeros = whole.count("0")
    left = "" if left == "0" and not zeros else left.rjust(zeros, "0") if not group else left
    return f"{left}.{right}" if right or (decimals and least) else left


def _general(value: float) -> str:
    if isinstance(value, int) or (math.isfinite(value) and value.is_integer() and abs(value) < 1e15):
        return str(int(value))
    return f"{value:.10g}" if 1e-9 < abs(value) < 1e15 else f"{value:.6g}"


def _moment(value: datetime | date | time | timedelta, code: str) -> str:
    section = code.partition(";")[0]
    parts = _parts(section)
    plain = section.replace("\\", "").lower()
    clock = [kind for kind, _ in parts if kind in {"clock", "elapsed"}]
    if plain in _REGIONAL or not clock or "[$-f" in plain:
        return _iso(value)
    if isinstance(value, timedelta):
        return _elapsed(value, parts)
    if isinstance(value, time):
        value = datetime.combine(_EPOCH, value)
    elif not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if any(kind == "elapsed" for kind, _ in parts):
        return _elapsed(value - _EPOCH, parts)
    halves = any(kind == "ampm" for kind, _ in parts)
    result: list[str] = []
    for number, (kind, text) in enumerate(parts):
        if kind == "clock":
            result.append(_clock(value, text.lower(), halves=halves, minutes=_is_minutes(parts, number)))
        elif kind == "ampm":
            result.append("AM" if value.hour < 12 else "PM")
        elif kind == "split":
            result.append(f".{value.microsecond:06d}"[: len(text)])
        elif kind == "literal":
            result.append(text)
    return "".join(result).strip()


def _is_minutes(parts: tuple[tuple[str, str], ...], number: int) -> bool:
    """Tell whether the letters "m" stand for minutes: after hours or before seconds."""
    clocks = [(i, text.lower()) for i, (kind, text) in enumerate(parts) if kind in {"clock", "elapsed"}]
    position = next((n for n, (i, _) in enumerate(clocks) if i == number), 0)
    before = clocks[position - 1][1] if position else ""
    after = clocks[position + 1][1] if position + 1 < len(clocks) else ""
    return before.startswith("h") or after.startswith("s")


def _clock(value: datetime, letters: str, *, halves: bool, minutes: bool) -> str:
    first, count = letters[0], len(letters)
    if first in "ye":
        return f"{value.year:04d}" if count > 2 or first == "e" else f"{value.year % 100:02d}"
    if first == "m" and not minutes:
        name = _MONTHS[value.month - 1]
        return {1: str(value.month), 2: f"{value.month:02d}", 3: name[:3], 5: name[0]}.get(count, name)
    if first == "d" and count > 2:
        name = _WEEKDAYS[value.weekday()]
        return name[:3] if count == 3 else name
    hour = (value.hour % 12 or 12) if halves else value.hour
    number = {"d": value.day, "h": hour, "m": value.minute, "s": value.second}[first]
    return f"{number:0{min(count, 2)}d}"


def _elapsed(value: timedelta, parts: tuple[tuple[str, str], ...]) -> str:
    left = int(abs(value).total_seconds() + 0.5)
    result = ["-"] if value < timedelta(0) else []
    for kind, text in parts:
        if kind in {"clock", "elapsed"} and text[0].lower() in "hms":
            size = {"h": 3600, "m": 60, "s": 1}[text[0].lower()]
            result.append(f"{left // size:0{len(text)}d}")
            left %= size
        elif kind == "literal":
            result.append(text)
    return "".join(result).strip()


def _iso(value: datetime | date | time | timedelta) -> str:
    if isinstance(value, datetime):
        if value.time() == time(0):
            return value.date().isoformat()
        return value.isoformat(" ", "minutes" if value.second == 0 else "seconds")
    if isinstance(value, time):
        return value.isoformat("minutes" if value.second == 0 else "seconds")
    return str(value)
