//! Reports made by hand: one of every part, and one by a server that means harm.
#![allow(dead_code, reason = "each test file uses its part")]

use ftproof::report::{Finding, Outcome, Report, RuleReport, Server};
use ftproof_model::{Input, Kind, REQUIREMENTS, Transcript};

/// A finding of this rule and kind.
pub fn finding(rule: &'static str, kind: Kind) -> Finding {
    let transcript =
        "> RNFR {file}\n< 350\n> PWD\n< 257\n> RNTO {renamed}\n< 503\n# came: 250 Renamed\n";
    Finding {
        rule,
        kind,
        severity: kind.severity(),
        id: format!("{rule}:{kind}"),
        expected: vec![503, 530],
        note: None,
        came: vec!["250 Renamed".to_owned()],
        input: Input::Rnto,
        transcript: Transcript::parse(transcript).expect("it is well-formed"),
        runs: 3,
        tries: 3,
        also: vec!["NOOP".to_owned()],
        reproduce: "ftproof check ftp://ftptest@127.0.0.1:2121".to_owned(),
    }
}

/// A report of every rule, each with this outcome.
pub fn report(outcome: Outcome) -> Report {
    let rules = REQUIREMENTS.iter().map(|requirement| RuleReport {
        id: requirement.id,
        outcome,
        tests: 7,
        reason: None,
    });
    Report {
        target: "ftp://127.0.0.1:2121".to_owned(),
        server: Server {
            greeting: "220 ready".to_owned(),
            syst: Some("215 UNIX".to_owned()),
        },
        findings: Vec::new(),
        known: Vec::new(),
        stale: Vec::new(),
        flaky: Vec::new(),
        rules: rules.collect(),
        untested: Vec::new(),
        commands_sent: 100,
        connections: 10,
        seconds: 1.5,
        interrupted: false,
    }
}

/// Gives the rule this outcome, and a reason.
pub fn set(report: &mut Report, id: &str, outcome: Outcome, reason: Option<&str>) {
    let rule = report.rules.iter_mut().find(|rule| rule.id == id);
    let rule = rule.expect("there is such a rule");
    rule.outcome = outcome;
    rule.reason = reason.map(str::to_owned);
}

/// A report with one of every part.
pub fn full() -> Report {
    let mut report = report(Outcome::Conforms);
    report.findings = vec![
        finding("seq/rnto", Kind::Accepted),
        finding("seq/rnto", Kind::Adjacency),
    ];
    report.findings[0].note = Some("the file had moved".to_owned());
    report.known = vec![(
        finding("seq/pass", Kind::Adjacency),
        "clients do that".to_owned(),
    )];
    report.stale = vec!["known.toml:7: help/arg:help".to_owned()];
    report.flaky = vec![Finding {
        runs: 1,
        ..finding("seq/host", Kind::Accepted)
    }];
    report.untested = vec!["what needs files: no directory can be made".to_owned()];
    set(&mut report, "seq/rnto", Outcome::Finding, None);
    set(
        &mut report,
        "seq/pass",
        Outcome::Known,
        Some("2 × no account"),
    );
    set(&mut report, "seq/host", Outcome::Flaky, None);
    set(&mut report, "seq/acct", Outcome::Allowed, None);
    set(
        &mut report,
        "seq/adat",
        Outcome::NotTested,
        Some("3 × there is no TLS here"),
    );
    set(&mut report, "seq/ccc", Outcome::NotApplicable, None);
    report
}

/// What a server may say to do harm where it is shown.
pub const HOSTILE: &str = "250 \x1b[2J\x1b]0;x\x07\0\r\n## h\n\u{9b}31m\u{202e}\u{fffe} ]]> <script>alert(1)</script> \
    &amp; \"'|`` ``` ````` [x](http://evil) @team #1 </testcase>";

/// The same report, where every text that can come from a server is hostile, and some are very long.
pub fn hostile() -> Report {
    let mut report = full();
    let long = format!("{HOSTILE}{}", "x`".repeat(50_000));
    report.target = HOSTILE.to_owned();
    report.server.greeting.clone_from(&long);
    report.server.syst = Some(HOSTILE.to_owned());
    let known = report.known.iter_mut().map(|(found, reason)| {
        reason.clone_from(&long);
        found
    });
    for found in report
        .findings
        .iter_mut()
        .chain(&mut report.flaky)
        .chain(known)
    {
        found.came = vec![long.clone(), HOSTILE.to_owned()];
        found.note = Some(long.clone());
        found.also = vec![HOSTILE.to_owned(), String::new()];
        found.reproduce = HOSTILE.to_owned();
        let comment = ftproof_model::Entry::Comment(HOSTILE.to_owned());
        found.transcript.entries.push(comment);
        let sent = ftproof_model::Entry::Send(HOSTILE.as_bytes().to_vec());
        found.transcript.entries.push(sent);
    }
    report.stale = vec![HOSTILE.to_owned()];
    report.untested = vec![long.clone()];
    for rule in &mut report.rules {
        rule.reason = Some(HOSTILE.to_owned());
    }
    report
}
