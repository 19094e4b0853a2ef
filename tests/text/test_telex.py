import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tanky.text.folding import words_of
from tanky.text.telex import decoded, typed_words


@pytest.mark.parametrize(
    ("text", "keys"),
    [("đỏ", "ddor"), ("hoá", "hoas"), ("hóa", "hoas"), ("Đường", "dduwowngf"), ("kỹ", "kix"),
     ("kĩ", "kix"), ("quý", "quis"), ("giấy", "giaays"), ("khai", "khai"), ("Y tế", "i tees")],
)  # fmt: skip
def test_a_word_has_one_form_in_keys(text, keys):
    assert " ".join(word.keys for word in typed_words(text)) == keys


@pytest.mark.parametrize(
    ("raw", "meant"),
    [("giaays", "giấy"), ("giaasy", "giấy"), ("gia6y1", "giấy"), ("dduwowngf", "đường"),
     ("dduongwf", "đường"), ("d9u7o7ng2", "đường"), ("d9uo7ng2", "đường"), ("kys", "ký"),
     ("d9o3", "đỏ"), ("soor", "sổ"), ("wngs", "ứng"), ("khai", None),
     ("ct01", None), ("1001193", None), ("cccd", None)],
)  # fmt: skip
def test_raw_keys_are_read(raw, meant):
    found = decoded(raw)
    if meant:
        assert found == typed_words(meant)[0]
    else:
        assert found is None


@settings(max_examples=300, deadline=None)
@given(st.text() | st.text(alphabet="aáàạăằđĐeêếyỵỳiuưỷ _-.1̂́"))
def test_the_bare_words_are_those_of_folding(text):
    assert [word.bare for word in typed_words(text)] == words_of(text)
