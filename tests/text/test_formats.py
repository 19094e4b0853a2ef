from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanky.text import formats

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def test_a_moment_is_shown_in_the_site_s_time():
    assert (
        formats.moment(datetime(2022, 1, 17, 3, 3, 53, tzinfo=UTC), HANOI) == "17/01/2022 10:03:53"
    )


@given(st.integers(946_684_800, 4_102_444_800))
def test_what_is_shown_can_be_read_back(seconds):
    moment = datetime.fromtimestamp(seconds, UTC)
    assert formats.parse_moment(formats.moment(moment, HANOI), HANOI) == moment


@pytest.mark.parametrize(
    ("value", "shown"), [(0, "0"), (3644, "3,644"), (109953, "109,953"), (None, "–")]
)
def test_numbers_have_commas(value, shown):
    assert formats.number(value) == shown


def test_rates_have_one_decimal():
    assert formats.percent(Decimal("99.8")) == "99.8%"
    assert formats.percent(Decimal("100.0")) == "100.0%"


@pytest.mark.parametrize(
    ("octets", "shown"), [(812, "812 B"), (54_321, "54 kB"), (1_300_000, "1.3 MB")]
)
def test_sizes_of_files(octets, shown):
    assert formats.size(octets) == shown


@pytest.mark.parametrize(
    ("phone", "dialled"),
    [("0220 374-1214", "02203741214"), ("+84 (220) 374", "+84220374"),
     ("18001096 (tổng đài 24/7)", "18001096"), ("Hotline: 0220 385 2222", "02203852222"),
     ("(0220) 374 / 0912 345", "0220374"), ("Chưa có", "")],
)  # fmt: skip
def test_a_phone_dials_the_number_alone(phone, dialled):
    assert formats.dialled(phone) == dialled
