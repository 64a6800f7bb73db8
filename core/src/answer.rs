//! What one input to the session led to: replies, then what the transport must do.

use crate::{Reply, Transfer};

/// Zero, one or two replies in order, then at most one effect.
///
/// Two: ABOR during a transfer (426, 226) and the end of a transfer behind which QUIT or REIN waited. None: QUIT and
/// REIN during a transfer, until it ends (RFC 959 §4.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What to send, in order.
    pub replies: Replies,
    /// What to do once the replies are sent.
    pub effect: Option<Effect>,
}

/// What the transport must do after it has sent the replies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// 150 was answered: open the data connection, move the bytes, then call `transfer_ended`.
    OpenData(Transfer),
    /// The running transfer is aborted: close its data connection. `transfer_ended` need not be called.
    AbortData,
    /// Throw away all input that was read in clear, then take the TLS handshake (RFC 4217 §4.2).
    StartTls,
    /// End TLS on the control connection and go on in clear (RFC 4217 §5, §13).
    StopTls,
    /// Close the control connection.
    Close,
}

/// At most two replies, held inline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replies([Option<Reply>; 2]);

impl Replies {
    /// The replies in the order in which they are sent.
    pub fn iter(&self) -> impl Iterator<Item = &Reply> {
        self.0.iter().flatten()
    }

    /// The codes in the order in which they are sent.
    pub fn codes(&self) -> impl Iterator<Item = u16> {
        self.iter().map(Reply::code)
    }

    /// How many there are: 0, 1 or 2.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl IntoIterator for Replies {
    type Item = Reply;
    type IntoIter = std::iter::Flatten<std::array::IntoIter<Option<Reply>, 2>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter().flatten()
    }
}

impl<'a> IntoIterator for &'a Replies {
    type Item = &'a Reply;
    type IntoIter = std::iter::Flatten<std::slice::Iter<'a, Option<Reply>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().flatten()
    }
}

impl Answer {
    /// Nothing is said and nothing is to be done.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            replies: Replies::default(),
            effect: None,
        }
    }

    /// One reply with a fixed text.
    pub(crate) fn of(code: u16, text: &'static str) -> Self {
        Reply::new(code, text).into()
    }

    /// `first`, then this answer's reply. An answer of two replies loses its second; none is built that way.
    pub(crate) fn after(self, first: Reply) -> Self {
        let Replies([second, _]) = self.replies;
        Self {
            replies: Replies([Some(first), second]),
            ..self
        }
    }

    /// The same replies, followed by `effect`.
    pub(crate) fn then(self, effect: Effect) -> Self {
        Self {
            effect: Some(effect),
            ..self
        }
    }
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self {
            replies: Replies([Some(reply), None]),
            effect: None,
        }
    }
}
