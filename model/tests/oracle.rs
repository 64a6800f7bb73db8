//! What the oracle says of replies, and what it refuses to say.

use ftproof_model::{Code, Input, Judgement, Kind, Machine, Oracle, RULES};

/// Judges each reply of a session in turn; gives the last judgement as requirement and kind, if it diverges.
fn judge(steps: &[(Input, &[Code])]) -> Option<(&'static str, Kind)> {
    let machine = Machine::new(RULES);
    let mut oracle = Oracle::new(&machine);
    let mut last = Judgement::Lost;
    for (input, replies) in steps {
        last = oracle.observe(*input, replies);
    }
    match last {
        Judgement::Diverges(found) => Some((found.requirement, found.kind)),
        Judgement::Strict
        | Judgement::Allowed
        | Judgement::UnlessImplemented(_)
        | Judgement::Lost => None,
    }
}

const USER: (Input, &[Code]) = (Input::UserPassword, &[331]);
const PASS: (Input, &[Code]) = (Input::PassRight, &[230]);
const RNFR: (Input, &[Code]) = (Input::Rnfr, &[350]);
const PASV: (Input, &[Code]) = (Input::Pasv, &[227]);

#[test]
fn an_accepted_rnto_without_rnfr_is_accepted() {
    assert_eq!(
        judge(&[USER, PASS, (Input::Rnto, &[250])]),
        Some(("seq/rnto", Kind::Accepted))
    );
}

#[test]
fn a_rename_over_another_line_is_adjacency() {
    assert_eq!(
        judge(&[
            USER,
            PASS,
            RNFR,
            (Input::Pwd, &[257]),
            (Input::Rnto, &[250])
        ]),
        Some(("seq/rnto", Kind::Adjacency))
    );
    assert_eq!(
        judge(&[USER, (Input::Syst, &[215]), PASS]),
        Some(("seq/pass", Kind::Adjacency))
    );
}

#[test]
fn a_rename_over_noop_is_allowed() {
    assert_eq!(
        judge(&[
            USER,
            PASS,
            RNFR,
            (Input::Noop, &[200]),
            (Input::Rnto, &[250])
        ]),
        None
    );
    assert_eq!(
        judge(&[
            USER,
            PASS,
            RNFR,
            (Input::Noop, &[200]),
            (Input::Rnto, &[503])
        ]),
        None
    );
    assert_eq!(judge(&[USER, (Input::Noop, &[200]), PASS]), None);
}

#[test]
fn a_rename_after_a_failed_second_rnfr_is_accepted_not_adjacency() {
    assert_eq!(
        judge(&[
            USER,
            PASS,
            RNFR,
            (Input::RnfrMissing, &[550]),
            (Input::Rnto, &[250])
        ]),
        Some(("seq/rnto", Kind::Accepted))
    );
}

#[test]
fn pass_after_a_failed_pass_is_accepted() {
    assert_eq!(
        judge(&[USER, (Input::PassWrong, &[530]), PASS]),
        Some(("seq/pass", Kind::Accepted))
    );
}

#[test]
fn a_refused_command_of_another_sequence_in_between_is_adjacency() {
    assert_eq!(
        judge(&[USER, (Input::AcctWrong, &[530]), PASS]),
        Some(("seq/pass", Kind::Adjacency))
    );
    assert_eq!(
        judge(&[USER, (Input::AuthUnknown, &[500]), PASS]),
        Some(("seq/pass", Kind::Adjacency))
    );
    assert_eq!(
        judge(&[USER, (Input::Rein, &[220]), PASS]),
        Some(("seq/pass", Kind::Accepted))
    );
}

#[test]
fn in_order_503_is_refused() {
    assert_eq!(
        judge(&[USER, PASS, RNFR, (Input::Rnto, &[503])]),
        Some(("seq/refused", Kind::Refused))
    );
    assert_eq!(
        judge(&[USER, PASS, PASV, (Input::List, &[503])]),
        Some(("seq/refused", Kind::Refused))
    );
}

#[test]
fn in_order_failures_of_the_servers_own_are_allowed() {
    for code in [450, 451, 500, 501, 502, 530, 550, 553] {
        assert_eq!(
            judge(&[USER, PASS, RNFR, (Input::Rnto, &[code])]),
            None,
            "{code}"
        );
    }
}

#[test]
fn help_refused_for_want_of_a_login_is_help() {
    assert_eq!(
        judge(&[(Input::Help, &[530])]),
        Some(("help/before-login", Kind::Help))
    );
    assert_eq!(
        judge(&[USER, PASS, (Input::HelpVerb, &[503])]),
        Some(("help/arg", Kind::Help))
    );
    assert_eq!(judge(&[(Input::Help, &[211])]), None);
    assert_eq!(judge(&[(Input::HelpUnknown, &[501])]), None);
}

#[test]
fn files_before_login_are_a_bypass_and_parameters_are_not() {
    assert_eq!(
        judge(&[(Input::Pwd, &[257])]),
        Some(("login/required", Kind::LoginBypass))
    );
    assert_eq!(
        judge(&[(Input::StatPath, &[213])]),
        Some(("login/required", Kind::LoginBypass))
    );
    for (input, code) in [
        (Input::Type, 200),
        (Input::Pasv, 227),
        (Input::Stat, 211),
        (Input::Site, 214),
        (Input::Allo, 200),
    ] {
        assert_eq!(judge(&[(input, &[code])]), None, "{input:?}");
    }
}

#[test]
fn a_login_that_outlives_user_331_is_a_flush_not_a_bypass() {
    assert_eq!(
        judge(&[USER, PASS, USER, (Input::Pwd, &[257])]),
        Some(("login/flush", Kind::Accepted))
    );
    assert_eq!(
        judge(&[
            USER,
            PASS,
            (Input::UserPassword, &[530]),
            (Input::Pwd, &[257])
        ]),
        None
    );
    assert_eq!(
        judge(&[
            USER,
            PASS,
            (Input::UserPassword, &[230]),
            (Input::Pwd, &[257])
        ]),
        None
    );
}

#[test]
fn epsv_all_forgotten_is_accepted() {
    assert_eq!(
        judge(&[USER, PASS, (Input::EpsvAll, &[220]), PASV]),
        Some(("seq/epsv-all", Kind::Accepted))
    );
    assert_eq!(judge(&[USER, PASS, (Input::EpsvAll, &[502]), PASV]), None);
}

#[test]
fn a_transfer_without_a_set_up_may_fail_in_any_way_but_not_succeed_or_hang() {
    for replies in [&[425][..], &[503], &[530], &[426], &[550]] {
        assert_eq!(
            judge(&[USER, PASS, (Input::Retr, replies)])
                .filter(|(_, kind)| *kind != Kind::WrongCode),
            None
        );
    }
    let started = (Input::Retr, &[150][..]);
    assert_eq!(
        judge(&[USER, PASS, started, (Input::DataRefused, &[425])]),
        None
    );
    assert_eq!(
        judge(&[USER, PASS, started, (Input::DataRefused, &[226])]),
        Some(("seq/transfer", Kind::Accepted))
    );
    assert_eq!(
        judge(&[USER, PASS, started, (Input::DataRefused, &[])]),
        Some(("seq/transfer", Kind::Accepted))
    );
}

#[test]
fn the_default_data_port_is_no_finding_but_a_login_less_transfer_is() {
    assert_eq!(
        judge(&[(Input::Retr, &[150])]),
        Some(("login/required", Kind::LoginBypass))
    );
}

#[test]
fn what_is_not_implemented_is_left_to_the_whole_run() {
    let machine = Machine::new(RULES);
    let mut oracle = Oracle::new(&machine);
    assert!(matches!(
        oracle.observe(Input::Help, &[502]),
        Judgement::UnlessImplemented(_)
    ));
    assert!(matches!(
        oracle.observe(Input::Rein, &[502]),
        Judgement::Allowed
    ));
    assert_eq!(oracle.states().len(), 1);
}

#[test]
fn delays_and_421_are_no_findings() {
    assert_eq!(judge(&[(Input::Rein, &[120, 220])]), None);
    assert_eq!(judge(&[USER, PASS, (Input::Rnto, &[421])]), None);
}
