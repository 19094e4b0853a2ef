from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tanky.text import legacy
from tanky.text.folding import nfc

SENTENCES = [
    "Đăng ký khai sinh tại Ủy ban nhân dân xã, được mùa vụ đông",
    "Nước về đồng ruộng, bà con quyết không nghỉ; kỳ họp thứ tám khoá này",
    "Thông báo lịch tiếp công dân định kỳ của Chủ tịch",
]
SYLLABLES = [
    "xã",
    "đường",
    "người",
    "quyết",
    "nghị",
    "khuya",
    "ỷ",
    "ưu",
    "yêu",
    "thuở",
    "mười",
    "gì",
]


def encoded(text: str, encoding: str) -> str:
    """The text as the old fonts stored it: the tables the other way round."""
    table = legacy._TCVN3 if encoding == legacy.TCVN3 else legacy._VNI
    back: dict[str, str] = {}
    for old, letter in table.items():
        back.setdefault(letter, old)
    return "".join(back.get(letter) or back.get(letter.lower(), letter) for letter in nfc(text))


def converted(text: str):
    """The text in Unicode and its old encoding, where it is recognised as old; else None."""
    encoding = legacy.detect(text)
    return encoding and SimpleNamespace(text=legacy.to_unicode(text, encoding), encoding=encoding)


@pytest.mark.parametrize("text", SENTENCES)
@pytest.mark.parametrize("encoding", [legacy.TCVN3, legacy.VNI])
def test_old_text_is_recognised_and_becomes_unicode(text, encoding):
    found = converted(encoded(text, encoding))
    assert found.encoding == encoding
    assert found.text.lower() == text.lower()


def test_known_words_of_the_fonts():
    assert legacy.to_unicode("§¨ng ký", legacy.TCVN3) == "Đăng ký"
    assert legacy.to_unicode("céng hßa x· héi chñ nghÜa", legacy.TCVN3, ".VnTimeH") == (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA"
    )
    assert legacy.to_unicode("Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam", legacy.VNI) == (
        "Cộng hòa xã hội chủ nghĩa Việt Nam"
    )
    assert legacy.to_unicode("ÑOÄC LAÄP – TÖÏ DO", legacy.VNI) == "ĐỘC LẬP – TỰ DO"


@given(st.lists(st.sampled_from(SYLLABLES), min_size=2, max_size=30))
def test_what_is_unicode_vietnamese_is_never_touched(words):
    assert converted(" ".join(words)) is None


@given(st.text())
def test_no_text_makes_it_fail(text):
    converted(text)
    for encoding in legacy.NAMES:
        assert legacy.to_unicode(text, encoding) == nfc(legacy.to_unicode(text, encoding))


@pytest.mark.parametrize(
    "text",
    ["", "Plain ASCII", "Café à la carte, été français", "Schöne Grüße aus München für Österreich",
     "Nhiệt độ 30°C ± 2, © 2026 ®", "Ngày 20/11, mức phí 5.000 đ", "São Paulo é não coração"],
)  # fmt: skip
def test_other_languages_and_signs_are_left_alone(text):
    assert converted(text) is None


@pytest.mark.parametrize(
    ("font", "encoding"),
    [(".VnTime", "tcvn3"), ("'.VnArialH'", "tcvn3"), ("VNI-Times", "vni"), ("VNtimes new", None),
     ("Times New Roman", None), (None, None), ("", None)],
)  # fmt: skip
def test_fonts_tell_the_encoding(font, encoding):
    assert legacy.encoding_of_font(font) == encoding
