//! Ports of 127.0.0.1 that are kept for one owner.
#![allow(dead_code, reason = "each user takes its part")]

use std::mem;
use std::net::{Ipv4Addr, SocketAddr};

use socket2::{Domain, Socket, Type};

/// A port on which nothing listens until the tests end.
pub fn closed() -> SocketAddr {
    let (socket, address) = free();
    mem::forget(socket);
    address
}

/// A port that was free, kept.
pub fn free() -> (Socket, SocketAddr) {
    let socket = kept((Ipv4Addr::LOCALHOST, 0).into());
    let address = socket.local_addr().ok().and_then(|it| it.as_socket());
    (socket, address.expect("a bound socket has an address"))
}

/// Keeps a port without listening on it: nobody who asks for any free port gets it, and who knows it may listen there
/// if, as servers do, they allow that an address is used again (`SO_REUSEADDR`).
pub fn kept(address: SocketAddr) -> Socket {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket can be made");
    let bound = socket
        .set_reuse_address(true)
        .and_then(|()| socket.bind(&address.into()));
    bound.expect("the port is free");
    socket
}
