//! The accounts of the fixture, one for each way to log in (RFC 959 §4.1.1).

use crate::{PasswordCheck, UserCheck};

/// What a user needs to log in.
enum Secret {
    Nothing,
    AnyPassword,
    Password(&'static [u8]),
    PasswordAndAccount(&'static [u8], &'static [u8]),
}

const ACCOUNTS: [(&[u8], Secret); 4] = [
    (b"ftptest", Secret::Password(b"secret")),
    (b"anonymous", Secret::AnyPassword),
    (b"open", Secret::Nothing),
    (b"acct", Secret::PasswordAndAccount(b"secret", b"billing")),
];

/// What USER needs next; a name that is not known looks like one that is.
pub(crate) fn user(user: &[u8]) -> UserCheck {
    match secret(user) {
        Some(Secret::Nothing) => UserCheck::LoggedIn,
        Some(Secret::AnyPassword | Secret::Password(_) | Secret::PasswordAndAccount(..)) | None => {
            UserCheck::NeedsPassword
        }
    }
}

/// Whether PASS is right.
pub(crate) fn password(user: &[u8], password: &[u8]) -> PasswordCheck {
    match secret(user) {
        Some(Secret::AnyPassword) => PasswordCheck::LoggedIn,
        Some(Secret::Password(right)) if *right == password => PasswordCheck::LoggedIn,
        Some(Secret::PasswordAndAccount(right, _)) if *right == password => {
            PasswordCheck::NeedsAccount
        }
        Some(Secret::Nothing | Secret::Password(_) | Secret::PasswordAndAccount(..)) | None => {
            PasswordCheck::Refused
        }
    }
}

/// Whether ACCT is right.
pub(crate) fn account(user: &[u8], account: &[u8]) -> bool {
    matches!(secret(user), Some(Secret::PasswordAndAccount(_, right)) if *right == account)
}

fn secret(user: &[u8]) -> Option<&'static Secret> {
    ACCOUNTS
        .iter()
        .find(|(name, _)| *name == user)
        .map(|(_, secret)| secret)
}
