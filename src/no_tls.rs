//! What stands for TLS where ftproof is built without it: nothing that could ever be.

use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, TcpStream};

/// No certificate is ever seen.
#[derive(Debug, Clone)]
pub(crate) struct Trust;

impl Trust {
    pub(crate) fn of(_: IpAddr) -> Self {
        Trust
    }
}

/// None can be had.
#[derive(Debug)]
pub(crate) struct TlsClient(Infallible);

impl TlsClient {
    pub(crate) fn new(_: &Trust) -> io::Result<Self> {
        Err(io::Error::new(
            ErrorKind::InvalidData,
            "ftproof was built without TLS",
        ))
    }

    pub(crate) fn begin(&self) -> io::Result<Tls> {
        match self.0 {}
    }
}

/// No connection is ever inside it.
#[derive(Debug)]
pub(crate) struct Tls(Infallible);

impl Tls {
    pub(crate) fn is_handshaking(&self) -> bool {
        match self.0 {}
    }

    pub(crate) fn shake_hands(&mut self, _: &mut TcpStream) -> io::Result<()> {
        match self.0 {}
    }

    pub(crate) fn is_on(&self) -> bool {
        match self.0 {}
    }

    pub(crate) fn is_over(&self) -> bool {
        match self.0 {}
    }

    pub(crate) fn was_ended(&mut self) -> bool {
        match self.0 {}
    }

    pub(crate) fn holds_any(&mut self) -> bool {
        match self.0 {}
    }

    pub(crate) fn read(&mut self, _: &mut TcpStream, _: &mut [u8]) -> io::Result<usize> {
        match self.0 {}
    }

    pub(crate) fn write_all(&mut self, _: &mut TcpStream, _: &[u8]) -> io::Result<()> {
        match self.0 {}
    }

    pub(crate) fn flush(&mut self, _: &mut TcpStream) -> io::Result<()> {
        match self.0 {}
    }

    pub(crate) fn close(&mut self, _: &mut TcpStream) -> io::Result<()> {
        match self.0 {}
    }

    pub(crate) fn leave(&mut self, _: &mut TcpStream) -> io::Result<()> {
        match self.0 {}
    }
}
