//! TUN devices and network namespaces of this machine. Needs root's right to change the network.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    os::{fd::AsRawFd as _, unix::fs::OpenOptionsExt as _},
    path::Path,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail, ensure};

/// Where the kernel hands out TUN devices.
const TUN: &str = "/dev/net/tun";
/// The number of `CAP_NET_ADMIN` in a set of capabilities.
const NET_ADMIN: u64 = 1 << 12;
/// The number of `CAP_SYS_ADMIN`, without which no namespace can be entered.
const SYS_ADMIN: u64 = 1 << 21;

/// What this machine lacks for a line of its own, as a sentence; `None` when it has everything.
#[must_use]
pub fn missing() -> Option<String> {
    if !Path::new(TUN).exists() {
        return Some(format!("there is no {TUN}: this machine's kernel or container offers no TUN device"));
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let held = effective.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).unwrap_or(0);
    if held & NET_ADMIN == 0 || held & SYS_ADMIN == 0 {
        return Some(
            "CAP_NET_ADMIN and CAP_SYS_ADMIN are needed to make TUN devices and namespaces: run as root".into(),
        );
    }
    None
}

/// A TUN device: what is written to it arrives from its network, what is sent into its network is read from it.
#[derive(Debug)]
pub struct Tun(File);

impl Tun {
    /// Makes a device of this name in the namespace of this thread. It goes when this is dropped.
    ///
    /// # Errors
    ///
    /// When the kernel refuses.
    #[allow(unsafe_code, reason = "a TUN device gets its name by an ioctl, for which there is no safe interface")]
    pub fn make(name: &str) -> Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(libc::O_NONBLOCK)
            .open(TUN)
            .with_context(|| format!("cannot open {TUN}"))?;
        // `struct ifreq`: a name of 16 bytes, ended by zero, then here the flags.
        let mut request = [0_u8; size_of::<libc::ifreq>()];
        ensure!(name.len() < libc::IFNAMSIZ, "{name:?} is too long for a device");
        request[..name.len()].copy_from_slice(name.as_bytes());
        let flags = (libc::IFF_TUN | libc::IFF_NO_PI) as u16;
        request[libc::IFNAMSIZ..libc::IFNAMSIZ + 2].copy_from_slice(&flags.to_ne_bytes());
        // SAFETY: the descriptor is open; the kernel reads and writes one `ifreq`, and `request` is as large.
        let code = unsafe { libc::ioctl(file.as_raw_fd(), libc::TUNSETIFF as _, request.as_mut_ptr()) };
        if code < 0 {
            return Err(io::Error::last_os_error()).with_context(|| format!("cannot make the TUN device {name}"));
        }
        Ok(Self(file))
    }

    /// What packets are read from and written to; never waits.
    #[must_use]
    pub const fn file(&self) -> &File {
        &self.0
    }
}

/// A network namespace that goes when this is dropped.
#[derive(Debug)]
pub struct Namespace {
    name: String,
    file: File,
}

impl Namespace {
    /// Makes an empty one, with loopback up.
    ///
    /// # Errors
    ///
    /// When the system refuses.
    pub fn make(name: &str) -> Result<Self> {
        ip(&["netns", "add", name])?;
        let path = format!("/run/netns/{name}");
        let file = File::open(&path).with_context(|| path.clone())?;
        let made = Self { name: name.to_owned(), file };
        made.ip(&["link", "set", "lo", "up"])?;
        Ok(made)
    }

    /// Moves a device of this thread's namespace here and gives it an address with a peer at the other end.
    ///
    /// # Errors
    ///
    /// When the system refuses.
    pub fn adopt(&self, device: &str, address: &str) -> Result<()> {
        ip(&["link", "set", device, "netns", &self.name])?;
        self.ip(&["address", "add", address, "dev", device])?;
        self.ip(&["link", "set", device, "mtu", "1500", "up"])
    }

    /// Runs `ip` here.
    ///
    /// # Errors
    ///
    /// When it fails.
    pub fn ip(&self, args: &[&str]) -> Result<()> {
        ip(&[&["-n", &self.name], args].concat())
    }

    /// Ties a pair of devices between here and another namespace: here `name` with `address`, there with the other two.
    ///
    /// # Errors
    ///
    /// When the system refuses.
    pub fn tie(&self, (name, address): (&str, &str), other: &Self, there: (&str, &str)) -> Result<()> {
        let pair = ["link", "add", name, "netns", &self.name, "type", "veth", "peer", "name", there.0, "netns"];
        ip(&[&pair[..], &[&other.name]].concat())?;
        for (namespace, (name, address)) in [(self, (name, address)), (other, there)] {
            namespace.ip(&["address", "add", address, "dev", name])?;
            namespace.ip(&["link", "set", name, "up"])?;
        }
        Ok(())
    }

    /// Sets a value below `/proc/sys/net` for this namespace.
    ///
    /// # Errors
    ///
    /// When there is no such value.
    pub fn set(&self, value: &str, to: &str) -> Result<()> {
        let path = format!("/proc/sys/net/{value}");
        self.run(|| std::fs::write(&path, to).with_context(|| path.clone()))
    }

    /// Replaces the packet filter's rules by these; none for none.
    ///
    /// # Errors
    ///
    /// When nftables refuses them.
    pub fn filter(&self, rules: &str) -> Result<()> {
        let rules = format!("flush ruleset\n{rules}");
        self.run(|| {
            let mut child = Command::new("nft")
                .args(["-f", "-"])
                .stdin(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .context("cannot start nft (nftables)")?;
            child.stdin.take().context("nft has an input")?.write_all(rules.as_bytes())?;
            let output = child.wait_with_output()?;
            ensure!(output.status.success(), "nft: {}", String::from_utf8_lossy(&output.stderr).trim());
            Ok(())
        })
    }

    /// Runs something on a thread that lives in this namespace, as do all programs and sockets it starts or opens.
    ///
    /// # Errors
    ///
    /// When the namespace cannot be entered, or `what` fails or panics.
    pub fn run<T: Send>(&self, what: impl FnOnce() -> Result<T> + Send) -> Result<T> {
        std::thread::scope(|scope| {
            let inside = scope.spawn(|| {
                self.enter()?;
                what()
            });
            inside.join().unwrap_or_else(|_| bail!("a thread in the namespace {} panicked", self.name))
        })
    }

    /// Moves this thread, and only it, into the namespace.
    #[allow(unsafe_code, reason = "there is no safe interface to setns among what is used here")]
    fn enter(&self) -> Result<()> {
        // SAFETY: `setns` takes no pointer, and the descriptor is open.
        let code = unsafe { libc::setns(self.file.as_raw_fd(), libc::CLONE_NEWNET) };
        if code < 0 {
            return Err(io::Error::last_os_error()).with_context(|| format!("cannot enter {}", self.name));
        }
        Ok(())
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = ip(&["netns", "delete", &self.name]);
    }
}

fn ip(args: &[&str]) -> Result<()> {
    let output = Command::new("ip").args(args).stdin(Stdio::null()).output().context("cannot start ip (iproute2)")?;
    if !output.status.success() {
        bail!("`ip {}` failed: {}", args.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
