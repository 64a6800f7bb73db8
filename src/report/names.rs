//! What to type for the names that a transcript has: `{file}`, `{port}`. Those of a login need no word.

const NAMES: [(&str, &str); 14] = [
    ("{wrong_password}", "is any other"),
    ("{wrong_account}", "is any word"),
    ("{port}", "is 127,0,0,1,8,73"),
    ("{eprt}", "is |1|127.0.0.1|2121|"),
    ("{lprt}", "is 4,4,127,0,0,1,2,8,73"),
    ("{file}", "is a file that is there"),
    (
        "{big_file}",
        "is a file larger than the buffers of a socket, of 8 MiB",
    ),
    ("{dir}", "is a directory that is there"),
    ("{empty_dir}", "is an empty directory"),
    ("{new}", "is a name that is free"),
    ("{new_dir}", "is a name that is free"),
    ("{renamed}", "is a name that is free"),
    ("{missing}", "is not there"),
    ("{impossible}", "is a name in a directory that is not there"),
];

/// What stands for the names in `lines`, in one line; `None` if there is nothing to say.
pub(super) fn where_names_stand(lines: &[String]) -> Option<String> {
    let meanings: Vec<String> = NAMES
        .iter()
        .filter(|(name, _)| lines.iter().any(|line| line.contains(name)))
        .map(|(name, meaning)| format!("{name} {meaning}"))
        .collect();
    (!meanings.is_empty()).then(|| meanings.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever types a transcript knows what to type: every name of the alphabet but those of logins and hosts, which
    /// are known to the one who has them.
    #[test]
    fn every_name_of_a_transcript_has_a_meaning() {
        let own = [
            "user",
            "password",
            "open_user",
            "account_user",
            "account",
            "host",
        ];
        for line in ftproof_model::Input::ALL
            .iter()
            .filter_map(|input| input.line())
        {
            let Some((_, rest)) = line.split_once('{') else {
                continue;
            };
            let name = rest.trim_end_matches('}');
            let meaning = where_names_stand(&[line.to_owned()]);
            assert_eq!(meaning.is_none(), own.contains(&name), "{line}");
        }
    }
}
