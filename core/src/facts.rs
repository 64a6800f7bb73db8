//! The facts of MLST and MLSD, and which of them OPTS MLST selects (RFC 3659 §7.5, §7.9).

/// A set of facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Facts(u8);

/// One fact, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Fact {
    Type,
    Size,
    Modify,
    Perm,
    Unique,
}

impl Fact {
    pub(crate) const ALL: [Fact; 5] = [
        Fact::Type,
        Fact::Size,
        Fact::Modify,
        Fact::Perm,
        Fact::Unique,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Fact::Type => "Type",
            Fact::Size => "Size",
            Fact::Modify => "Modify",
            Fact::Perm => "Perm",
            Fact::Unique => "Unique",
        }
    }

    fn bit(self) -> u8 {
        match self {
            Fact::Type => 1,
            Fact::Size => 2,
            Fact::Modify => 4,
            Fact::Perm => 8,
            Fact::Unique => 16,
        }
    }
}

impl Facts {
    /// All that are supported: the facts shown until an OPTS MLST.
    pub const ALL: Facts = Facts(31);
    /// No fact: names only.
    pub const NONE: Facts = Facts(0);

    /// The facts of `list`, `factname;factname;` in any case; unsupported names are left out. `None`: a name without
    /// its `;`, an empty name, or a character that no fact name has (RFC 3659 §7.9).
    #[must_use]
    pub fn parse(list: &[u8]) -> Option<Self> {
        let names = list.strip_suffix(b";")?;
        names
            .split(|&byte| byte == b';')
            .try_fold(Self::NONE, |facts, name| {
                if name.is_empty()
                    || !name
                        .iter()
                        .all(|byte| byte.is_ascii_alphanumeric() || b"-._/".contains(byte))
                {
                    return None;
                }
                let known = Fact::ALL
                    .into_iter()
                    .find(|fact| fact.name().as_bytes().eq_ignore_ascii_case(name));
                Some(Facts(facts.0 | known.map_or(0, Fact::bit)))
            })
    }

    pub(crate) fn has(self, fact: Fact) -> bool {
        self.0 & fact.bit() != 0
    }

    /// `Type;Size;`, as the reply to OPTS MLST names them (RFC 3659 §7.9.1).
    pub(crate) fn write_selected(self, out: &mut Vec<u8>) {
        for fact in Fact::ALL.into_iter().filter(|&fact| self.has(fact)) {
            out.extend(fact.name().as_bytes());
            out.push(b';');
        }
    }

    /// `Type*;Size;`, as FEAT shows them: selected ones with an asterisk (RFC 3659 §7.8).
    pub(crate) fn write_feature(self, out: &mut Vec<u8>) {
        for fact in Fact::ALL {
            out.extend(fact.name().as_bytes());
            out.extend(if self.has(fact) {
                b"*;".as_slice()
            } else {
                b";"
            });
        }
    }
}

impl Default for Facts {
    fn default() -> Self {
        Self::ALL
    }
}
