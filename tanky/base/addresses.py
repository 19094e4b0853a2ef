"""What of a client's address stands for one access line."""

import ipaddress


def shortened(address: str) -> str:
    """An address for the log: an IPv4 address without its last number, an IPv6 address cut to its
    /48, which tells a provider and a town, and nobody.
    """
    try:
        parsed = ipaddress.ip_address(network_of(address))
    except ValueError:
        return ""
    bits = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network((parsed, bits), strict=False).network_address)


def network_of(address: str) -> str:
    """The part of an address that stands for one access line: an IPv6 address is cut to its /64,
    the part that a line keeps. The text itself if it is no address.
    """
    if ":" not in address:
        return address
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 6:
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return address
