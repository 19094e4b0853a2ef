"""Arguments that a page does not read change nothing, neither the page nor its place in memory."""

import pytest

from .. import factories

pytestmark = pytest.mark.on_sqlite
SHARED = "fbclid=a&utm_source=zalo&zarsrc=1"


@pytest.mark.parametrize(
    ("address", "shared"),
    [("/", f"/?{SHARED}"), ("/tin-tuc/?trang=1", f"/tin-tuc/?{SHARED}&trang=1"),
     ("/tin-tuc/1-bai-mot", f"/tin-tuc/1-bai-mot?{SHARED}"),
     ("/thu-tuc/?q=khai", f"/thu-tuc/?q=khai&{SHARED}"),
     ("/thu-tuc/1.001193", "/thu-tuc/1.001193?x"),
     ("/tim-kiem?q=b%C3%A0i", f"/tim-kiem?{SHARED}&q=b%C3%A0i")],
)  # fmt: skip
def test_a_shared_link_is_the_same_page(visit, client, address, shared):
    factories.article()
    factories.procedure()
    page = visit(address)
    assert visit(shared) == page
    assert client.get(shared).headers["ETag"] == client.get(address).headers["ETag"]


@pytest.mark.parametrize(
    ("address", "target"),
    [("/tin-tuc/1-bai-mot/", "/tin-tuc/1-bai-mot"), ("/thu-tuc/1.001193/", "/thu-tuc/1.001193"),
     ("/thu-tuc/ket-qua/?nam=2023", "/thu-tuc/ket-qua?nam=2023"),
     ("/tim-kiem/?q=a", "/tim-kiem?q=a")],
)  # fmt: skip
def test_a_slash_too_many_leads_to_the_page(client, address, target):
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Location"]) == (301, target)


@pytest.mark.parametrize("address", ["/khong-co/", "//evil.example/", "/%2Fevil.example/"])
def test_but_nowhere_else(client, address):
    assert client.get(address).headers.get("Location", "/").startswith("/")
    assert not client.get(address).headers.get("Location", "/").startswith("//")
