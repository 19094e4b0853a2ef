"""Days that a record may hold."""

from datetime import date

EARLIEST, LATEST = 1945, 2100  # years


def out_of_range(day: date | None) -> str:
    """What is wrong with a day, as the rest of a sentence; "" if nothing."""
    if day and not EARLIEST <= day.year <= LATEST:
        return f"hãy ghi một năm từ {EARLIEST} đến {LATEST}"
    return ""
