//! Reads typed arguments (RFC 959 §5.3.2 and the extensions). `None` is ill-formed: 501.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use crate::{
    EpsvArgument, Facts, Language, Mechanism, ModeCode, Options, ProtCode, StruCode, TypeCode,
};

const HOSTNAME_BYTES_MAX: usize = 255;
const LABEL_BYTES_MAX: usize = 63;

/// A decimal integer without a sign.
pub(crate) fn number<T: FromStr>(argument: &[u8]) -> Option<T> {
    let digits = !argument.is_empty() && argument.iter().all(u8::is_ascii_digit);
    if digits {
        str::from_utf8(argument).ok()?.parse().ok()
    } else {
        None
    }
}

/// `A [SP N|T|C]`, `E [SP N|T|C]`, `I`, `L SP byte-size` (RFC 959 §5.3.2), in any case (RFC 959 §5.3).
pub(crate) fn type_code(argument: &[u8]) -> Option<TypeCode> {
    match argument {
        b"A" | b"a" | [b'A' | b'a', b' ', b'N' | b'n'] => Some(TypeCode::AsciiNonPrint),
        [b'A' | b'a', b' ', b'T' | b't' | b'C' | b'c'] => Some(TypeCode::AsciiPrint),
        b"E" | b"e" | [b'E' | b'e', b' ', b'N' | b'n' | b'T' | b't' | b'C' | b'c'] => {
            Some(TypeCode::Ebcdic)
        }
        b"I" | b"i" => Some(TypeCode::Image),
        [b'L' | b'l', b' ', size @ ..] => {
            let bits = number(size).filter(|&bits| bits > 0)?;
            Some(TypeCode::Local { bits })
        }
        _ => None,
    }
}

/// `S`, `B` or `C`.
pub(crate) fn mode(argument: &[u8]) -> Option<ModeCode> {
    match argument {
        b"S" | b"s" => Some(ModeCode::Stream),
        b"B" | b"b" => Some(ModeCode::Block),
        b"C" | b"c" => Some(ModeCode::Compressed),
        _ => None,
    }
}

/// `F`, `R` or `P`.
pub(crate) fn stru(argument: &[u8]) -> Option<StruCode> {
    match argument {
        b"F" | b"f" => Some(StruCode::File),
        b"R" | b"r" => Some(StruCode::Record),
        b"P" | b"p" => Some(StruCode::Page),
        _ => None,
    }
}

/// A decimal integer, then perhaps `SP R SP` and another (RFC 959 §4.1.3).
pub(crate) fn allo(argument: &[u8]) -> Option<()> {
    let mut fields = argument.split(|&byte| byte == b' ');
    number::<u64>(fields.next()?)?;
    match (fields.next(), fields.next(), fields.next()) {
        (None, None, None) => Some(()),
        (Some(b"R" | b"r"), Some(record), None) => number::<u64>(record).map(|_| ()),
        _ => None,
    }
}

/// A network protocol number or `ALL` (RFC 2428 §3).
pub(crate) fn epsv(argument: &[u8]) -> Option<EpsvArgument> {
    match argument {
        b"1" => Some(EpsvArgument::V4),
        b"2" => Some(EpsvArgument::V6),
        all if all.eq_ignore_ascii_case(b"ALL") => Some(EpsvArgument::All),
        digits if digits.iter().all(u8::is_ascii_digit) => Some(EpsvArgument::Unknown),
        _ => None,
    }
}

/// `MLST [SP facts]` or `UTF8 [SP ON]`. No other command has options here, and RFC 2389 §4 answers those with 501.
pub(crate) fn opts(argument: &[u8]) -> Option<Options> {
    let mut fields = argument.splitn(2, |&byte| byte == b' ');
    let target = fields.next()?.to_ascii_uppercase();
    let options = fields
        .next()
        .filter(|options| options.iter().any(|&byte| byte != b' '));
    match (target.as_slice(), options) {
        (b"MLST", None) => Some(Options::Mlst(Facts::NONE)),
        (b"MLST", Some(facts)) => Facts::parse(facts).map(Options::Mlst),
        (b"UTF8", None) => Some(Options::Utf8),
        (b"UTF8", Some(on)) if on.eq_ignore_ascii_case(b"ON") => Some(Options::Utf8),
        _ => None,
    }
}

/// A language tag: parts of 1 to 8 letters, separated by `-` (RFC 2640 §4.2).
pub(crate) fn lang(argument: &[u8]) -> Option<Language> {
    let mut tags = argument.split(|&byte| byte == b'-');
    if !tags
        .clone()
        .all(|tag| matches!(tag.len(), 1..=8) && tag.iter().all(u8::is_ascii_alphabetic))
    {
        return None;
    }
    let english = tags
        .next()
        .is_some_and(|tag| tag.eq_ignore_ascii_case(b"en"));
    Some(if english {
        Language::English
    } else {
        Language::Unknown
    })
}

/// A domain name or an address literal; IPv6 in square brackets, no port (RFC 7151 §3.1).
pub(crate) fn host(argument: &[u8]) -> Option<Vec<u8>> {
    let name = str::from_utf8(argument).ok()?;
    let literal = match name.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']')?.parse::<Ipv6Addr>().is_ok(),
        None => name.parse::<Ipv4Addr>().is_ok(),
    };
    let label = |label: &str| {
        matches!(label.len(), 1..=LABEL_BYTES_MAX)
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let domain = name.len() <= HOSTNAME_BYTES_MAX && name.split('.').all(label);
    (literal || domain).then(|| argument.to_vec())
}

/// A mechanism name, in any case (RFC 2228 §3).
pub(crate) fn auth(argument: &[u8]) -> Mechanism {
    let tls = argument.eq_ignore_ascii_case(b"TLS") || argument.eq_ignore_ascii_case(b"TLS-C");
    if tls {
        Mechanism::Tls
    } else {
        Mechanism::Unknown
    }
}

/// A single character (RFC 2228 §3).
pub(crate) fn prot(argument: &[u8]) -> Option<ProtCode> {
    match argument {
        b"C" | b"c" => Some(ProtCode::Clear),
        b"S" | b"s" => Some(ProtCode::Safe),
        b"E" | b"e" => Some(ProtCode::Confidential),
        b"P" | b"p" => Some(ProtCode::Private),
        [_] => Some(ProtCode::Unknown),
        _ => None,
    }
}
