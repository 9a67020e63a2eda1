//! The distinction between addresses of the public network and all others.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

use ipnet::{Ipv4Net, Ipv6Net};

/// Private, reserved and other special-purpose networks (the IANA registries of RFC 6890).
const SPECIAL_V4: [(Ipv4Addr, u8); 16] = [
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    // Carrier-grade NAT.
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Link-local; clouds serve credentials of their machines there.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    // 6to4 relays.
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast, reserved, broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
    // Internal services of a cloud, in the middle of a public network.
    (Ipv4Addr::new(168, 63, 129, 16), 32),
];

/// Networks that are allocated for public use.
const GLOBAL_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
/// Exceptions within them: protocol assignments such as Teredo, documentation, and 6to4, which wraps any IPv4 address.
const SPECIAL_V6: [(Ipv6Addr, u8); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Whether the address belongs to the public network.
///
/// Addresses that wrap an IPv4 address (mapped, NAT64, 6to4, Teredo) never do.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !SPECIAL_V4.iter().any(|(network, length)| is_in_v4(address, *network, *length)),
        IpAddr::V6(address) => {
            is_in_v6(address, GLOBAL_V6.0, GLOBAL_V6.1)
                && !SPECIAL_V6.iter().any(|(network, length)| is_in_v6(address, *network, *length))
        }
    }
}

/// Whether the address is one of this machine: if so, the system uses the address itself as the source of a connection
/// to it. Sends nothing.
pub fn is_of_this_machine(address: IpAddr) -> bool {
    let unspecified: IpAddr =
        if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let find_source = || {
        let socket = UdpSocket::bind((unspecified, 0))?;
        // Any port will do.
        socket.connect((address, 9))?;
        Ok::<_, std::io::Error>(socket.local_addr()?.ip())
    };
    find_source().is_ok_and(|source| source == address)
}

fn is_in_v4(address: Ipv4Addr, network: Ipv4Addr, length: u8) -> bool {
    Ipv4Net::new(network, length).is_ok_and(|network| network.contains(&address))
}

fn is_in_v6(address: Ipv6Addr, network: Ipv6Addr, length: u8) -> bool {
    Ipv6Net::new(network, length).is_ok_and(|network| network.contains(&address))
}

#[cfg(test)]
mod tests {
    use super::{is_of_this_machine, is_public};

    #[track_caller]
    fn check(addresses: &[&str], public: bool) {
        for address in addresses {
            assert_eq!(is_public(address.parse().unwrap()), public, "{address}");
        }
    }

    #[test]
    fn the_public_network_is_public() {
        check(
            &["1.1.1.1", "8.8.8.8", "93.184.215.14", "99.255.255.255", "100.128.0.0", "172.32.0.1", "192.167.1.1"],
            true,
        );
        check(&["2606:4700:4700::1111", "2a00:1450:4001::1", "2001:4860:4860::8888", "2400::1"], true);
    }

    #[test]
    fn special_networks_are_not_public() {
        check(&["0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254"], false);
        check(&["127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255"], false);
        check(&["192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255"], false);
        check(&["198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"], false);
        check(&["168.63.129.16"], false);
        check(&["::", "::1", "fe80::1", "fec0::1", "fc00::1", "fd12:3456::1", "fd00:ec2::254", "ff02::1"], false);
        check(&["2001:db8::1", "3fff::1", "100::1", "5f00::1", "2001:10::1", "2001:20::1"], false);
    }

    #[test]
    fn addresses_of_this_machine_are_recognised() {
        assert!(is_of_this_machine("127.0.0.1".parse().unwrap()));
        for other in ["192.0.2.1", "2001:db8::1"] {
            assert!(!is_of_this_machine(other.parse().unwrap()), "{other}");
        }
    }

    #[test]
    fn addresses_that_wrap_others_are_not_public() {
        check(&["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1"], false);
        check(&["64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1"], false);
        check(&["2002:7f00:1::1", "2002:808:808::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"], false);
    }
}
