"""Which passwords are refused because whoever guesses tries them first (ASVS 5.0, 6.2.4)."""

import re
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from ..text.folding import fold

SHORTEST = 10  # characters
LONGEST = 500
# What Vietnamese passwords are made of, without diacritics and blanks.
_WORDS = {
    "abc", "abcd", "admin", "administrator", "anhyeuem", "asdfgh", "asdfghjkl", "bientap",
    "bientapvien", "bome", "cantho", "chaoban", "chucmung", "congan", "congtacvien", "conyeubo",
    "conyeume", "daihoc", "danang", "dangnhap", "emyeuanh", "giadinh", "haiphong", "hanhphuc",
    "hanoi", "hue", "iloveyou", "khongbiet", "khongco", "letmein", "login", "maimai", "mainhan",
    "matkhau", "matkhaucu", "matkhaumoi", "mayman", "nguyen", "pass", "passw", "password",
    "phuong", "quantri", "quantrivien", "qwerty", "qwertyuiop", "root", "saigon", "thanhcong",
    "tinh", "tinhyeu", "tran", "trangthongtin", "truongban", "ubnd", "ubndxa", "user",
    "uybannhandan", "vietnam", "vietnamvodich", "welcome", "xa", "xinchao", "xincho", "yeuanh",
    "yeuem", "yeuthuong", "zxcvbn",
}  # fmt: skip
_LOOKS_LIKE = str.maketrans("@4301!5$7", "aaeoiisst")
_AROUND = re.compile(r"^[^a-z]+|[^a-z]+$")
_NO_LETTER = re.compile(r"[^a-z]+")
_ROWS = ("01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz")


def problem_with(password: str, *own: str) -> str:
    """Why a password is not taken, in a sentence; "" for one that is.

    :param own: what anyone knows of the person: the sign-in name, the name, the site's.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        return f"Mật khẩu phải có ít nhất {SHORTEST} ký tự (từ {SHORTEST} đến {LONGEST} ký tự)."
    plain = fold(password).replace(" ", "")
    # "Vi3tN@m2026!" is a word with a year behind it.
    within = _AROUND.sub("", plain)
    words = _NO_LETTER.sub("", within.translate(_LOOKS_LIKE))
    if password.lower() in _common() or plain in _common() or words in _WORDS or _is_run(plain):
        return "Mật khẩu này nhiều người dùng, rất dễ đoán. Hãy ghép vài từ không liên quan nhau."
    names = {fold(known).replace(" ", "") for known in own}
    is_nearly_a_name = any(
        len(name) >= 3 and name in plain and len(plain) - len(name) < 8 for name in names
    )
    # "UBND@binhan26" is made of words, as it stands or with its signs read as letters.
    guessed = {word for known in own for word in _NO_LETTER.split(fold(known)) if len(word) > 1}
    guessed |= names | _WORDS
    if is_nearly_a_name or any(
        _is_made_of(letters, guessed) for letters in (words, _NO_LETTER.sub("", within))
    ):
        return "Mật khẩu quá giống tên của bạn hoặc của trang. Hãy chọn mật khẩu khác."
    return ""


def _is_made_of(letters: str, words: set[str]) -> bool:
    """Whether letters are one or more of the words and nothing else."""
    if not letters:
        return False
    reached = {0}
    for start in range(len(letters)):
        if start in reached:
            reached |= {start + len(word) for word in words if letters.startswith(word, start)}
    return len(letters) in reached


def _is_run(text: str) -> bool:
    """Whether it is one letter, neighbours on a keyboard, or a short piece over and over."""
    if any(text == text[:size] * (len(text) // size) for size in (1, 2, 3, 4)
           if len(text) % size == 0):  # fmt: skip
        return True
    neighbours = sum(
        any(first + second in row or second + first in row for row in _ROWS)
        for first, second in pairwise(text)
    )
    return neighbours >= 0.8 * (len(text) - 1)


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    lines = (Path(__file__).parent / "common_passwords.txt").read_text().splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))
