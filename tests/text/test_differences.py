from hypothesis import given
from hypothesis import strategies as st

from tanky.text.differences import ADDED, REMOVED, SKIPPED, compare, lines_of, words

LINES = st.lists(st.text(alphabet="abc ", min_size=1, max_size=12), max_size=12)


def test_html_reads_as_lines():
    html = (
        "<h2>Mục</h2><p>Một<br>hai</p><ul><li>ba</li></ul><table><tr><td>a</td><td>b</td></tr>"
        '</table><figure><img src="/anh/x" alt="Lúa chín"><figcaption>Chú</figcaption></figure>'
    )
    assert lines_of(html) == ["## Mục", "Một", "hai", "• ba", "a | b", "[Ảnh: Lúa chín]", "Chú"]


def test_a_changed_word_is_shown_within_its_line():
    line = compare(["Số hồ sơ là 10."], ["Số hồ sơ là 12."])[0]
    assert line.parts == [("same", "Số hồ sơ là "), (REMOVED, "10."), (ADDED, "12.")]


def test_what_did_not_change_is_left_out_but_for_a_line_around():
    same = [f"dòng {n}" for n in range(9)]
    told = compare([*same, "cũ"], [*same, "mới"])
    assert [line.kind for line in told] == [SKIPPED, "same", "changed"]
    assert told[0].parts[0][1] == "8"


@given(LINES, LINES)
def test_both_versions_can_be_read_out_of_a_difference(before, after):
    old, new, skipped = [], [], False
    for line in compare(before, after):
        if line.kind == SKIPPED:
            skipped = True
            continue
        if line.kind != ADDED:
            old.append("".join(text for kind, text in line.parts if kind != ADDED))
        if line.kind != REMOVED:
            new.append("".join(text for kind, text in line.parts if kind != REMOVED))
    if not skipped:
        assert (old, new) == (before, after)


@given(st.text(alphabet="ab \n", max_size=40), st.text(alphabet="ab \n", max_size=40))
def test_both_lines_can_be_read_out_of_their_words(before, after):
    parts = words(before, after)
    assert "".join(text for kind, text in parts if kind != ADDED) == before
    assert "".join(text for kind, text in parts if kind != REMOVED) == after
