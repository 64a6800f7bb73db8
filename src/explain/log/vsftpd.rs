//! vsftpd's protocol log (`log_ftp_protocol=YES`): `[pid 11] [anna] FTP command: Client "127.0.0.1", "PASV"`. A session
//! goes on under another pid once its user is logged in.

use super::heard::{Heard, What};

pub(super) fn read(line: &str) -> Option<Heard<'_>> {
    let (_, rest) = line.split_once("[pid ")?;
    let (session, rest) = rest.split_once(']')?;
    let said = |label: &str| {
        let (_, rest) = rest.split_once(label)?;
        let (_, text) = rest.split_once("\", \"")?;
        text.strip_suffix('"')
    };
    let what = match (
        said("FTP command: Client \""),
        said("FTP response: Client \""),
    ) {
        (Some(line), _) => What::Sent(line.into()),
        (_, Some(line)) => What::Reply(line.into()),
        _ => return None,
    };
    Some(Heard { session, what })
}
