//! Who may log in, how, and who may change files (RFC 959 §4.1.1). Passwords are compared in constant time.

use std::collections::BTreeMap;
use std::fmt;

use ftproof_core::{PasswordCheck, UserCheck};
use subtle::ConstantTimeEq;
use thiserror::Error;

/// The longest password and the longest account information, in bytes.
const SECRET_BYTES_MAX: usize = 256;

/// The names of those who need none (RFC 1635).
const ANONYMOUS: [&str; 2] = ["anonymous", "ftp"];

/// Why `NAME:PASSWORD` is no account.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AccountError {
    /// There is no name, or no colon behind it. The text is not shown: it may be a password.
    #[error("an account is NAME:PASSWORD, such as anna:secret; the name may not be empty")]
    NoName,
    /// The password is too long.
    #[error("the password of '{0}' is longer than {SECRET_BYTES_MAX} bytes")]
    TooLong(String),
    /// There is one of this name.
    #[error("there are two accounts of the name '{0}'")]
    Twice(String),
}

/// The accounts of a server.
#[derive(Debug, Clone, Default)]
pub struct Accounts(BTreeMap<Vec<u8>, Account>);

#[derive(Debug, Clone)]
struct Account {
    needs: Needs,
    may_change: bool,
}

/// What a user needs to log in.
#[derive(Debug, Clone)]
enum Needs {
    Nothing,
    AnyPassword,
    Password(Box<Secret>),
    PasswordAndAccount(Box<Secret>, Box<Secret>),
}

impl Accounts {
    /// One for each way to log in: `ftptest` (password `secret`), `acct` (`secret`, then account `billing`)
    /// and `open` (none) may change files, `anonymous` (any password) may not.
    pub fn fixture() -> Self {
        let secret = Box::new(Secret::new(b"secret"));
        let billing = Box::new(Secret::new(b"billing"));
        Accounts(BTreeMap::from([
            account("ftptest", Needs::Password(secret.clone()), true),
            account("acct", Needs::PasswordAndAccount(secret, billing), true),
            account("anonymous", Needs::AnyPassword, false),
            account("open", Needs::Nothing, true),
        ]))
    }

    /// `anonymous` and `ftp`, with any password (RFC 1635). They may not change files.
    pub fn anonymous() -> Self {
        Accounts(BTreeMap::from(
            ANONYMOUS.map(|name| account(name, Needs::AnyPassword, false)),
        ))
    }

    /// Adds `NAME:PASSWORD`, who may change files. `anonymous` and `ftp` are those of [`Accounts::anonymous`], whatever
    /// the password.
    ///
    /// # Errors
    /// Says what is wrong, without the password.
    pub fn add(&mut self, text: &str) -> Result<(), AccountError> {
        let (name, password) = text.split_once(':').ok_or(AccountError::NoName)?;
        if name.is_empty() {
            return Err(AccountError::NoName);
        }
        if password.len() > SECRET_BYTES_MAX {
            return Err(AccountError::TooLong(name.to_owned()));
        }
        let (key, value) = if ANONYMOUS.contains(&name) {
            account(name, Needs::AnyPassword, false)
        } else {
            let secret = Box::new(Secret::new(password.as_bytes()));
            account(name, Needs::Password(secret), true)
        };
        match self.0.insert(key, value) {
            None => Ok(()),
            Some(_) => Err(AccountError::Twice(name.to_owned())),
        }
    }

    /// What USER needs next; a name that is not known looks like one that is.
    pub(crate) fn user(&self, user: &[u8]) -> UserCheck {
        match self.0.get(user).map(|account| &account.needs) {
            Some(Needs::Nothing) => UserCheck::LoggedIn,
            Some(Needs::AnyPassword | Needs::Password(_) | Needs::PasswordAndAccount(..))
            | None => UserCheck::NeedsPassword,
        }
    }

    /// Whether PASS is right. Takes as long for a user who is not known.
    pub(crate) fn password(&self, user: &[u8], password: &[u8]) -> PasswordCheck {
        let given = Secret::new(password);
        match self.0.get(user).map(|account| &account.needs) {
            Some(Needs::AnyPassword) => PasswordCheck::LoggedIn,
            Some(Needs::Password(right)) if right.is(&given) => PasswordCheck::LoggedIn,
            Some(Needs::PasswordAndAccount(right, _)) if right.is(&given) => {
                PasswordCheck::NeedsAccount
            }
            Some(Needs::Nothing | Needs::Password(_) | Needs::PasswordAndAccount(..)) => {
                PasswordCheck::Refused
            }
            None => {
                let _ = Secret::new(b"").is(&given);
                PasswordCheck::Refused
            }
        }
    }

    /// Whether ACCT is right.
    pub(crate) fn account(&self, user: &[u8], account: &[u8]) -> bool {
        match self.0.get(user).map(|account| &account.needs) {
            Some(Needs::PasswordAndAccount(_, right)) => right.is(&Secret::new(account)),
            Some(Needs::Nothing | Needs::AnyPassword | Needs::Password(_)) | None => false,
        }
    }

    /// Whether this user may change files.
    pub(crate) fn may_change(&self, user: &[u8]) -> bool {
        self.0.get(user).is_some_and(|account| account.may_change)
    }
}

fn account(name: &str, needs: Needs, may_change: bool) -> (Vec<u8>, Account) {
    (name.as_bytes().to_vec(), Account { needs, may_change })
}

/// A password, padded, so that comparing two tells nothing of either's length.
#[derive(Clone, Copy)]
struct Secret {
    bytes: [u8; SECRET_BYTES_MAX],
    length: u64,
}

impl Secret {
    /// Of a longer one the beginning; its length tells it from every other.
    fn new(secret: &[u8]) -> Self {
        let mut bytes = [0; SECRET_BYTES_MAX];
        for (to, from) in bytes.iter_mut().zip(secret) {
            *to = *from;
        }
        Secret {
            bytes,
            length: secret.len() as u64,
        }
    }

    fn is(&self, given: &Secret) -> bool {
        let same = self.bytes.ct_eq(&given.bytes) & self.length.ct_eq(&given.length);
        same.into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_password_is_right() {
        let mut accounts = Accounts::default();
        accounts.add("anna:pass:word").unwrap();
        let check = |password: &str| accounts.password(b"anna", password.as_bytes());
        assert_eq!(check("pass:word"), PasswordCheck::LoggedIn);
        let long = "pass:word".to_owned() + &"\0".repeat(300);
        for wrong in ["", "pass:wor", "pass:word\0", "Pass:word", &long] {
            assert_eq!(check(wrong), PasswordCheck::Refused, "{wrong:?}");
        }
        assert_eq!(accounts.password(b"bob", b""), PasswordCheck::Refused);
        assert_eq!(accounts.user(b"bob"), accounts.user(b"anna"));
    }

    #[test]
    fn a_wrong_account_is_told_without_its_password() {
        let mut accounts = Accounts::default();
        accounts.add("anna:secret").unwrap();
        let long = format!("bob:secret{}", "x".repeat(SECRET_BYTES_MAX));
        for text in ["secret", ":secret", "anna:secret", &long] {
            let told = accounts.add(text).unwrap_err().to_string();
            assert!(
                !told.replace("anna:secret;", "").contains("secret"),
                "{told}"
            );
        }
    }

    #[test]
    fn nothing_shows_a_password() {
        assert!(!format!("{:?}", Accounts::fixture()).contains("115, 101"));
    }
}
