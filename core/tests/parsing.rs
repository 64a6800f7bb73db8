//! Parsing: every verb, every kind of argument, every reason why a line is no command.

use std::net::SocketAddr;

use ftproof_core::{
    Command, EpsvArgument, Facts, LINE_BYTES_MAX, Language, Line, Mechanism, ModeCode, Options,
    ParseError, ProtCode, StruCode, TypeCode, Verb, parse,
};

fn command(line: &str) -> Result<Command, ParseError> {
    parse(Line::Complete(line.as_bytes()))
}

#[track_caller]
fn bad(line: &str) {
    assert!(
        matches!(command(line), Err(ParseError::BadArgument { .. })),
        "{line}: {:?}",
        command(line)
    );
    assert_eq!(
        command(line).map_err(|error| error.reply().code()),
        Err(501)
    );
}

/// A well-formed argument for every verb; `None`: it takes none.
fn argument(verb: Verb) -> Option<&'static str> {
    Some(match verb {
        Verb::Cdup
        | Verb::Rein
        | Verb::Quit
        | Verb::Pasv
        | Verb::Lpsv
        | Verb::Stou
        | Verb::Abor => return None,
        Verb::Syst | Verb::Noop | Verb::Pwd | Verb::Feat | Verb::Ccc => return None,
        Verb::Port => "127,0,0,1,4,1",
        Verb::Eprt => "|1|127.0.0.1|1025|",
        Verb::Lprt => "4,4,127,0,0,1,2,4,1",
        Verb::Type => "A",
        Verb::Mode => "S",
        Verb::Stru => "F",
        Verb::Epsv | Verb::Allo | Verb::Rest | Verb::Pbsz => "1",
        Verb::Lang => "en",
        Verb::Opts => "MLST type;",
        Verb::Prot => "C",
        _ => "x",
    })
}

#[test]
fn every_verb_parses_in_any_case_and_refuses_the_wrong_number_of_arguments() {
    use Verb as V;
    for verb in Verb::ALL {
        let name = verb.name();
        let line = argument(verb).map_or(name.to_owned(), |argument| format!("{name} {argument}"));
        if matches!(
            verb,
            V::Mlfl | V::Mail | V::Msnd | V::Msom | V::Msam | V::Mrsq | V::Mrcp
        ) {
            assert_eq!(command(&line), Err(ParseError::NotImplemented { verb }));
            continue;
        }
        assert!(command(&line).is_ok(), "{line}");
        assert_eq!(
            command(&line.replace(name, &name.to_lowercase())),
            command(&line)
        );
        let optional = matches!(
            verb,
            V::Pass | V::List | V::Nlst | V::Mlsd | V::Mlst | V::Stat | V::Help | V::Lang | V::Epsv
        );
        match argument(verb) {
            None => bad(&format!("{name} x")),
            Some(_) if optional => assert!(command(name).is_ok(), "{name}"),
            Some(_) => bad(name),
        }
        assert_eq!(
            command(&format!("{name}   ")),
            command(name),
            "spaces are no argument"
        );
    }
}

#[test]
fn the_x_verbs_are_the_verbs_without_the_x() {
    for (old, new) in [
        ("XCWD a", "CWD a"),
        ("XCUP", "CDUP"),
        ("XMKD a", "MKD a"),
        ("XRMD a", "RMD a"),
        ("XPWD", "PWD"),
    ] {
        assert_eq!(command(old), command(new));
    }
}

#[test]
fn each_parse_error_has_its_reply() {
    let too_long = vec![b'a'; LINE_BYTES_MAX - 1];
    let errors = [
        (
            parse(Line::TooLong { bytes: 9999 }),
            ParseError::TooLong { bytes: 9999 },
            500,
        ),
        (
            parse(Line::Complete(&too_long)),
            ParseError::TooLong {
                bytes: LINE_BYTES_MAX + 1,
            },
            500,
        ),
        (command(""), ParseError::Empty, 500),
        (command("   "), ParseError::Unknown, 500),
        (command(" NOOP"), ParseError::Unknown, 500),
        (command("XYZZY"), ParseError::Unknown, 500),
        (command("NOOP\0"), ParseError::Unknown, 500),
        (
            command("MAIL x"),
            ParseError::NotImplemented { verb: Verb::Mail },
            502,
        ),
        (
            command("RNTO"),
            ParseError::BadArgument { verb: Verb::Rnto },
            501,
        ),
        (
            command("NOOP x"),
            ParseError::BadArgument { verb: Verb::Noop },
            501,
        ),
    ];
    for (result, error, code) in errors {
        assert_eq!(result, Err(error));
        assert_eq!(error.reply().code(), code);
    }
}

#[test]
fn a_pathname_keeps_all_spaces_but_the_first() {
    assert_eq!(
        command("STOR   foo.bar "),
        Ok(Command::Stor(b"  foo.bar ".to_vec()))
    );
    assert_eq!(command("PASS"), Ok(Command::Pass(Vec::new())));
    assert_eq!(command("PASS  x"), Ok(Command::Pass(b" x".to_vec())));
}

#[test]
fn data_addresses_are_read() {
    let v4: SocketAddr = "132.235.1.2:6275".parse().unwrap();
    let v6: SocketAddr = "[1080::8:800:200c:417a]:5282".parse().unwrap();
    assert_eq!(command("PORT 132,235,1,2,24,131"), Ok(Command::Port(v4)));
    assert_eq!(
        command("EPRT |1|132.235.1.2|6275|"),
        Ok(Command::Eprt(Some(v4)))
    );
    assert_eq!(
        command("EPRT !2!1080::8:800:200C:417A!5282!"),
        Ok(Command::Eprt(Some(v6)))
    );
    assert_eq!(command("EPRT |3|x|1|"), Ok(Command::Eprt(None)));
    assert_eq!(
        command("LPRT 4,4,132,235,1,2,2,24,131"),
        Ok(Command::Lprt(Some(v4)))
    );
    assert_eq!(
        command("LPRT 6,16,16,128,0,0,0,0,0,0,0,8,8,0,32,12,65,122,2,20,162"),
        Ok(Command::Lprt(Some(v6)))
    );
    assert_eq!(command("LPRT 9,2,1,1,1,7"), Ok(Command::Lprt(None)));
}

#[test]
fn ill_formed_data_addresses_are_bad_arguments() {
    for port in [
        "1,2,3,4,5",
        "1,2,3,4,5,6,7",
        "256,0,0,1,1,1",
        "1,2,3,4,0,0",
        "a,b,c,d,e,f",
        "1,2,3,4,,6",
        "+1,2,3,4,5,6",
    ] {
        bad(&format!("PORT {port}"));
    }
    for eprt in [
        "|1|1.2.3.4|1",
        "|1|1.2.3.4|0|",
        "|1|::1|1|",
        "|2|1.2.3.4|1|",
        "|1|1.2.3|1|",
        "||1.2.3.4|1|",
        "|1|1.2.3.4|65536|",
        "|1|1.2.3.4|1|x",
        "\u{7}1\u{7}1.2.3.4\u{7}1\u{7}",
    ] {
        bad(&format!("EPRT {eprt}"));
    }
    for lprt in [
        "4",
        "4,4,1,2,3,4,2,1",
        "4,5,1,2,3,4,5,2,1,1",
        "6,4,1,2,3,4,2,1,1",
        "4,4,1,2,3,4,2,0,0",
        "9,9,1",
        "x",
    ] {
        bad(&format!("LPRT {lprt}"));
    }
}

#[test]
fn what_is_well_formed_but_not_supported_is_a_command() {
    for (line, expected) in [
        ("TYPE e", Command::Type(TypeCode::Ebcdic)),
        ("TYPE A T", Command::Type(TypeCode::AsciiPrint)),
        ("TYPE L 36", Command::Type(TypeCode::Local { bits: 36 })),
        ("MODE B", Command::Mode(ModeCode::Block)),
        ("STRU p", Command::Stru(StruCode::Page)),
        ("EPSV 3", Command::Epsv(EpsvArgument::Unknown)),
        ("EPSV all", Command::Epsv(EpsvArgument::All)),
        ("AUTH tls-c", Command::Auth(Mechanism::Tls)),
        ("AUTH KERBEROS_V4", Command::Auth(Mechanism::Unknown)),
        ("PROT S", Command::Prot(ProtCode::Safe)),
        ("PROT X", Command::Prot(ProtCode::Unknown)),
        ("LANG EN-us", Command::Lang(Language::English)),
        ("LANG fr", Command::Lang(Language::Unknown)),
        ("OPTS mlst", Command::Opts(Options::Mlst(Facts::NONE))),
        (
            "OPTS MLST fish;cakes;",
            Command::Opts(Options::Mlst(Facts::NONE)),
        ),
        ("HOST [::1]", Command::Host(b"[::1]".to_vec())),
        ("REST 18446744073709551615", Command::Rest(u64::MAX)),
        ("PBSZ 4294967295", Command::Pbsz(u32::MAX)),
    ] {
        assert_eq!(command(line), Ok(expected), "{line}");
    }
}

#[test]
fn ill_formed_values_are_bad_arguments() {
    for line in [
        "TYPE X",
        "TYPE A X",
        "TYPE A  N",
        "TYPE L",
        "TYPE L 0",
        "TYPE L 256",
        "TYPE I N",
        "MODE X",
        "MODE SS",
        "STRU X",
        "EPSV x",
        "EPSV 1 2",
        "ALLO x",
        "ALLO 1 R",
        "ALLO 1 X 2",
        "ALLO 1 R 2 3",
        "REST -1",
        "REST 1 ",
        "REST x",
        "REST 18446744073709551616",
        "PBSZ 4294967296",
        "PBSZ x",
        "PROT CC",
        "LANG en_US",
        "LANG en-",
        "LANG abcdefghi",
        "OPTS NOOP",
        "OPTS MLST fish cakes;",
        "OPTS MLST size",
        "OPTS MLST ;",
        "OPTS UTF8 OFF",
        "HOST 192.0.2.1:2112",
        "HOST [2001:db8::c000:201]:2112",
        "HOST a..b",
        "HOST -a",
        "HOST a_b",
        "HOST [::1",
        "HOST a b",
    ] {
        bad(line);
    }
}
