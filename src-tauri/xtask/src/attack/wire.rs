//! Requests and sockets of somebody who keeps no rule: every byte of them may be chosen.

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

/// Longer than anything takes that happens at all.
const PATIENCE: Duration = Duration::from_secs(15);
/// More than the relay ever answers.
const MOST: u64 = 4 * 1024 * 1024;

/// Connects.
pub(super) fn connect(at: SocketAddr) -> Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&at, PATIENCE).context("the relay takes no connection")?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// The head of a request with exactly these lines.
pub(super) fn head(method: &str, path: &str, lines: &[&str]) -> String {
    let lines: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
    format!("{method} {path} HTTP/1.1\r\n{lines}\r\n")
}

/// What a request was answered: its status, 0 for a connection that was closed without a word, and everything it said.
pub(super) fn ask(at: SocketAddr, head: &str, body: &[u8]) -> Result<(u16, String)> {
    let mut stream = connect(at)?;
    // A relay that refuses early may stop reading.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
    let mut all = Vec::new();
    match stream.take(MOST).read_to_end(&mut all) {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            bail!("the relay neither answers nor closes")
        }
        // One that closes before it has read everything resets; what it had said may have come.
        _ => {}
    }
    let text = String::from_utf8_lossy(&all).into_owned();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Ok((status, text))
}

/// A socket of the relay's, spoken by hand.
pub(super) struct Socket(TcpStream);

impl Socket {
    /// Upgrades; `Err` has the status when the relay does not.
    pub(super) fn open(at: SocketAddr, path: &str, more: &[&str]) -> Result<Result<Self, u16>> {
        let host = format!("Host: {at}");
        let mut lines = vec![
            "Connection: upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        ];
        if !more.iter().any(|line| line.starts_with("Host:")) {
            lines.push(&host);
        }
        lines.extend(more);
        let mut stream = connect(at)?;
        stream.write_all(head("GET", path, &lines).as_bytes())?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if stream.read(&mut byte)? == 0 || answer.len() > 16 * 1024 {
                break;
            }
            answer.push(byte[0]);
        }
        let text = String::from_utf8_lossy(&answer).into_owned();
        let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Ok(if status == 101 { Ok(Self(stream)) } else { Err(status) })
    }

    /// Sends one frame with this first byte; a socket that the relay has closed takes nothing.
    pub(super) fn frame(&mut self, first: u8, payload: &[u8]) {
        let mut bytes = vec![first];
        match payload.len() {
            len @ 0..=125 => bytes.push(0x80 | len as u8),
            len @ 126..=0xffff => {
                bytes.push(0x80 | 126);
                bytes.extend((len as u16).to_be_bytes());
            }
            len => {
                bytes.push(0x80 | 127);
                bytes.extend((len as u64).to_be_bytes());
            }
        }
        // A mask of zeros changes nothing.
        bytes.extend([0; 4]);
        bytes.extend(payload);
        let _ = self.0.write_all(&bytes);
    }

    /// Sends one text.
    pub(super) fn say(&mut self, text: &str) {
        self.frame(0x81, text.as_bytes());
    }

    /// The next text; `None` when the relay has closed.
    pub(super) fn hear(&mut self) -> Result<Option<String>> {
        loop {
            let mut two = [0; 2];
            if !self.read(&mut two)? {
                return Ok(None);
            }
            let mut len = u64::from(two[1] & 0x7f);
            if len == 126 {
                let mut long = [0; 2];
                self.read(&mut long)?;
                len = u64::from(u16::from_be_bytes(long));
            } else if len == 127 {
                let mut long = [0; 8];
                self.read(&mut long)?;
                len = u64::from_be_bytes(long);
            }
            anyhow::ensure!(len <= MOST, "the relay sends more than it ever should");
            let mut payload = vec![0; usize::try_from(len)?];
            if !self.read(&mut payload)? {
                return Ok(None);
            }
            match two[0] & 0x0f {
                1 => return Ok(Some(String::from_utf8_lossy(&payload).into_owned())),
                8 => return Ok(None),
                _ => {}
            }
        }
    }

    /// False when the relay has closed.
    fn read(&mut self, into: &mut [u8]) -> Result<bool> {
        match self.0.read_exact(into) {
            Ok(()) => Ok(true),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                bail!("the relay neither speaks nor closes")
            }
            Err(_) => Ok(false),
        }
    }
}
