//! A server that is wrong about HELP, for what a check leaves behind.

use std::net::SocketAddr;

use crate::support::fake::fake;

/// Answers HELP with 200, and has little else. It closes behind QUIT, so that nobody waits for more.
pub fn unhelpful() -> SocketAddr {
    unhelpful_telling(|| {})
}

/// The same; `connected` is called for each session.
pub fn unhelpful_telling(connected: impl Fn() + Send + Sync + 'static) -> SocketAddr {
    fake(move |mut peer| {
        connected();
        peer.say(b"220 ready\r\n");
        let mut is_in = false;
        while let Some(line) = peer.hear() {
            let line = String::from_utf8_lossy(&line).into_owned();
            let reply = match line.split(' ').next() {
                Some("HELP") => "200 ok\r\n",
                Some("USER") => "331 password?\r\n",
                Some("PASS") if line == "PASS secret" => "230 in\r\n",
                Some("PASS") => "530 no\r\n",
                Some("QUIT") => "221 bye\r\n",
                _ if is_in => "502 no\r\n",
                _ => "530 no\r\n",
            };
            is_in |= reply.starts_with("230");
            if !peer.say(reply.as_bytes()) || line == "QUIT" {
                return;
            }
        }
    })
}
