//! What the RFCs allow beyond the table is no finding; what looks like it, and is not, stays one.

use ftproof_model::{Code, Input, Judgement, Kind, Machine, Oracle, RULES};

type Step = (Input, &'static [Code]);

const USER: Step = (Input::UserPassword, &[331]);
const PASS: Step = (Input::PassRight, &[230]);
const RNFR: Step = (Input::Rnfr, &[350]);
const PASV: Step = (Input::Pasv, &[227]);
const STOR: Step = (Input::Stor, &[150]);
const TLS: Step = (Input::AuthTls, &[234]);

/// The first divergence of a session, as requirement and kind.
fn finding(steps: &[Step]) -> Option<(&'static str, Kind)> {
    let machine = Machine::new(RULES);
    let mut oracle = Oracle::new(&machine);
    steps
        .iter()
        .find_map(|&(input, replies)| match oracle.observe(input, replies) {
            Judgement::Diverges(found) => Some((found.requirement, found.kind)),
            Judgement::Strict
            | Judgement::Allowed
            | Judgement::UnlessImplemented(_)
            | Judgement::Lost => None,
        })
}

/// Behind a login.
fn logged_in(steps: &[Step]) -> Option<(&'static str, Kind)> {
    finding(&[&[USER, PASS], steps].concat())
}

#[test]
fn the_request_for_an_account_is_a_refusal() {
    assert_eq!(
        finding(&[(Input::Pwd, &[332])]),
        Some(("login/required", Kind::WrongCode))
    );
    assert_eq!(
        finding(&[(Input::Rnto, &[332])]),
        Some(("seq/rnto", Kind::WrongCode))
    );
    assert_eq!(
        finding(&[USER, (Input::PassRight, &[332]), (Input::Cwd, &[332])]),
        Some(("login/required", Kind::WrongCode))
    );
    assert_eq!(logged_in(&[(Input::Retr, &[332])]), None);
    assert_eq!(
        logged_in(&[PASV, (Input::Retr, &[332]), (Input::List, &[503])]),
        None
    );
}

#[test]
fn the_service_may_go_away_at_any_time() {
    assert_eq!(logged_in(&[PASV, STOR, (Input::DataDone, &[421])]), None);
    assert_eq!(
        logged_in(&[
            PASV,
            STOR,
            (Input::Quit, &[]),
            (Input::DataDone, &[226, 421])
        ]),
        None
    );
    assert_eq!(
        logged_in(&[(Input::Retr, &[150]), (Input::DataRefused, &[421])]),
        None
    );
    assert_eq!(finding(&[(Input::Help, &[421])]), None);
}

#[test]
fn a_refused_transfer_may_use_up_the_passive_port() {
    for code in [450, 501, 550, 552, 553] {
        let refused: &'static [Code] = Box::leak(Box::new([code]));
        assert_eq!(
            logged_in(&[PASV, (Input::Stor, refused), (Input::List, &[503])]),
            None,
            "{code}"
        );
    }
    assert_eq!(
        logged_in(&[PASV, (Input::Pwd, &[257]), (Input::List, &[503])]),
        Some(("seq/refused", Kind::Refused))
    );
}

#[test]
fn a_transfer_to_the_default_data_port_may_fail_for_its_own_reasons() {
    for code in [425, 450, 503, 530, 550, 553] {
        let refused: &'static [Code] = Box::leak(Box::new([code]));
        assert_eq!(logged_in(&[(Input::Stor, refused)]), None, "{code}");
    }
    assert_eq!(
        logged_in(&[(Input::Stor, &[226])]),
        Some(("seq/transfer", Kind::Accepted))
    );
}

#[test]
fn pass_behind_a_user_answered_230_may_get_any_listed_code() {
    for code in [202, 230, 232, 332, 503, 530] {
        let replies: &'static [Code] = Box::leak(Box::new([code]));
        assert_eq!(
            finding(&[(Input::UserPassword, &[230]), (Input::PassRight, replies)]),
            None,
            "{code}"
        );
    }
}

#[test]
fn a_refused_noop_and_an_empty_line_need_not_count_as_lines() {
    for between in [
        (Input::Noop, &[530][..]),
        (Input::Noop, &[500]),
        (Input::Empty, &[500]),
        (Input::Empty, &[]),
    ] {
        assert_eq!(finding(&[USER, between, PASS]), None, "{between:?}");
        assert_eq!(
            finding(&[USER, between, (Input::PassRight, &[503])]),
            None,
            "{between:?}"
        );
    }
    assert_eq!(
        logged_in(&[RNFR, (Input::Empty, &[500]), (Input::Rnto, &[250])]),
        None
    );
    assert_eq!(
        logged_in(&[RNFR, (Input::Unknown, &[500]), (Input::Rnto, &[250])]),
        Some(("seq/rnto", Kind::Adjacency))
    );
}

#[test]
fn what_a_misplaced_rest_leads_to_is_undefined() {
    let rest = (Input::Rest, &[350][..]);
    assert_eq!(logged_in(&[RNFR, rest, (Input::Rnto, &[250])]), None);
    assert_eq!(logged_in(&[rest, (Input::Help, &[503])]), None);
    assert_eq!(logged_in(&[rest, (Input::Pwd, &[503])]), None);
    assert_eq!(
        logged_in(&[PASV, rest, (Input::Retr, &[503])]),
        Some(("seq/refused", Kind::Refused))
    );
}

/// Whether the old login lives on is told by what works; a refusal that a login would get away with is not another fault.
#[test]
fn a_refusal_is_as_good_as_if_a_login_that_should_have_ended_were_there() {
    let auth = (Input::AuthTls, &[234][..]);
    let refused = (Input::Stor, &[554][..]);
    assert_eq!(logged_in(&[refused]), None);
    assert_eq!(logged_in(&[auth, refused]), None);
    let works = (Input::Pwd, &[257][..]);
    assert!(logged_in(&[auth, works]).is_some());
}

#[test]
fn what_does_not_touch_the_running_transfer_may_be_done_at_once() {
    let at_once: [Step; 5] = [
        (Input::Pasv, &[227]),
        (Input::EpsvUnsupported, &[229]),
        (Input::EprtUnsupported, &[200]),
        (Input::EpsvAll, &[250]),
        (Input::Port, &[200]),
    ];
    for step in at_once {
        assert_eq!(
            logged_in(&[PASV, STOR, step, (Input::DataDone, &[226])]),
            None,
            "{step:?}"
        );
    }
    assert_eq!(
        logged_in(&[PASV, STOR, (Input::Retr, &[150])]),
        Some(("seq/busy", Kind::Accepted))
    );
}

#[test]
fn whether_it_takes_a_mechanism_is_the_servers_own_affair() {
    let wants_data = (Input::AuthTls, &[334][..]);
    assert_eq!(
        finding(&[wants_data, (Input::Adat, &[235]), (Input::Pwd, &[257])]),
        None
    );
    assert_eq!(
        finding(&[(Input::AuthUnknown, &[234]), (Input::Adat, &[235])]),
        None
    );
    assert_eq!(finding(&[TLS, (Input::AuthTls, &[503])]), None);
    assert_eq!(finding(&[TLS, (Input::AuthTls, &[534])]), None);
    assert_eq!(
        finding(&[(Input::Adat, &[235])]),
        Some(("seq/adat", Kind::Accepted))
    );
}

#[test]
fn a_host_that_the_server_does_not_know_is_a_line_like_any_other() {
    for code in [500, 502, 530] {
        let unknown: &'static [Code] = Box::leak(Box::new([code]));
        assert_eq!(
            finding(&[
                USER,
                (Input::HostUnknown, unknown),
                (Input::PassRight, &[503])
            ]),
            None,
            "{code}"
        );
        assert_eq!(
            finding(&[USER, (Input::HostUnknown, unknown), PASS]),
            None,
            "{code}"
        );
    }
    let refused = (Input::HostUnknown, &[504][..]);
    assert_eq!(
        finding(&[USER, refused, (Input::PassRight, &[503])]),
        Some(("seq/refused", Kind::Refused))
    );
}

#[test]
fn restart_marks_and_delays_answer_nothing() {
    assert_eq!(
        logged_in(&[PASV, STOR, (Input::DataDone, &[110, 110, 226])]),
        None
    );
    assert_eq!(finding(&[(Input::Rein, &[120, 220])]), None);
}

#[test]
fn a_refusal_behind_a_login_that_was_not_flushed_is_no_matter_of_login() {
    let steps = [(Input::EpsvAll, &[200][..]), USER, (Input::Pasv, &[550])];
    assert_eq!(logged_in(&steps), Some(("seq/epsv-all", Kind::WrongCode)));
}

#[test]
fn help_on_an_unknown_verb_may_be_any_listed_refusal() {
    const LISTED: [&[Code]; 4] = [&[500], &[501], &[502], &[504]];
    for codes in LISTED {
        assert_eq!(finding(&[(Input::HelpUnknown, codes)]), None);
        assert_eq!(logged_in(&[(Input::HelpUnknown, codes)]), None);
    }
    assert_eq!(logged_in(&[(Input::HelpVerb, &[501])]), None);
    let argument = Some(("help/unknown-arg", Kind::Help));
    assert_eq!(logged_in(&[(Input::HelpUnknown, &[550])]), argument);
    let verb = Some(("help/arg", Kind::Help));
    assert_eq!(logged_in(&[(Input::HelpVerb, &[504])]), verb);
    let login = Some(("help/before-login", Kind::Help));
    assert_eq!(finding(&[(Input::HelpVerb, &[530])]), login);
    assert_eq!(finding(&[(Input::Help, &[550])]), login);
}

#[test]
fn a_restart_need_be_completed_by_nothing_but_retr_and_stor() {
    const REST: Step = (Input::Rest, &[350]);
    for input in [Input::Appe, Input::Stou, Input::List] {
        assert_eq!(logged_in(&[PASV, REST, (input, &[503])]), None);
        assert!(logged_in(&[PASV, (input, &[503])]).is_some());
    }
    assert_eq!(
        logged_in(&[PASV, REST, (Input::Stor, &[503])]),
        Some(("seq/refused", Kind::Refused))
    );
}

/// RFC 1123 §4.1.3.4, also while another one runs.
#[test]
fn a_transfer_behind_a_rest_may_be_answered_554_or_555() {
    let busy = |transfer: Step| logged_in(&[PASV, STOR, (Input::Rest, &[350]), transfer]);
    for input in [
        Input::Retr,
        Input::Stor,
        Input::Appe,
        Input::List,
        Input::Mlsd,
    ] {
        assert_eq!(busy((input, &[554])), None, "{input:?}");
        assert_eq!(busy((input, &[555])), None, "{input:?}");
    }
    let wrong = Some(("seq/busy", Kind::WrongCode));
    assert_eq!(busy((Input::Stor, &[556])), wrong);
    let completion = [PASV, (Input::Rest, &[350]), STOR, (Input::DataDone, &[554])];
    assert_eq!(logged_in(&completion), None);
}

#[test]
fn what_is_superfluous_took_no_effect() {
    assert_eq!(finding(&[(Input::PassRight, &[202])]), None);
    assert_eq!(
        finding(&[(Input::PassRight, &[202]), (Input::Pwd, &[257])]),
        Some(("login/required", Kind::LoginBypass))
    );
    assert_eq!(
        finding(&[(Input::PassRight, &[230])]),
        Some(("seq/pass", Kind::Accepted))
    );
}

#[test]
fn a_503_before_login_asks_for_the_login_by_another_code() {
    let low = Some(("login/required", Kind::WrongCode));
    for input in [Input::Noop, Input::Feat, Input::Site, Input::Pwd] {
        assert_eq!(finding(&[(input, &[503])]), low);
    }
    let refused = Some(("seq/refused", Kind::Refused));
    assert_eq!(finding(&[(Input::UserPassword, &[503])]), refused);
    assert_eq!(logged_in(&[(Input::Noop, &[503])]), refused);
}
