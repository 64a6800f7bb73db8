//! What the oracle says of replies, and what it refuses to say.

use ftproof_model::{Code, Input, Judgement, Kind, Machine, Oracle, Profile, RULES};

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
}

#[test]
fn what_lives_on_behind_rein_and_auth_is_named_after_them() {
    const REIN: (Input, &[Code]) = (Input::Rein, &[220]);
    const AUTH: (Input, &[Code]) = (Input::AuthTls, &[234]);
    const RENAME: (Input, &[Code]) = (Input::Rnto, &[250]);
    let reset = Some(("state/reset", Kind::Accepted));
    assert_eq!(judge(&[USER, REIN, PASS]), reset);
    assert_eq!(judge(&[USER, PASS, REIN, (Input::Pwd, &[257])]), reset);
    assert_eq!(judge(&[USER, PASS, RNFR, REIN, RENAME]), reset);
    let reauthorize = Some(("seq/auth-reset", Kind::Accepted));
    assert_eq!(judge(&[USER, AUTH, PASS]), reauthorize);
    assert_eq!(
        judge(&[USER, PASS, AUTH, (Input::Pwd, &[257])]),
        reauthorize
    );
    assert_eq!(judge(&[USER, PASS, AUTH, (Input::Pwd, &[530])]), None);
}

#[test]
fn what_was_refused_and_took_effect_is_a_side_effect() {
    let side_effect = Some(("state/refused-changes-nothing", Kind::SideEffect));
    assert_eq!(
        judge(&[USER, PASS, (Input::Rnfr, &[550]), (Input::Rnto, &[250])]),
        side_effect
    );
    assert_eq!(
        judge(&[USER, PASS, (Input::EpsvAll, &[501]), (Input::Pasv, &[503])]),
        side_effect
    );
}

#[test]
fn silence_is_filed_under_what_is_out_of_order() {
    let machine = Machine::new(RULES);
    let oracle = Oracle::new(&machine);
    let file = |input, kind| {
        let divergence = oracle.unanswered(input, kind);
        (divergence.requirement, divergence.kind)
    };
    assert_eq!(
        file(Input::Rnto, Kind::NoReply),
        ("seq/rnto", Kind::NoReply)
    );
    assert_eq!(
        file(Input::Help, Kind::Dropped),
        ("help/before-login", Kind::Dropped)
    );
    assert_eq!(
        file(Input::Syst, Kind::Dropped),
        ("reply/one", Kind::Dropped)
    );
}

#[test]
fn the_strict_profile_asks_for_503_530_and_214() {
    let machine = Machine::new(RULES);
    let strictly = |input, came: &[Code]| {
        let mut oracle = Oracle::new(&machine).holding_to(Profile::Strict);
        match oracle.observe(input, came) {
            Judgement::Diverges(found) => Some((found.requirement, found.kind)),
            _ => None,
        }
    };
    assert_eq!(
        strictly(Input::Rnto, &[530]),
        Some(("seq/rnto", Kind::NotStrict))
    );
    assert_eq!(
        strictly(Input::Help, &[211]),
        Some(("help/before-login", Kind::NotStrict))
    );
    assert_eq!(strictly(Input::Rnto, &[503]), None);
    assert_eq!(strictly(Input::UserPassword, &[230]), None);
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

/// Two things are wrong with this server; what is told of this command is what is wrong with it.
#[test]
fn what_two_deviations_explain_is_told_of_as_what_may_stand_in_between() {
    let auth = (Input::AuthTls, &[234][..]);
    let refused = (Input::RnfrMissing, &[530][..]);
    let at_once = judge(&[USER, auth, PASS]);
    assert_eq!(at_once, Some(("seq/auth-reset", Kind::Accepted)));
    let later = judge(&[USER, auth, refused, PASS]);
    assert_eq!(later, Some(("seq/pass", Kind::Adjacency)));
}

/// A refusal is one, whatever is wrong with its code.
#[test]
fn a_wrong_refusal_may_stand_in_between_too() {
    let rest = (Input::Rest, &[350][..]);
    let only_epsv = (Input::EpsvAll, &[200][..]);
    let refused = (Input::Pasv, &[550][..]);
    let rnto = (Input::Rnto, &[250][..]);
    let came = judge(&[USER, PASS, only_epsv, RNFR, rest, refused, rnto]);
    assert_eq!(came, Some(("seq/rnto", Kind::Adjacency)));
}

/// RFC 3659 §5.3: what a misplaced REST leads to is undefined, so that the PASS behind it may have logged in.
#[test]
fn nothing_is_known_behind_what_a_misplaced_rest_let_through() {
    let rest = (Input::Rest, &[350][..]);
    let stat = (Input::StatPath, &[213][..]);
    assert_eq!(judge(&[USER, PASS, USER, rest, PASS, stat]), None);
}
