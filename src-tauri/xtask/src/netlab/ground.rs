//! The ground of a case: five namespaces and a line.
//!
//! ```text
//! home ── left ═══ line, 20 ms each way ═══ middle ── right ── office
//! helper   router                           relay     router   probe
//! ```

use std::{net::Ipv4Addr, time::Duration};

use anyhow::Result;

use super::nat::{Nat, Wall, rules};
use crate::netlink::{device::Namespace, line::Shape, net::Net};

/// The line when nothing happens to it: 40 ms there and back.
pub const LINE: Shape = Shape::clean(20_000_000, Duration::from_millis(20), 512 * 1024);
/// The same, when nothing passes.
pub const SILENT: Shape = LINE.losing(1.0);

const HOME: Ipv4Addr = Ipv4Addr::new(192, 168, 10, 2);
const OFFICE: Ipv4Addr = Ipv4Addr::new(192, 168, 20, 2);
/// The right router's outside.
const RIGHT: Ipv4Addr = Ipv4Addr::new(10, 78, 0, 2);

/// A network with one computer, behind a router.
#[derive(Debug)]
pub struct Place {
    /// The computer.
    pub namespace: Namespace,
    address: Ipv4Addr,
}

impl Place {
    /// The computer gets another address of its network, and loses the one it had.
    ///
    /// # Errors
    ///
    /// When the system refuses.
    pub fn moves(&mut self) -> Result<()> {
        let [a, b, c, last] = self.address.octets();
        let next = Ipv4Addr::new(a, b, c, last + 1);
        self.namespace.ip(&["address", "delete", &format!("{}/24", self.address), "dev", "net"])?;
        self.namespace.ip(&["address", "add", &format!("{next}/24"), "dev", "net"])?;
        self.namespace.ip(&["route", "replace", "default", "via", &router(next).to_string()])?;
        self.address = next;
        Ok(())
    }
}

fn router(inside: Ipv4Addr) -> Ipv4Addr {
    let [a, b, c, _] = inside.octets();
    Ipv4Addr::new(a, b, c, 1)
}

/// See the module. Everything goes when this is dropped.
#[derive(Debug)]
pub struct Ground {
    /// The customer's.
    pub home: Place,
    /// The technician's.
    pub office: Place,
    /// Between home's router and the rest.
    pub net: Net,
    right: Namespace,
}

impl Ground {
    /// Makes it.
    ///
    /// # Errors
    ///
    /// When the system refuses: with what is missing.
    pub fn make(home: Nat, office: Nat, seed: u64) -> Result<Self> {
        let net = Net::make(LINE, seed)?;
        let name = |role: &str| format!("dh{role}{}x{seed}", std::process::id());
        let place = |role: &str, address: Ipv4Addr, at: &Namespace| -> Result<Place> {
            let namespace = Namespace::make(&name(role))?;
            namespace.tie(("net", &format!("{address}/24")), at, ("in", &format!("{}/24", router(address))))?;
            namespace.ip(&["route", "add", "default", "via", &router(address).to_string()])?;
            Ok(Place { namespace, address })
        };
        let (left, middle) = (&net.helper, &net.viewer);
        let right = Namespace::make(&name("r"))?;
        let outside = Ipv4Addr::new(10, 78, 0, 1);
        right.tie(("out", &format!("{RIGHT}/30")), &middle.namespace, ("right", &format!("{outside}/30")))?;
        let made = Self { home: place("h", HOME, &left.namespace)?, office: place("o", OFFICE, &right)?, right, net };
        made.route()?;
        made.walls((home, Wall::None), (office, Wall::None))?;
        for (nat, inside, by) in [(home, HOME, made.net.helper.address), (office, OFFICE, RIGHT)] {
            if nat == Nat::Open {
                let [a, b, c, _] = inside.octets();
                let network = format!("{a}.{b}.{c}.0/24");
                made.net.viewer.namespace.ip(&["route", "add", &network, "via", &by.to_string()])?;
            }
        }
        Ok(made)
    }

    fn route(&self) -> Result<()> {
        let (left, middle) = (&self.net.helper, &self.net.viewer);
        left.namespace.ip(&["route", "add", "default", "via", &middle.address.to_string()])?;
        self.right.ip(&["route", "add", "default", "via", "10.78.0.1"])?;
        for router in [&left.namespace, &middle.namespace, &self.right] {
            router.set("ipv4/ip_forward", "1")?;
        }
        Ok(())
    }

    /// What both routers do from now on.
    ///
    /// # Errors
    ///
    /// When nftables refuses.
    pub fn walls(&self, home: (Nat, Wall), office: (Nat, Wall)) -> Result<()> {
        self.net.helper.namespace.filter(&rules(home.0, home.1, HOME, self.net.helper.address))?;
        self.right.filter(&rules(office.0, office.1, OFFICE, RIGHT))
    }

    /// How long home's router remembers who was spoken to by UDP. Known only once it translates.
    ///
    /// # Errors
    ///
    /// When the kernel has no such value.
    pub fn remembers_for(&self, seconds: u32) -> Result<()> {
        for value in ["nf_conntrack_udp_timeout", "nf_conntrack_udp_timeout_stream"] {
            self.net.helper.namespace.set(&format!("netfilter/{value}"), &seconds.to_string())?;
        }
        Ok(())
    }

    /// Where the relay is reached.
    #[must_use]
    pub fn relay(&self) -> (&Namespace, Ipv4Addr) {
        (&self.net.viewer.namespace, self.net.viewer.address)
    }
}
