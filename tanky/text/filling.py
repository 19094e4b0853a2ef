"""Words around the thing that is meant: "làm … ở đâu". A search can do without them."""

from .telex import Typed, typed_words

FILLING = (
    "làm xin cho của và ở đâu gì cần muốn tôi thủ tục hồ sơ như thế nào bao nhiêu có được phải để "
    "khi về ra đi từ các những là thì tại hỏi cách lấy nộp việc"
)
# Without accents only those that are not something else as well: "tu" may be "tử".
BARE_FILLING = (
    "lam xin cua o dau gi muon toi thu tuc nhu nao nhieu duoc phai khi cac nhung hoi nop viec"
)
_FILLING = {word.keys for word in typed_words(FILLING)}
_BARE_FILLING = set(BARE_FILLING.split())


def is_filling(word: Typed) -> bool:
    if word.keys != word.bare:
        return word.keys in _FILLING
    return word.bare in _BARE_FILLING
