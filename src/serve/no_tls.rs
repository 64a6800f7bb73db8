//! What stands for the server's TLS where ftproof is built without it: nothing that could ever be.

use std::convert::Infallible;
use std::io::{self, Read, Write};
use std::net::TcpStream;

/// There is none.
pub struct TlsServer {
    never: Infallible,
    pub(crate) is_implicit: bool,
}

impl TlsServer {
    pub(crate) fn begin(&self) -> io::Result<ControlTls> {
        match self.never {}
    }

    pub(crate) fn protect(&self, _: TcpStream) -> io::Result<DataTls> {
        match self.never {}
    }
}

/// No control connection is ever inside it.
pub(crate) struct ControlTls(Infallible);

impl ControlTls {
    pub(crate) fn take(&mut self, _: &[u8], _: &mut Vec<u8>, _: &mut Vec<u8>) -> io::Result<()> {
        match self.0 {}
    }

    pub(crate) fn send(&mut self, _: &[u8], _: &mut Vec<u8>) -> io::Result<()> {
        match self.0 {}
    }

    pub(crate) fn close(&mut self, _: &mut Vec<u8>) -> io::Result<()> {
        match self.0 {}
    }
}

/// No data connection is ever inside it.
pub(crate) struct DataTls(Infallible);

impl DataTls {
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        match self.0 {}
    }
}

impl Read for DataTls {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        match self.0 {}
    }
}

impl Write for DataTls {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        match self.0 {}
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.0 {}
    }
}
