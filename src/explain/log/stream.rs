//! One direction of a TCP connection: segments in any order to lines of text (RFC 9293 §3.4), within bounds.

use std::collections::VecDeque;

/// How many segments may wait for one that is missing.
const WAITING_MAX: usize = 256;
/// The longest line that is kept, in bytes.
const LINE_BYTES_MAX: usize = 8 * 1024;

/// One direction of a connection.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// The sequence number of the byte that comes next.
    next: Option<u32>,
    /// Segments that came too early, by sequence number.
    waiting: VecDeque<(u32, Vec<u8>)>,
    /// The beginning of a line.
    line: Vec<u8>,
    is_opaque: bool,
}

impl Stream {
    /// The connection begins with this sequence number.
    pub(super) fn begin(&mut self, sequence: u32) {
        *self = Stream {
            next: Some(sequence.wrapping_add(1)),
            ..Stream::default()
        };
    }

    /// Whether bytes came that are no text: nothing behind them is read.
    pub(super) fn is_opaque(&self) -> bool {
        self.is_opaque
    }

    /// Takes a segment, and gives the lines that are whole now.
    pub(super) fn push(&mut self, sequence: u32, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        if bytes.is_empty() || self.is_opaque {
            return lines;
        }
        let next = *self.next.get_or_insert(sequence);
        if is_before(next, sequence) {
            self.waiting.push_back((sequence, bytes.to_vec()));
            if self.waiting.len() > WAITING_MAX {
                lines.extend(self.flush());
            }
            return lines;
        }
        self.take(sequence, bytes, &mut lines);
        self.take_waiting(&mut lines);
        lines
    }

    /// Goes on behind what is missing.
    pub(super) fn flush(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(first) =
            self.waiting
                .iter()
                .map(|&(sequence, _)| sequence)
                .reduce(|first, other| {
                    if is_before(other, first) {
                        other
                    } else {
                        first
                    }
                })
        {
            // The line that the gap tore is no line.
            self.line.clear();
            self.next = Some(first);
            self.take_waiting(&mut lines);
        }
        lines
    }

    fn take_waiting(&mut self, lines: &mut Vec<String>) {
        while let (Some(next), waiting) = (self.next, &mut self.waiting) {
            let Some(index) = waiting
                .iter()
                .position(|&(sequence, _)| !is_before(next, sequence))
            else {
                break;
            };
            if let Some((sequence, bytes)) = waiting.remove(index) {
                self.take(sequence, &bytes, lines);
            }
        }
    }

    /// Takes a segment that begins at or before the next byte; what came before is left out.
    fn take(&mut self, sequence: u32, bytes: &[u8], lines: &mut Vec<String>) {
        let next = self.next.unwrap_or(sequence);
        let known = usize::try_from(next.wrapping_sub(sequence)).unwrap_or(usize::MAX);
        let Some(new) = bytes.get(known..).filter(|new| !new.is_empty()) else {
            return;
        };
        self.next = Some(next.wrapping_add(u32::try_from(new.len()).unwrap_or(0)));
        for &byte in new {
            match byte {
                b'\n' => {
                    let line = String::from_utf8_lossy(&self.line);
                    lines.push(line.trim_end_matches('\r').to_owned());
                    self.line.clear();
                }
                // A line of FTP holds no such byte; TLS begins with 0x16.
                0..=8 | 0x0e..=0x1a => {
                    self.is_opaque = true;
                    self.line.clear();
                    self.waiting.clear();
                    return;
                }
                _ if self.line.len() < LINE_BYTES_MAX => self.line.push(byte),
                _ => {}
            }
        }
    }
}

/// Whether one sequence number comes before another, which may have wrapped.
fn is_before(one: u32, other: u32) -> bool {
    one != other && other.wrapping_sub(one) < u32::MAX / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_in_any_order_are_one_stream() {
        let mut stream = Stream::default();
        stream.begin(u32::MAX - 2);
        assert_eq!(stream.push(u32::MAX - 1, b"22"), Vec::<String>::new());
        assert_eq!(stream.push(3, b"Hi\r\n"), Vec::<String>::new());
        // Sent again, with more behind it.
        assert_eq!(stream.push(u32::MAX, b"20 x"), ["220 xHi"]);
    }

    #[test]
    fn a_gap_costs_the_line_that_it_tears() {
        let mut stream = Stream::default();
        assert_eq!(stream.push(1, b"220 Hi\r\nUS"), ["220 Hi"]);
        assert_eq!(stream.push(20, b"rest\r\nPASV\r\n"), Vec::<String>::new());
        assert_eq!(stream.flush(), ["rest", "PASV"]);
    }

    #[test]
    fn what_is_no_text_ends_the_reading() {
        let mut stream = Stream::default();
        assert_eq!(stream.push(1, b"AUTH TLS\r\n\x16\x03\x01"), ["AUTH TLS"]);
        assert!(stream.is_opaque());
        assert_eq!(stream.push(14, b"PASV\r\n"), Vec::<String>::new());
    }
}
