//! Python's ftplib, and its FTP_TLS.

use libtest_mimic::Failed;

use super::scene::{Mode, Scene};

const SCRIPT: &str = "
import ftplib, io, ssl, sys
host, port, mode = sys.argv[1:]
if mode == 'tls':
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    ftp = ftplib.FTP_TLS(context=context, timeout=60)
else:
    ftp = ftplib.FTP(timeout=60)
ftp.connect(host, int(port))
ftp.login('anna', 'secret')
if mode == 'tls':
    ftp.prot_p()
ftp.set_pasv(mode != 'active')
lines = []
ftp.dir(lines.append)
print(lines, ftp.nlst(), list(ftp.mlsd()), ftp.getwelcome(), ftp.pwd())
assert 'big.bin' in ftp.nlst()
size = ftp.size('big.bin')
with open('big.bin', 'wb') as file:
    ftp.retrbinary('RETR big.bin', file.write)
with open('part.bin', 'ab') as file:
    ftp.retrbinary('RETR big.bin', file.write, rest=file.tell())
with open('new.bin', 'rb') as file:
    ftp.storbinary('STOR new.bin', file)
with open('half.bin', 'rb') as file:
    start = ftp.size('half.bin')
    file.seek(start)
    ftp.storbinary('STOR half.bin', file, rest=start)
ftp.storbinary('STOR gone.bin', io.BytesIO(b'x'))
ftp.rename('new.bin', 'kept.bin')
ftp.mkd('gone')
ftp.cwd('gone')
ftp.cwd('..')
ftp.rmd('gone')
ftp.mkd('made')
ftp.delete('gone.bin')
connection, expected = ftp.ntransfercmd('RETR big.bin')
connection.recv(1000)
print(ftp.abort())
connection.close()
print(ftp.voidresp(), ftp.voidcmd('NOOP'))
if mode == 'tls':
    ftp.ccc()
    print(ftp.pwd())
print(ftp.quit())
";

pub fn run(scene: &Scene) -> Result<(), Failed> {
    let mode = match scene.mode {
        Mode::Clear | Mode::V6 => "passive",
        Mode::Active => "active",
        Mode::Explicit | Mode::Implicit => "tls",
    };
    let (host, port) = (
        scene.address.ip().to_string(),
        scene.address.port().to_string(),
    );
    let arguments = ["-c", SCRIPT, &host, &port, mode];
    let told = scene.run("python3", arguments, "")?;
    scene.all_is_done(&told)
}
