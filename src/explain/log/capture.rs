//! A capture of packets (pcap, pcapng): finds the FTP control connections in it and reads them.

use std::collections::HashMap;
use std::io::Cursor;
use std::net::{IpAddr, SocketAddr};

use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{Block, Linktype, PcapBlockOwned, PcapError, create_reader};

use super::dialogue::Dialogue;
use super::form::Form;
use super::heard::{is_command, reply_code};
use super::reading::{NotUnderstood, Reading, note_what_is_cut};
use super::stream::Stream;
use crate::report::counted;

/// How large one block of a capture may be, in bytes.
const BLOCK_BYTES_MAX: usize = 1024 * 1024;
/// How many connections are looked at.
const CONNECTIONS_MAX: usize = 20_000;

/// Whether `bytes` begin like a capture.
pub(super) fn is_capture(bytes: &[u8]) -> bool {
    const MAGICS: [[u8; 4]; 5] = [
        [0x0a, 0x0d, 0x0d, 0x0a],
        [0xa1, 0xb2, 0xc3, 0xd4],
        [0xd4, 0xc3, 0xb2, 0xa1],
        [0xa1, 0xb2, 0x3c, 0x4d],
        [0x4d, 0x3c, 0xb2, 0xa1],
    ];
    MAGICS.iter().any(|magic| bytes.starts_with(magic))
}

/// Two ends, and what each sent.
struct Connection {
    ends: [SocketAddr; 2],
    streams: [Stream; 2],
    /// Lines in the order in which they were whole: the packet, which end sent it, the line.
    lines: Vec<(usize, usize, String)>,
}

/// All that was captured.
#[derive(Default)]
struct Capture {
    connections: Vec<Connection>,
    places: HashMap<[SocketAddr; 2], usize>,
    packets: usize,
    left_out: usize,
}

/// Reads a capture.
pub(super) fn read(bytes: &[u8]) -> Result<Reading, NotUnderstood> {
    let mut reader = create_reader(BLOCK_BYTES_MAX, Cursor::new(bytes))
        .map_err(|_| NotUnderstood::Capture("it does not begin like a capture".to_owned()))?;
    let mut capture = Capture::default();
    let mut links: Vec<Linktype> = Vec::new();
    let mut notes = Vec::new();
    loop {
        let ended = match reader.next() {
            Ok((size, block)) => {
                capture.block(&block, &mut links);
                reader.consume(size);
                continue;
            }
            Err(PcapError::Eof) => break,
            Err(PcapError::Incomplete(_)) => false,
            Err(_) => true,
        };
        // Behind the last byte the reader says so by itself.
        if ended || reader.refill().is_err() {
            notes.push(format!(
                "the capture is cut off or damaged behind packet {}",
                capture.packets
            ));
            break;
        }
    }
    capture.reading(notes)
}

impl Capture {
    fn block(&mut self, block: &PcapBlockOwned<'_>, links: &mut Vec<Linktype>) {
        match block {
            PcapBlockOwned::LegacyHeader(header) => links.push(header.network),
            PcapBlockOwned::Legacy(packet) => self.packet(packet.data, links.first()),
            PcapBlockOwned::NG(Block::SectionHeader(_)) => links.clear(),
            PcapBlockOwned::NG(Block::InterfaceDescription(interface)) => {
                links.push(interface.linktype);
            }
            PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => {
                let link = usize::try_from(packet.if_id)
                    .ok()
                    .and_then(|index| links.get(index));
                self.packet(packet.packet_data(), link);
            }
            PcapBlockOwned::NG(Block::SimplePacket(packet)) => {
                self.packet(packet.data, links.first());
            }
            PcapBlockOwned::NG(_) => {}
        }
    }

    fn packet(&mut self, data: &[u8], link: Option<&Linktype>) {
        self.packets += 1;
        let sliced = match link {
            Some(&Linktype::ETHERNET) => SlicedPacket::from_ethernet(data).ok(),
            Some(&Linktype::LINUX_SLL) => SlicedPacket::from_linux_sll(data).ok(),
            // The header of Linux' second form of cooked capture has 20 bytes, the family of BSD's loopback 4.
            Some(&Linktype::LINUX_SLL2) => {
                data.get(20..).and_then(|ip| SlicedPacket::from_ip(ip).ok())
            }
            Some(&(Linktype::NULL | Linktype::LOOP)) => {
                data.get(4..).and_then(|ip| SlicedPacket::from_ip(ip).ok())
            }
            _ => SlicedPacket::from_ip(data).ok(),
        };
        let Some(SlicedPacket {
            net: Some(net),
            transport: Some(TransportSlice::Tcp(tcp)),
            ..
        }) = sliced
        else {
            return;
        };
        let Some((source, destination)) = addresses(&net) else {
            return;
        };
        let from = SocketAddr::new(source, tcp.source_port());
        let to = SocketAddr::new(destination, tcp.destination_port());
        let packet = self.packets;
        let starts = tcp.syn() && !tcp.ack();
        let Some(connection) = self.connection(from, to, starts) else {
            return;
        };
        let side = usize::from(connection.ends[0] != from);
        if tcp.syn() {
            connection.streams[side].begin(tcp.sequence_number());
        }
        for line in connection.streams[side].push(tcp.sequence_number(), tcp.payload()) {
            connection.lines.push((packet, side, line));
        }
    }

    /// The connection between two ends; a new one, if it starts here.
    fn connection(
        &mut self,
        from: SocketAddr,
        to: SocketAddr,
        starts: bool,
    ) -> Option<&mut Connection> {
        let key = if from < to { [from, to] } else { [to, from] };
        let known = self.places.get(&key).copied().filter(|_| !starts);
        let place = match known {
            Some(place) => place,
            None if self.connections.len() >= CONNECTIONS_MAX => {
                self.left_out += 1;
                return None;
            }
            None => {
                self.connections.push(Connection {
                    ends: [from, to],
                    streams: [Stream::default(), Stream::default()],
                    lines: Vec::new(),
                });
                self.places.insert(key, self.connections.len() - 1);
                self.connections.len() - 1
            }
        };
        self.connections.get_mut(place)
    }

    fn reading(self, mut notes: Vec<String>) -> Result<Reading, NotUnderstood> {
        let (connections, packets) = (self.connections.len(), self.packets);
        let mut sessions = Vec::new();
        for mut connection in self.connections {
            connection.flush(packets);
            if let Some((dialogue, note)) = connection.dialogue() {
                notes.extend(note);
                sessions.push(dialogue);
            }
        }
        if self.left_out > 0 {
            notes.push(format!(
                "{} packets of more than {CONNECTIONS_MAX} connections were left out",
                self.left_out
            ));
        }
        if sessions.is_empty() {
            return Err(NotUnderstood::Capture(format!(
                "{packets} packets, {connections} TCP connections, and no FTP control connection in clear"
            )));
        }
        let mut reading = Reading {
            form: Form::Pcap,
            told_by: format!(
                "{} in {} of {}",
                counted(sessions.len(), "FTP session"),
                counted(packets, "packet"),
                counted(connections, "TCP connection")
            ),
            sessions,
            notes,
        };
        note_what_is_cut(&mut reading);
        Ok(reading)
    }
}

fn addresses(net: &NetSlice<'_>) -> Option<(IpAddr, IpAddr)> {
    match net {
        NetSlice::Ipv4(ip) => {
            let header = ip.header();
            Some((
                header.source_addr().into(),
                header.destination_addr().into(),
            ))
        }
        NetSlice::Ipv6(ip) => {
            let header = ip.header();
            Some((
                header.source_addr().into(),
                header.destination_addr().into(),
            ))
        }
        NetSlice::Arp(_) => None,
    }
}

impl Connection {
    /// What waits for bytes that were never captured.
    fn flush(&mut self, packet: usize) {
        for side in 0..2 {
            for line in self.streams[side].flush() {
                self.lines.push((packet, side, line));
            }
        }
    }

    /// The session, if this is an FTP control connection: one side sends replies, the other commands.
    fn dialogue(&self) -> Option<(Dialogue, Option<String>)> {
        let count = |side: usize, is_meant: &dyn Fn(&str) -> bool| {
            let own = self.lines.iter().filter(|&&(_, sender, _)| sender == side);
            own.filter(|(_, _, line)| is_meant(line)).count()
        };
        let replies = [0, 1].map(|side| count(side, &|line| reply_code(line).is_some()));
        let server = usize::from(replies[1] > replies[0]);
        let client = 1 - server;
        let is_known = |line: &str| {
            let verb = line.trim_start_matches(|letter: char| !letter.is_ascii_alphabetic());
            let word = verb
                .split(' ')
                .next()
                .unwrap_or_default()
                .to_ascii_uppercase();
            is_command(verb) && ftproof_model::verb_named(&word).is_some()
        };
        if replies[server] == 0 || count(client, &is_known) == 0 || looks_like_another(&self.lines)
        {
            return None;
        }
        let mut dialogue = Dialogue::new(&format!("{} → {}", self.ends[client], self.ends[server]));
        for (packet, side, line) in &self.lines {
            if *side == server {
                dialogue.reply(line, *packet);
            } else {
                dialogue.send(line, *packet);
            }
        }
        let opaque = self.streams.iter().any(Stream::is_opaque);
        let last = self.lines.last().map_or(0, |&(packet, ..)| packet);
        let note = opaque.then(|| {
            format!(
                "{}: behind packet {last} it goes on in TLS, or in bytes that are no text; that part was not read",
                dialogue.name
            )
        });
        if opaque {
            dialogue.outstanding.clear();
        }
        Some((dialogue, note))
    }
}

/// Mail is greeted with 220 too.
fn looks_like_another(lines: &[(usize, usize, String)]) -> bool {
    lines.iter().take(10).any(|(_, _, line)| {
        let upper = line.to_ascii_uppercase();
        ["EHLO", "HELO", "MAIL FROM"]
            .iter()
            .any(|word| upper.starts_with(word))
    })
}
