//! Typed arguments. A value that is well-formed but not supported is a value, not an error: its reply comes last.

use crate::Facts;

/// The argument of TYPE (RFC 959 §4.1.2, §5.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TypeCode {
    /// `A` or `A N`.
    AsciiNonPrint,
    /// `A T` or `A C`: not supported.
    AsciiPrint,
    /// `E` with any format: not supported.
    Ebcdic,
    /// `I`.
    Image,
    /// `L` and a logical byte size, 1..=255 bits; 8 is supported and the same as Image.
    Local {
        /// The logical byte size.
        bits: u8,
    },
}

/// The argument of MODE (RFC 959 §4.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ModeCode {
    /// `S`.
    Stream,
    /// `B`: not supported.
    Block,
    /// `C`: not supported.
    Compressed,
}

/// The argument of STRU (RFC 959 §4.1.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StruCode {
    /// `F`.
    File,
    /// `R`: not supported, since the files here have no records.
    Record,
    /// `P`: not supported.
    Page,
}

/// The argument of EPSV (RFC 2428 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EpsvArgument {
    /// None: the protocol of the control connection.
    Control,
    /// `1`: IPv4.
    V4,
    /// `2`: IPv6.
    V6,
    /// Another number: not supported.
    Unknown,
    /// `ALL`.
    All,
}

/// The argument of AUTH (RFC 4217 §17). Case does not matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mechanism {
    /// `TLS`, or its synonym `TLS-C`.
    Tls,
    /// Anything else: not supported.
    Unknown,
}

/// The argument of PROT (RFC 2228 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProtCode {
    /// `C`.
    Clear,
    /// `S`: not supported by TLS (RFC 4217 §9).
    Safe,
    /// `E`: not supported by TLS (RFC 4217 §9).
    Confidential,
    /// `P`.
    Private,
    /// Another single character.
    Unknown,
}

/// The argument of LANG (RFC 2640 §4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// None: the default, which is English.
    Default,
    /// `en`, or `en` with subtags.
    English,
    /// Another language tag: not supported.
    Unknown,
}

/// The argument of OPTS (RFC 2389 §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Options {
    /// `MLST` and the facts to show; those that are not supported are left out (RFC 3659 §7.9).
    Mlst(Facts),
    /// `UTF8`, `UTF8 ON`: names are UTF-8 always, so this changes nothing. No RFC has it; many clients send it.
    Utf8,
}
