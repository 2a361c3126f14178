//! Whose a connection on the loopback address is: the kernel says in `/proc/net/tcp` which user owns each
//! socket (proc_net_tcp(5)).

use std::fs;
use std::net::{IpAddr, SocketAddr};

/// Whether the other end of this connection belongs to the user that we run as. No if it cannot be told.
pub(super) fn is_same_user(peer: SocketAddr, own: SocketAddr) -> bool {
    if !peer.ip().to_canonical().is_loopback() {
        return false;
    }
    let file = if peer.is_ipv4() { "/proc/net/tcp" } else { "/proc/net/tcp6" };
    let table = fs::read_to_string(file).unwrap_or_default();
    owner(&table, peer, own.port()) == Some(rustix::process::geteuid().as_raw())
}

/// The owner of the socket whose local end is `peer` and whose other end is our port.
fn owner(table: &str, peer: SocketAddr, own_port: u16) -> Option<u32> {
    let local = in_hex(peer);
    let port = format!(":{own_port:04X}");
    table.lines().find_map(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let is_it = fields.get(1)? == &local && fields.get(2)?.ends_with(&port);
        if is_it { fields.get(7)?.parse().ok() } else { None }
    })
}

/// As the kernel writes it: each group of four bytes as a number of this machine.
fn in_hex(address: SocketAddr) -> String {
    let bytes: Vec<u8> = match address.ip() {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    let groups = bytes.as_chunks::<4>().0.iter().map(|group| format!("{:08X}", u32::from_ne_bytes(*group)));
    format!("{}:{:04X}", groups.collect::<String>(), address.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn our_own_connections_are_ours() {
        // Some kernels have no IPv6.
        let has_ipv6 = std::fs::read_to_string("/proc/net/if_inet6")
            .is_ok_and(|table| table.contains("00000000000000000000000000000001"));
        for address in ["127.0.0.1:0", "[::1]:0"].iter().take(if has_ipv6 { 2 } else { 1 }) {
            let listener = TcpListener::bind(address).unwrap();
            let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
            let (_, peer) = listener.accept().unwrap();
            assert!(is_same_user(peer, listener.local_addr().unwrap()), "{address}");
        }
    }

    #[test]
    fn others_are_not() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n\
             0: 0100007F:9C40 0100007F:223D 01 00000000:00000000 00:00000000 00000000  1001        0 1";
        let peer = "127.0.0.1:40000".parse().unwrap();
        assert_eq!(owner(table, peer, 8765), Some(1001));
        assert_eq!(owner(table, peer, 8766), None);
        assert_eq!(owner(table, "127.0.0.1:40001".parse().unwrap(), 8765), None);
        assert!(!is_same_user("192.0.2.1:40000".parse().unwrap(), "127.0.0.1:8765".parse().unwrap()));
    }
}
