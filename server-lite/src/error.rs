//! Why a relay does not start, as one sentence that says what to do.

use std::{io, net::SocketAddr, path::PathBuf};

/// Why a relay did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The data folder cannot be made, read or written.
    #[error("the data folder {} cannot be used ({source}); choose another with --data or correct its permissions", .path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another process uses the same folder.
    #[error("another relay already uses the data folder {}; stop it or choose another folder with --data", .path.display())]
    FolderInUse {
        /// Which.
        path: PathBuf,
    },
    /// A file of ours holds something else.
    #[error("the file {} is damaged; put it back from a backup, or move it away to begin anew", .path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
    },
    /// The database was written by a newer version.
    #[error("the database {} comes from a newer version of Deskhand; install that version or a later one", .path.display())]
    NewerDatabase {
        /// Which.
        path: PathBuf,
    },
    /// The database cannot be read or written.
    #[error("the database {} cannot be used ({source}); check the disk's free space and permissions, or restore a backup", .path.display())]
    Database {
        /// Which.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address} ({source}); choose another address or stop the program that uses it")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Plain HTTP was asked for on an address that others can reach.
    #[error("{address} can be reached by others and needs TLS; plain HTTP is for loopback addresses only")]
    PlainOutside {
        /// Which.
        address: SocketAddr,
    },
    /// A certificate or its key cannot be used.
    #[error("the certificate cannot be used ({reason}); check the files given with --tls-cert and --tls-key")]
    Certificate {
        /// Why.
        reason: String,
    },
    /// The console's page is not what the program was built with.
    #[error("the console's page in this program is damaged; install it anew, or start with --no-browser-console")]
    Console,
    /// A row of the audit log was changed or taken out.
    #[error("the audit log {} does not fit together from row {row} on; compare it with a backup", .path.display())]
    AuditBroken {
        /// In which file.
        path: PathBuf,
        /// The first row that does not fit.
        row: i64,
    },
    /// Rows were taken off the end of the audit log, or it is another one.
    #[error("the audit log {} does not have the row whose hash was noted; compare it with a backup", .path.display())]
    AuditCut {
        /// In which file.
        path: PathBuf,
    },
    /// The system gives no randomness.
    #[error("the system gives no random numbers; restart the computer")]
    Random,
}

/// Why a program was not taken up as a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ShipError(pub(crate) &'static str);

/// Why the relay could not be opened to the local network.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LanError {
    /// There is no network address but loopback.
    #[error("this computer has no network address that others could call; connect it to a network first")]
    NoNetwork,
    /// No port could be listened on.
    #[error("no port from {first} on can be listened on ({source}); check the firewall or free a port")]
    Listen {
        /// The first port tried.
        first: u16,
        /// Why the last one failed.
        source: io::Error,
    },
    /// The certificate could not be made.
    #[error("the relay's certificate could not be made ({reason})")]
    Certificate {
        /// Why.
        reason: String,
    },
    /// The choice could not be stored.
    #[error("the choice could not be stored; check the disk's free space")]
    Store,
    /// The relay is stopping.
    #[error("the relay is stopping")]
    ShuttingDown,
}
