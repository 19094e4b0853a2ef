"""The public holidays of Vietnam, those of the lunar year and what is worked in advance included.

The ``holidays`` library keeps what each year's decision moved; it takes 10 MB, so that it is
asked by commands alone and never in a worker.
"""

from datetime import date, timedelta

from .hours import USUAL_DAYS_OFF, parse_days_off

NEW_YEAR = "Tết Nguyên đán"


def lines_of(first: date, years: int = 2, known: str = USUAL_DAYS_OFF) -> str:
    """The days off from ``first`` to the end of that many calendar years, as ``hours.py`` reads
    them: ``04/02/2027 – 10/02/2027 Tết Nguyên đán``, a line each.

    :param known: the days off that there are, which come first and are not said again.
    """
    from holidays.countries.vietnam import Vietnam

    days = Vietnam(years=range(first.year, first.year + years), language="vi")
    runs: list[list[date]] = []
    for day in sorted(day for day in days if day >= first):
        if runs and day - runs[-1][-1] == timedelta(1):
            runs[-1].append(day)
        else:
            runs.append([day])
    present = parse_days_off(known)
    lines = [
        f"{_span(run)} {_name([days[day] for day in run])}"
        for run in runs
        if not all(any(off.holds(day) for off in present) for day in run)
    ]
    return "\n".join([known.strip(), *lines]).strip()


def _span(run: list[date]) -> str:
    ends = (run[0], run[-1]) if len(run) > 1 else run
    return " – ".join(f"{day:%d/%m/%Y}" for day in ends)


def _name(names: list[str]) -> str:
    if any("Tết Nguyên" in name for name in names):
        return NEW_YEAR
    plain = (name for name in names if "nghỉ" not in name.lower())
    return next(plain, names[0]).replace("h\N{LATIN SMALL LETTER O WITH ACUTE}a", "hoá")
