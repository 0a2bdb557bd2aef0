//! Two namespaces with a line each way between them.

use std::{
    fs::File,
    io::{self, Read as _, Write as _},
    net::Ipv4Addr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{
    device::{Namespace, Tun, missing},
    line::{Counts, Line, Shape},
};

/// The largest packet that a device of the kernel's usual size sends.
const PACKET: usize = 2048;
/// The longest sleep: how late the end, or a faster line, may be noticed.
const NAP: Duration = Duration::from_millis(20);

/// One of the two ends.
#[derive(Debug)]
pub struct End {
    /// Whatever runs here has only the line.
    pub namespace: Namespace,
    /// Its address on the line.
    pub address: Ipv4Addr,
}

/// Two ends and the line between them. Everything goes when this is dropped.
#[derive(Debug)]
pub struct Net {
    /// The customer's end.
    pub helper: End,
    /// The technician's end.
    pub viewer: End,
    /// From helper to viewer.
    down: Arc<Mutex<Line>>,
    /// From viewer to helper.
    up: Arc<Mutex<Line>>,
    over: Arc<AtomicBool>,
    carriers: Vec<JoinHandle<()>>,
}

impl Net {
    /// Makes both ends and a line of this shape each way.
    ///
    /// # Errors
    ///
    /// When this machine does not allow it: with what is missing.
    pub fn make(shape: Shape, seed: u64) -> Result<Self> {
        if let Some(missing) = missing() {
            bail!("no line can be simulated: {missing}");
        }
        static MADE: AtomicU32 = AtomicU32::new(0);
        let id = format!("{}x{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let devices = [format!("dhh{id}"), format!("dhv{id}")];
        let addresses = [Ipv4Addr::new(10, 77, 0, 1), Ipv4Addr::new(10, 77, 0, 2)];
        let [helper_device, viewer_device] = &devices;
        let (helper_tun, viewer_tun) = (Tun::make(helper_device)?, Tun::make(viewer_device)?);
        let end = |device: &str, address: Ipv4Addr| -> Result<End> {
            let namespace = Namespace::make(device)?;
            namespace.adopt(device, &format!("{address}/30"))?;
            Ok(End { namespace, address })
        };
        let [helper_address, viewer_address] = addresses;
        let helper = end(helper_device, helper_address)?;
        let viewer = end(viewer_device, viewer_address)?;
        let down = Arc::new(Mutex::new(Line::new(shape, seed)));
        let up = Arc::new(Mutex::new(Line::new(shape, seed ^ u64::MAX)));
        let over = Arc::new(AtomicBool::new(false));
        let copy = |tun: &Tun| tun.file().try_clone();
        let carry = |from: File, to: File, line: &Arc<Mutex<Line>>| {
            let (line, over) = (Arc::clone(line), Arc::clone(&over));
            std::thread::spawn(move || carry(&from, &to, &line, &over))
        };
        let carriers = vec![
            carry(copy(&helper_tun)?, copy(&viewer_tun)?, &down),
            carry(copy(&viewer_tun)?, copy(&helper_tun)?, &up),
        ];
        Ok(Self { helper, viewer, down, up, over, carriers })
    }

    /// Changes the line, both ways.
    pub fn set(&self, shape: Shape) {
        let now = Instant::now();
        for line in [&self.down, &self.up] {
            lock(line).set(shape, now);
        }
    }

    /// How long a packet that the helper sends now has to wait.
    #[must_use]
    pub fn queue_time(&self) -> Duration {
        lock(&self.down).queue_time(Instant::now())
    }

    /// What has happened from helper to viewer so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        lock(&self.down).counts()
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        for carrier in self.carriers.drain(..) {
            // A panic there was printed there.
            let _ = carrier.join();
        }
    }
}

/// Carries packets one way until it is over.
fn carry(from: &File, to: &File, line: &Mutex<Line>, over: &AtomicBool) {
    let mut packet = [0; PACKET];
    let (mut from_file, mut to_file) = (from, to);
    while !over.load(Ordering::Relaxed) {
        let due = lock(line).due();
        let nap = due.map_or(NAP, |due| due.saturating_duration_since(Instant::now()).min(NAP));
        let nap = Timespec { tv_sec: 0, tv_nsec: nap.subsec_nanos().into() };
        // Whatever it says, there is no harm in looking.
        let _ = poll(&mut [PollFd::new(from, PollFlags::IN)], Some(&nap));
        let mut line = lock(line);
        loop {
            match from_file.read(&mut packet) {
                Ok(length) => line.push(packet[..length].to_vec(), Instant::now()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        let now = Instant::now();
        while let Some(packet) = line.poll(now) {
            // A network that is down takes nothing; neither does a real one.
            let _ = to_file.write(&packet);
        }
    }
}

fn lock(line: &Mutex<Line>) -> MutexGuard<'_, Line> {
    line.lock().unwrap_or_else(PoisonError::into_inner)
}
