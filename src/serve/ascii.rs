//! The ASCII type as streams: CRLF in the transfer, LF in the file (RFC 959 §3.1.1.1). Image passes through.

use std::io::{self, Read};

use ftproof_core::Representation;

const CHUNK_BYTES: usize = 16 * 1024;

/// Which way the bytes go.
#[derive(Debug, Clone, Copy)]
enum Way {
    /// Each LF becomes CRLF.
    ToTransfer,
    /// Each CRLF becomes LF.
    ToFile {
        /// A CR came, and is not passed on yet.
        after_cr: bool,
    },
}

/// Bytes on their way from one form to the other.
pub(crate) struct Converted<R> {
    from: R,
    /// `None`: they stay as they are.
    way: Option<Way>,
    chunk: Vec<u8>,
    ready: Vec<u8>,
    at: usize,
}

/// A file's bytes as they are sent.
pub(crate) fn to_transfer<R: Read>(file: R, representation: Representation) -> Converted<R> {
    Converted::new(file, representation, Way::ToTransfer)
}

/// What arrives as it is stored.
pub(crate) fn to_file<R: Read>(arriving: R, representation: Representation) -> Converted<R> {
    Converted::new(arriving, representation, Way::ToFile { after_cr: false })
}

impl<R: Read> Converted<R> {
    fn new(from: R, representation: Representation, way: Way) -> Self {
        let way = match representation {
            Representation::Ascii => Some(way),
            Representation::Image => None,
        };
        Converted {
            from,
            way,
            chunk: vec![0; if way.is_some() { CHUNK_BYTES } else { 0 }],
            ready: Vec::new(),
            at: 0,
        }
    }
}

impl<R: Read> Read for Converted<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let Some(way) = &mut self.way else {
            return self.from.read(bytes);
        };
        while self.at == self.ready.len() {
            self.ready.clear();
            self.at = 0;
            let count = self.from.read(&mut self.chunk)?;
            way.convert(&self.chunk[..count], &mut self.ready);
            if count == 0 && self.ready.is_empty() {
                return Ok(0);
            }
        }
        let count = bytes.len().min(self.ready.len() - self.at);
        bytes[..count].copy_from_slice(&self.ready[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

impl Way {
    /// Appends `chunk` in the other form; an empty one is the end.
    fn convert(&mut self, chunk: &[u8], out: &mut Vec<u8>) {
        match self {
            Way::ToTransfer => {
                for &byte in chunk {
                    if byte == b'\n' {
                        out.push(b'\r');
                    }
                    out.push(byte);
                }
            }
            Way::ToFile { after_cr } => {
                for &byte in chunk {
                    if *after_cr && byte != b'\n' {
                        out.push(b'\r');
                    }
                    *after_cr = byte == b'\r';
                    if !*after_cr {
                        out.push(byte);
                    }
                }
                if chunk.is_empty() && std::mem::take(after_cr) {
                    out.push(b'\r');
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives its bytes one at a time.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
            let count = bytes.len().min(1);
            self.0.read(&mut bytes[..count])
        }
    }

    fn whole(mut from: impl Read) -> Vec<u8> {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn both_ways_are_inverse_in_any_chunking() {
        for (file, sent) in [
            ("", ""),
            ("a\nb\n", "a\r\nb\r\n"),
            ("a\rb\r", "a\rb\r"),
            ("\r\r\n\n", "\r\r\r\n\r\n"),
        ] {
            let ascii = Representation::Ascii;
            assert_eq!(whole(to_transfer(file.as_bytes(), ascii)), sent.as_bytes());
            assert_eq!(whole(to_file(sent.as_bytes(), ascii)), file.as_bytes());
            assert_eq!(
                whole(to_file(Drip(sent.as_bytes()), ascii)),
                file.as_bytes()
            );
            let image = Representation::Image;
            assert_eq!(whole(to_file(sent.as_bytes(), image)), sent.as_bytes());
        }
    }
}
