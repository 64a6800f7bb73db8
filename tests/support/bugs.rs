//! Twenty order bugs of depth 2 to 8: what each way of fuzzing is measured by.

use ftproof_model::Input::{self, *};

use crate::planted::Bug;
use crate::planted::Leg::{self, Next, Then, Tried};

const LOGIN: &[Input] = &[UserOpen, PassRight];
const NAMED: &[Input] = &[UserPassword, UserAccount];
const NEUTRAL: &[Input] = &[Noop, Syst, Pwd, Help];
const PASSIVE: &[Input] = &[Pasv, Epsv, Lpsv];
const ACTIVE: &[Input] = &[Port, Eprt, Lprt];
const UPLOADS: &[Input] = &[Stor, Appe, Stou];
const TRANSFERS: &[Input] = &[Stor, Appe, Stou, Retr, List, Nlst, Mlsd];
const HELPS: &[Input] = &[Help, HelpVerb, HelpUnknown];

/// A bug of the table.
pub struct Named {
    pub name: &'static str,
    /// How many inputs it takes from connect, at the least.
    pub depth: usize,
    pub bug: Bug,
}

const fn bug(
    name: &'static str,
    depth: usize,
    legs: &'static [Leg],
    answer: &'static [u8],
) -> Named {
    Named {
        name,
        depth,
        bug: Bug { legs, answer },
    }
}

#[rustfmt::skip]
pub const BUGS: [Named; 20] = [
    bug("an ACCT behind USER logs in", 2,
        &[Then(NAMED), Next(&[AcctRight])], b"230 In"),
    bug("a PASS while logged in is taken", 2,
        &[Then(LOGIN), Then(&[PassRight])], b"230 In"),
    bug("RNTO needs only a login", 2,
        &[Then(LOGIN), Then(&[Rnto])], b"250 Done"),
    bug("PBSZ needs only a HOST", 2,
        &[Then(&[Host]), Then(&[Pbsz])], b"200 Yes"),
    bug("a NOOP does not end USER", 3,
        &[Then(NAMED), Next(&[Noop]), Next(&[PassRight])], b"230 In"),
    bug("the old login works behind a new USER", 3,
        &[Then(LOGIN), Then(NAMED), Next(&[Pwd])], b"257 \"/\""),
    bug("a rename goes on behind a line in between", 4,
        &[Then(LOGIN), Then(&[Rnfr]), Next(NEUTRAL), Next(&[Rnto])], b"250 Done"),
    bug("a rename that failed may be tried again", 4,
        &[Then(LOGIN), Then(&[Rnfr]), Tried(&[RntoImpossible]), Next(&[Rnto])], b"250 Done"),
    bug("EPSV ALL is forgotten behind an EPSV", 4,
        &[Then(LOGIN), Then(&[EpsvAll]), Then(&[Epsv]), Then(&[Pasv])], b"227 (127,0,0,1,8,73)"),
    bug("ABOR leaves a passive data connection", 4,
        &[Then(LOGIN), Then(PASSIVE), Next(&[Abor]), Then(TRANSFERS)], b"150 Here it comes"),
    bug("AUTH does not end the USER before PBSZ and PROT", 5,
        &[Then(NAMED), Next(&[AuthTls]), Then(&[Pbsz]), Then(&[ProtPrivate, ProtClear]), Then(&[PassRight])],
        b"230 In"),
    bug("one PASV is good for two transfers", 5,
        &[Then(LOGIN), Then(PASSIVE), Next(TRANSFERS), Next(&[DataDone]), Next(TRANSFERS)], b"150 Here it comes"),
    bug("PROT outlives REIN", 5,
        &[Then(&[AuthTls]), Then(&[Pbsz]), Then(&[Rein]), Then(&[AuthTls]), Then(&[ProtPrivate])], b"200 Yes"),
    bug("HELP is gone during the second transfer", 6,
        &[Then(LOGIN), Then(ACTIVE), Then(TRANSFERS), Then(&[DataDone]), Then(TRANSFERS), Next(HELPS)], b"502 Not now"),
    bug("a rename goes on behind an upload", 6,
        &[Then(LOGIN), Then(&[Pasv, Epsv]), Then(&[Rnfr]), Next(UPLOADS), Next(&[DataDone]), Next(&[Rnto])],
        b"250 Done"),
    bug("EPSV ALL is forgotten behind a transfer", 6,
        &[Then(LOGIN), Then(&[EpsvAll]), Then(&[Epsv]), Then(TRANSFERS), Then(&[DataDone]), Then(ACTIVE)], b"200 Yes"),
    bug("EPSV ALL is forgotten behind CCC", 7,
        &[Then(&[AuthTls]), Then(&[Pbsz]), Then(LOGIN), Then(&[Ccc]), Then(&[EpsvAll]), Then(&[Epsv]), Then(&[Pasv])],
        b"227 (127,0,0,1,8,73)"),
    bug("what a broken upload set up is refused behind ABOR", 7,
        &[Then(LOGIN), Then(PASSIVE), Then(UPLOADS), Then(&[DataBroken]), Then(&[Abor]), Then(PASSIVE),
          Next(TRANSFERS)], b"503 Send PASV first"),
    bug("the third rename may be stale", 8,
        &[Then(LOGIN), Then(&[Rnfr]), Then(&[Rnto]), Then(&[Rnfr]), Then(&[Rnto]), Then(&[Rnfr]), Next(NEUTRAL),
          Next(&[Rnto])], b"250 Done"),
    bug("a restarted upload in TLS leaves its PASV", 8,
        &[Then(&[AuthTls]), Then(LOGIN), Then(PASSIVE), Next(&[Rest]), Next(UPLOADS), Next(&[DataDone]), Next(NEUTRAL),
          Next(TRANSFERS)], b"150 Here it comes"),
];
