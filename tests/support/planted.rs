//! Twenty order bugs of depth 2 to 8, planted in front of our session: what each way of fuzzing is measured by.
//!
//! A bug is a list of legs: what must have come before, in this order, and at last the command that is answered wrongly.
//! None is in the session itself; a [`Planted`] stands in front of it and lies once the legs are done.

use ftproof::embedded::Embedded;
use ftproof::fuzzing::Subject;
use ftproof_core::{Effect, MemorySite};
use ftproof_model::Input::{self, *};

/// One leg of the way to a bug.
#[derive(Clone, Copy)]
pub enum Leg {
    /// One of these works; anything may come before it.
    Then(&'static [Input]),
    /// One of these is the very next line or event, and works.
    Next(&'static [Input]),
    /// One of these is the very next line, whatever it is answered.
    Tried(&'static [Input]),
}
use Leg::{Next, Then, Tried};

impl Leg {
    fn inputs(self) -> &'static [Input] {
        match self {
            Then(inputs) | Next(inputs) | Tried(inputs) => inputs,
        }
    }
}

/// A bug.
pub struct Bug {
    pub name: &'static str,
    /// How many inputs it takes from connect, at the least.
    pub depth: usize,
    /// The last leg is the command that is answered wrongly.
    pub legs: &'static [Leg],
    pub answer: &'static [u8],
}

const LOGIN: &[Input] = &[UserOpen, PassRight];
const NAMED: &[Input] = &[UserPassword, UserAccount];
const NEUTRAL: &[Input] = &[Noop, Syst, Pwd, Help];
const PASSIVE: &[Input] = &[Pasv, Epsv, Lpsv];
const ACTIVE: &[Input] = &[Port, Eprt, Lprt];
const UPLOADS: &[Input] = &[Stor, Appe, Stou];
const TRANSFERS: &[Input] = &[Stor, Appe, Stou, Retr, List, Nlst, Mlsd];
const HELPS: &[Input] = &[Help, HelpVerb, HelpUnknown];

const fn bug(name: &'static str, depth: usize, legs: &'static [Leg], answer: &'static [u8]) -> Bug {
    Bug {
        name,
        depth,
        legs,
        answer,
    }
}

#[rustfmt::skip]
pub const BUGS: [Bug; 20] = [
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
        &[Then(LOGIN), Then(PASSIVE), Next(&[Abor]), Next(TRANSFERS)], b"150 Here it comes"),
    bug("AUTH does not end the USER before PBSZ and PROT", 5,
        &[Then(NAMED), Next(&[AuthTls]), Next(&[Pbsz]), Next(&[ProtPrivate, ProtClear]), Next(&[PassRight])], b"230 In"),
    bug("one PASV is good for two transfers", 5,
        &[Then(LOGIN), Then(PASSIVE), Next(TRANSFERS), Next(&[DataDone]), Next(TRANSFERS)], b"150 Here it comes"),
    bug("PROT outlives REIN", 5,
        &[Then(&[AuthTls]), Then(&[Pbsz]), Then(&[Rein]), Then(&[AuthTls]), Then(&[ProtPrivate])], b"200 Yes"),
    bug("HELP is gone during the second transfer", 6,
        &[Then(LOGIN), Then(ACTIVE), Then(TRANSFERS), Then(&[DataDone]), Then(TRANSFERS), Next(HELPS)], b"502 Not now"),
    bug("a rename goes on behind an upload", 6,
        &[Then(LOGIN), Then(&[Pasv, Epsv]), Then(&[Rnfr]), Next(UPLOADS), Next(&[DataDone]), Next(&[Rnto])], b"250 Done"),
    bug("EPSV ALL is forgotten behind a transfer", 6,
        &[Then(LOGIN), Then(&[EpsvAll]), Then(&[Epsv]), Then(TRANSFERS), Then(&[DataDone]), Then(ACTIVE)], b"200 Yes"),
    bug("PROT outlives CCC and a login", 7,
        &[Then(&[AuthTls]), Then(&[Pbsz]), Then(&[ProtPrivate]), Then(&[UserOpen]), Then(&[Ccc]), Then(&[Pwd]),
          Then(&[Pbsz])], b"200 Yes"),
    bug("what a broken upload set up is refused behind ABOR", 7,
        &[Then(LOGIN), Then(PASSIVE), Then(UPLOADS), Then(&[DataBroken]), Then(&[Abor]), Then(PASSIVE),
          Next(TRANSFERS)], b"503 Send PASV first"),
    bug("the third rename may be stale", 8,
        &[Then(LOGIN), Then(&[Rnfr]), Then(&[Rnto]), Then(&[Rnfr]), Then(&[Rnto]), Then(&[Rnfr]), Next(NEUTRAL),
          Next(&[Rnto])], b"250 Done"),
    bug("a restarted upload in TLS leaves its PASV", 8,
        &[Then(&[AuthTls]), Then(LOGIN), Then(PASSIVE), Next(&[Rest]), Next(UPLOADS), Next(&[DataDone]), Tried(&[Cwd]),
          Next(TRANSFERS)], b"150 Here it comes"),
];

impl Bug {
    /// How many legs are done behind `input`, of which `done` were before it.
    pub fn advance(&self, done: usize, input: Input, works: bool) -> usize {
        let ways = &self.legs[..self.legs.len() - 1];
        let takes = |leg: &Leg| leg.inputs().contains(&input) && (works || matches!(leg, Tried(_)));
        let starts = usize::from(ways.first().is_some_and(takes));
        let resets = |leg: &Leg| leg.inputs() == [Rein].as_slice();
        if matches!(input, Rein | Quit) && !ways.iter().any(resets) {
            return 0;
        }
        match self.legs[done] {
            _ if done < ways.len() && takes(&ways[done]) => done + 1,
            Then(_) => done.max(starts),
            Next(_) | Tried(_) => starts,
        }
    }

    /// Whether `input` is answered wrongly once `done` legs are done; `real` is how our session answers it.
    pub fn lies(&self, done: usize, input: Input, real: &[u8]) -> bool {
        let is_last = done + 1 == self.legs.len() && self.legs[done].inputs().contains(&input);
        let accepts = self.answer[0] < b'4';
        is_last && real.first() != self.answer.first() && (!accepts || real.first() == Some(&b'5'))
    }
}

/// Our session with a bug in front of it.
pub struct Planted {
    bug: &'static Bug,
    session: Embedded,
    done: usize,
}

impl Planted {
    pub fn new(bug: &'static Bug) -> Self {
        Planted {
            bug,
            session: Embedded::default(),
            done: 0,
        }
    }
}

impl Subject for Planted {
    fn play(
        &mut self,
        site: &mut MemorySite,
        input: Input,
        line: &[u8],
        replies: &mut Vec<u8>,
        effects: &mut Vec<Effect>,
    ) {
        let from = replies.len();
        self.session.play(site, input, line, replies, effects);
        let real = &replies[from..];
        let works = real.first().is_some_and(|&digit| digit < b'4');
        if self.bug.lies(self.done, input, real) {
            replies.truncate(from);
            replies.extend_from_slice(self.bug.answer);
            replies.extend_from_slice(b"\r\n");
        }
        self.done = self.bug.advance(self.done, input, works);
    }

    fn reads(&self) -> bool {
        self.session.reads()
    }
}
