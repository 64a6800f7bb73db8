//! Data connection addresses as FTP writes them: PORT and 227 (RFC 959 §4.1.2), EPRT and 229 (RFC 2428 §2-3), LPRT
//! and 228 (RFC 1639).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::argument::number;

/// The most fields that LPRT has: family, length and 16 bytes of address, length and 2 bytes of port.
const LONG_FIELDS_MAX: usize = 21;

/// `h1,h2,h3,h4,p1,p2`; port 0 is ill-formed.
pub(crate) fn port(argument: &[u8]) -> Option<SocketAddr> {
    let mut fields = [0; 6];
    let count = read_fields(argument, &mut fields)?;
    let [a, b, c, d, p1, p2] = fields;
    if count == fields.len() {
        socket(Ipv4Addr::new(a, b, c, d).into(), [p1, p2])
    } else {
        None
    }
}

/// `|1|132.235.1.2|6275|` with any delimiter in 33..=126 (RFC 2428 §2). `Some(None)`: a network protocol other than
/// 1 and 2.
pub(crate) fn eprt(argument: &[u8]) -> Option<Option<SocketAddr>> {
    let delimiter = *argument.first().filter(|byte| matches!(byte, 33..=126))?;
    let mut fields = argument.split(|&byte| byte == delimiter);
    let (_empty, protocol, address) = (fields.next()?, fields.next()?, fields.next()?);
    let port = number::<u16>(fields.next()?).filter(|&port| port > 0)?;
    if fields.next() != Some(b"") || fields.next().is_some() || address.is_empty() {
        return None;
    }
    let text = str::from_utf8(address).ok()?;
    match number::<u64>(protocol)? {
        1 => Some(Some(SocketAddr::new(
            text.parse::<Ipv4Addr>().ok()?.into(),
            port,
        ))),
        2 => Some(Some(SocketAddr::new(
            text.parse::<Ipv6Addr>().ok()?.into(),
            port,
        ))),
        _ => Some(None),
    }
}

/// `af,hal,h1,...,pal,p1,p2` (RFC 1639). `Some(None)`: an address family other than 4 and 6.
pub(crate) fn lprt(argument: &[u8]) -> Option<Option<SocketAddr>> {
    let mut fields = [0; LONG_FIELDS_MAX];
    let count = read_fields(argument, &mut fields)?;
    match fields.get(..count)? {
        &[4, 4, a, b, c, d, 2, p1, p2] => {
            socket(Ipv4Addr::new(a, b, c, d).into(), [p1, p2]).map(Some)
        }
        [6, 16, rest @ ..] => {
            let (address, port) = rest.split_first_chunk::<16>()?;
            let &[2, p1, p2] = port else { return None };
            socket(Ipv6Addr::from(*address).into(), [p1, p2]).map(Some)
        }
        [4 | 6, ..] => None,
        &[_family, length, ref rest @ ..] => {
            let (_address, port) = rest.split_at_checked(length.into())?;
            let (&length, port) = port.split_first()?;
            (port.len() == usize::from(length) && !port.is_empty()).then_some(None)
        }
        _ => None,
    }
}

/// `h1,h2,h3,h4,p1,p2`. `None`: an IPv6 address, which 227 cannot say.
pub(crate) fn port_text(address: SocketAddr) -> Option<String> {
    match address.ip() {
        IpAddr::V4(ip) => {
            let ([a, b, c, d], [p1, p2]) = (ip.octets(), address.port().to_be_bytes());
            Some(format!("{a},{b},{c},{d},{p1},{p2}"))
        }
        IpAddr::V6(_) => None,
    }
}

/// `af,hal,h1,...,2,p1,p2`.
pub(crate) fn long_port_text(address: SocketAddr) -> String {
    let [p1, p2] = address.port().to_be_bytes();
    let host = match address.ip() {
        IpAddr::V4(ip) => ip
            .octets()
            .iter()
            .fold("4,4".to_owned(), |text, byte| text + &format!(",{byte}")),
        IpAddr::V6(ip) => ip
            .octets()
            .iter()
            .fold("6,16".to_owned(), |text, byte| text + &format!(",{byte}")),
    };
    format!("{host},2,{p1},{p2}")
}

/// Comma-separated numbers 0..=255, into `fields`; how many there were. `None`: more than `fields` holds, or no number.
fn read_fields(argument: &[u8], fields: &mut [u8]) -> Option<usize> {
    let mut count = 0;
    for field in argument.split(|&byte| byte == b',') {
        *fields.get_mut(count)? = number(field)?;
        count += 1;
    }
    Some(count)
}

fn socket(ip: IpAddr, port: [u8; 2]) -> Option<SocketAddr> {
    let port = u16::from_be_bytes(port);
    (port > 0).then(|| SocketAddr::new(ip, port))
}
