import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanky.text.folding import fold, nfc, slugify


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đăng ký khai sinh", "dang ky khai sinh"),
        ("TIẾP NHẬN  hồ sơ", "tiep nhan ho so"),
        ("Ủy ban – Hưởng ứng", "uy ban – huong ung"),
        ("đĐ", "dd"),
    ],
)
def test_folding_takes_the_diacritics_away(text, folded):
    assert fold(text) == folded


@given(st.text())
def test_folding_does_not_depend_on_how_letters_are_composed(text):
    assert fold(unicodedata.normalize("NFD", text)) == fold(nfc(text))


@given(st.text())
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_a_slug_is_always_an_address(text):
    slug = slugify(text)
    assert slug
    assert slug.isascii()
    assert len(slug) <= 80
    assert all(letter.isalnum() or letter == "-" for letter in slug)


def test_a_long_slug_ends_with_a_whole_word():
    assert slugify("một hai " * 30).endswith(("mot", "hai"))
