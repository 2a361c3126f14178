//! Where the server listens, and the address that is told of it. Asks the system, sends nothing.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};

use super::{ServeError, ServeSettings};
use pool::escape::escape_text;

/// Addresses out there that nobody has (RFC 5737 and RFC 3849), to ask the system for the way to.
const OUT_THERE: [(IpAddr, IpAddr); 2] = [
    (IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1))),
    (IpAddr::V6(Ipv6Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1))),
];
/// The port of the discard service; any would do.
const ANY_PORT: u16 = 9;

/// Where to listen; anywhere but on the loopback address only if that was said.
pub(super) fn address_to_listen_on(settings: &ServeSettings) -> Result<SocketAddr, ServeError> {
    let shown = || escape_text(&settings.host);
    let found = (settings.host.as_str(), settings.port).to_socket_addrs().and_then(|mut all| {
        all.next().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no address of that name"))
    });
    let address = found.map_err(|error| ServeError::Host { host: shown(), error })?;
    match address.ip().is_loopback() || settings.allow_remote {
        true => Ok(address),
        false => Err(ServeError::Remote(shown())),
    }
}

/// The address to open, for a server that listens on this one: on all addresses (`0.0.0.0`, `::`) it is that
/// by which other machines know this one, or the loopback address if it is on no network.
pub(super) fn address_to_open(listening: SocketAddr) -> SocketAddr {
    let ip = match listening.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => own(OUT_THERE[0]).unwrap_or(Ipv4Addr::LOCALHOST.into()),
        // It takes connections by IPv4 too.
        IpAddr::V6(_) => OUT_THERE.into_iter().find_map(own).unwrap_or(Ipv6Addr::LOCALHOST.into()),
    };
    SocketAddr::new(ip, listening.port())
}

/// This machine's address on the way to another. Connecting a UDP socket only looks up the way.
fn own((here, there): (IpAddr, IpAddr)) -> Option<IpAddr> {
    let socket = UdpSocket::bind((here, 0)).ok()?;
    socket.connect((there, ANY_PORT)).ok()?;
    socket.local_addr().ok().map(|address| address.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_to_open_is_one_that_can_be_opened() {
        for listening in ["127.0.0.1:80", "192.0.2.7:80", "[::1]:80"] {
            let address: SocketAddr = listening.parse().unwrap();
            assert_eq!(address_to_open(address), address);
        }
        for everywhere in ["0.0.0.0:8765", "[::]:8765"] {
            let address = address_to_open(everywhere.parse().unwrap());
            assert!(!address.ip().is_unspecified() && address.port() == 8765, "{address}");
        }
    }
}
