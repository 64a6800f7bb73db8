//! The replies that the RFCs list for each verb (RFC 959 §5.4, RFC 2228 §8.2 and the RFC of each extension). A
//! transfer has 554 and 555 beside them, which RFC 1123 §4.1.3.4 has for one behind a REST.
//!
//! 421 may answer anything (RFC 959 §4.2) and is left out everywhere.

use crate::{Code, Source, rfc};

/// The replies that an RFC lists for a verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplyList {
    /// The verb, in capitals.
    pub verb: &'static str,
    /// The codes, in ascending order.
    pub codes: &'static [Code],
    /// The section that lists them, or most of them.
    pub source: Source,
}

const fn list(verb: &'static str, codes: &'static [Code], source: Source) -> ReplyList {
    ReplyList {
        verb,
        codes,
        source,
    }
}

/// The reply list of every verb of the alphabet that has one.
#[rustfmt::skip]
pub const REPLY_LISTS: &[ReplyList] = &[
    list("USER", &[230, 232, 331, 332, 336, 500, 501, 530],                      rfc(959, "5.4")),
    list("PASS", &[202, 230, 232, 332, 500, 501, 503, 530],                      rfc(959, "5.4")),
    list("ACCT", &[202, 230, 500, 501, 503, 530],                                rfc(959, "5.4")),
    list("CWD",  &[250, 500, 501, 502, 530, 550],                                rfc(959, "5.4")),
    list("CDUP", &[200, 250, 500, 501, 502, 530, 550],                           rfc(959, "5.4")),
    list("SMNT", &[202, 250, 500, 501, 502, 530, 550],                           rfc(959, "5.4")),
    list("REIN", &[120, 220, 500, 502],                                          rfc(959, "5.4")),
    list("QUIT", &[221, 500],                                                    rfc(959, "5.4")),
    list("PORT", &[200, 500, 501, 530],                                          rfc(959, "5.4")),
    list("PASV", &[227, 500, 501, 502, 530],                                     rfc(959, "5.4")),
    list("EPRT", &[200, 500, 501, 522],                                          rfc(2428, "2")),
    list("EPSV", &[200, 202, 220, 229, 500, 501, 522],                           rfc(2428, "3")),
    list("LPRT", &[200, 500, 501, 521],                                          rfc(1639, "4")),
    list("LPSV", &[228, 500, 501, 521],                                          rfc(1639, "4")),
    list("TYPE", &[200, 500, 501, 504, 530],                                     rfc(959, "5.4")),
    list("MODE", &[200, 500, 501, 504, 530],                                     rfc(959, "5.4")),
    list("STRU", &[200, 500, 501, 504, 530],                                     rfc(959, "5.4")),
    list("ALLO", &[200, 202, 500, 501, 504, 530],                                rfc(959, "5.4")),
    list("REST", &[350, 500, 501, 502, 530],                                     rfc(959, "5.4")),
    list("RETR", &[110, 125, 150, 226, 250, 425, 426, 450, 451, 500, 501, 521, 522, 530, 534, 535, 550, 554, 555],
                                                                                 rfc(959, "5.4")),
    list("STOR", STORE,                                                          rfc(959, "5.4")),
    list("STOU", STORE,                                                          rfc(959, "5.4")),
    list("APPE", &[110, 125, 150, 226, 250, 425, 426, 450, 451, 452, 500, 501, 502, 521, 522, 530, 532, 534, 535, 550,
                   551, 552, 553, 554, 555],                                     rfc(959, "5.4")),
    list("LIST", LISTING,                                                        rfc(959, "5.4")),
    list("NLST", LISTING,                                                        rfc(959, "5.4")),
    list("MLSD", &[150, 226, 425, 426, 450, 451, 452, 500, 501, 503, 504, 530, 550, 553, 554, 555],
                                                                                 rfc(3659, "7.2.1")),
    list("MLST", &[250, 425, 426, 450, 451, 452, 500, 501, 503, 504, 530, 550, 553],      rfc(3659, "7.2.1")),
    list("RNFR", &[350, 450, 500, 501, 502, 530, 550],                           rfc(959, "5.4")),
    list("RNTO", &[250, 500, 501, 502, 503, 530, 532, 553],                      rfc(959, "5.4")),
    list("DELE", &[250, 450, 500, 501, 502, 530, 550],                           rfc(959, "5.4")),
    list("RMD",  &[250, 500, 501, 502, 530, 550],                                rfc(959, "5.4")),
    list("MKD",  &[257, 500, 501, 502, 530, 550],                                rfc(959, "5.4")),
    list("PWD",  &[257, 500, 501, 502, 550],                                     rfc(959, "5.4")),
    list("ABOR", &[225, 226, 500, 501, 502],                                     rfc(959, "5.4")),
    list("SYST", &[215, 500, 501, 502],                                          rfc(959, "5.4")),
    list("NOOP", &[200, 500],                                                    rfc(959, "5.4")),
    list("STAT", &[211, 212, 213, 450, 500, 501, 502, 530],                      rfc(959, "5.4")),
    list("HELP", &[211, 214, 500, 501, 502],                                     rfc(959, "5.4")),
    list("SITE", &[200, 202, 500, 501, 530],                                     rfc(959, "5.4")),
    list("FEAT", &[211, 500, 501, 502],                                          rfc(2389, "3.2")),
    list("OPTS", &[200, 451, 500, 501, 502],                                     rfc(2389, "4")),
    list("LANG", &[200, 500, 501, 502, 504],                                     rfc(2640, "4.2")),
    list("SIZE", &[213, 450, 451, 500, 501, 550],                                rfc(3659, "4.2")),
    list("MDTM", &[213, 450, 451, 500, 501, 550],                                rfc(3659, "3.2")),
    list("HOST", &[220, 500, 501, 502, 503, 504],                                rfc(7151, "3.3")),
    list("AUTH", &[234, 334, 431, 500, 501, 502, 504, 533, 534],                 rfc(2228, "8.2")),
    list("ADAT", &[235, 335, 500, 501, 502, 503, 533, 535],                      rfc(2228, "8.2")),
    list("PBSZ", &[200, 500, 501, 502, 503, 530, 533],                           rfc(2228, "8.2")),
    list("PROT", &[200, 431, 500, 501, 502, 503, 504, 530, 533, 534, 536],       rfc(2228, "8.2")),
    list("CCC",  &[200, 500, 501, 502, 533, 534],                                rfc(2228, "3")),
    list("MIC",  PROTECTED,                                                      rfc(2228, "3")),
    list("CONF", PROTECTED,                                                      rfc(2228, "3")),
    list("ENC",  PROTECTED,                                                      rfc(2228, "3")),
];

const STORE: &[Code] = &[
    110, 125, 150, 226, 250, 425, 426, 450, 451, 452, 500, 501, 521, 522, 530, 532, 534, 535, 551,
    552, 553, 554, 555,
];
const LISTING: &[Code] = &[
    125, 150, 226, 250, 425, 426, 450, 451, 500, 501, 502, 521, 522, 530, 534, 535, 554, 555,
];
const PROTECTED: &[Code] = &[500, 501, 502, 503, 533, 535, 537];

/// The reply list of `verb`, given in capitals. A verb with an X before it has the list of its model.
pub fn reply_list(verb: &str) -> Option<&'static ReplyList> {
    let model = match verb {
        "XCWD" => "CWD",
        "XCUP" => "CDUP",
        "XPWD" => "PWD",
        "XMKD" => "MKD",
        "XRMD" => "RMD",
        _ => verb,
    };
    REPLY_LISTS.iter().find(|list| list.verb == model)
}
