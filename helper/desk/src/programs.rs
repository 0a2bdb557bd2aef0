//! What runs on this machine, and what machine it is.
//!
//! Looking is free; what is told or ended wants the [`Permit`] of the session, each time anew.

use std::path::Path;

use deskhand_protocol::{
    call::quick::{DISKS, DiskFacts, Ending, Outcome, PROGRAM_NAME, PROGRAMS, Program, ProgramId, SystemFacts},
    capability::Capability,
    text::Name,
};
use deskhand_session::Permit;
use sysinfo::{Disks, Pid, Process, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

#[cfg(windows)]
mod end;

/// The programs that run, as they were at the last look.
#[derive(Debug, Default)]
pub struct Programs {
    system: Option<System>,
}

impl Programs {
    /// Looks anew. The processor's time of a program counts from the look before. Takes some 10 ms.
    pub fn look(&mut self) {
        self.refresh(ProcessesToUpdate::All);
    }

    fn refresh(&mut self, which: ProcessesToUpdate<'_>) {
        let what =
            ProcessRefreshKind::nothing().with_cpu().with_memory().with_user(UpdateKind::OnlyIfNotSet).without_tasks();
        if self.system.is_none() {
            self.system = System::new().ok();
        }
        if let Some(system) = &mut self.system {
            system.refresh_processes_specifics(which, true, what);
        }
    }

    /// The programs of the last look, and how many are left out: the customer's own first, then those that use most.
    ///
    /// # Errors
    ///
    /// [`Outcome::NotGranted`] with the permit for something else.
    pub fn list(&self, permit: &Permit<'_>) -> Result<(Vec<Program>, u32), Outcome> {
        permits(permit, Capability::TaskManager)?;
        let Some(system) = &self.system else { return Ok((Vec::new(), 0)) };
        let mut all: Vec<Program> = system.processes().values().map(|process| self.told(process)).collect();
        all.sort_by(|a, b| {
            b.own.cmp(&a.own).then(b.cpu_percent.total_cmp(&a.cpu_percent)).then(b.memory.cmp(&a.memory))
        });
        let more = u32::try_from(all.len().saturating_sub(PROGRAMS)).unwrap_or(u32::MAX);
        all.truncate(PROGRAMS);
        Ok((all, more))
    }

    /// What a program is called that runs now; `None` when it has ended.
    pub fn name(&mut self, id: ProgramId) -> Option<Name> {
        self.refresh(ProcessesToUpdate::Some(&[Pid::from_u32(id.pid)]));
        self.process(id).map(name)
    }

    /// Ends a program.
    ///
    /// # Errors
    ///
    /// [`Outcome`] says why not.
    pub fn end(&mut self, id: ProgramId, ending: Ending, permit: &Permit<'_>) -> Result<(), Outcome> {
        permits(permit, Capability::TaskManager)?;
        // This program is ended by ending the session.
        if id.pid == std::process::id() {
            return Err(Outcome::Refused);
        }
        #[cfg(target_os = "linux")]
        {
            use rustix::process::{Pid as Number, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
            let number = i32::try_from(id.pid).ok().and_then(Number::from_raw).ok_or(Outcome::NotFound)?;
            let held = pidfd_open(number, PidfdFlags::empty()).map_err(|_| Outcome::NotFound)?;
            // Held now: if it is still the one that was named, it is the one that is ended.
            if self.name(id).is_none() {
                return Err(Outcome::NotFound);
            }
            let signal = match ending {
                Ending::Asked => Signal::TERM,
                Ending::Forced => Signal::KILL,
            };
            pidfd_send_signal(held, signal).map_err(|error| match error {
                rustix::io::Errno::SRCH => Outcome::NotFound,
                rustix::io::Errno::PERM => Outcome::Refused,
                _ => Outcome::Failed,
            })
        }
        #[cfg(windows)]
        {
            let held = end::Held::open(id.pid)?;
            // Held now: if it is still the one that was named, it is the one that is ended.
            if self.name(id).is_none() {
                return Err(Outcome::NotFound);
            }
            match ending {
                Ending::Asked => held.ask(),
                Ending::Forced => held.force(),
            }
        }
        #[cfg(not(any(target_os = "linux", windows)))]
        {
            if self.name(id).is_none() {
                return Err(Outcome::NotFound);
            }
            let signal = match ending {
                Ending::Asked => sysinfo::Signal::Term,
                Ending::Forced => sysinfo::Signal::Kill,
            };
            match self.process(id).and_then(|process| process.kill_with(signal)) {
                Some(true) => Ok(()),
                Some(false) => Err(Outcome::Refused),
                None => Err(Outcome::Unsupported),
            }
        }
    }

    fn process(&self, id: ProgramId) -> Option<&Process> {
        let process = self.system.as_ref()?.process(Pid::from_u32(id.pid))?;
        (process.start_time() == id.started).then_some(process)
    }

    fn told(&self, process: &Process) -> Program {
        let me = self.system.as_ref().and_then(|system| system.process(Pid::from_u32(std::process::id())));
        let owner = me.and_then(Process::user_id);
        Program {
            id: ProgramId { pid: process.pid().as_u32(), started: process.start_time() },
            name: name(process),
            cpu_percent: process.cpu_usage(),
            memory: process.memory(),
            own: owner.is_some() && process.user_id() == owner,
        }
    }
}

fn name(process: &Process) -> Name {
    let name: String = process.name().to_string_lossy().chars().take(PROGRAM_NAME).collect();
    Name::lossy(&name)
}

fn permits(permit: &Permit<'_>, capability: Capability) -> Result<(), Outcome> {
    if permit.capability() == capability { Ok(()) } else { Err(Outcome::NotGranted) }
}

/// What computer this is. Takes some 10 ms, longer with disks in a network.
#[must_use]
pub fn system_facts() -> SystemFacts {
    let text = |text: Result<String, sysinfo::Error>| Name::lossy(text.unwrap_or_default().trim());
    let mut system = System::new().ok();
    if let Some(system) = &mut system {
        system.refresh_memory();
        system.refresh_cpu_list(sysinfo::CpuRefreshKind::nothing());
    }
    let cpus = system.as_ref().map(System::cpus).unwrap_or_default();
    SystemFacts {
        system: text(System::long_os_version()),
        kernel: text(System::kernel_version()),
        host: text(System::host_name()),
        processor: Name::lossy(cpus.first().map(|cpu| cpu.brand().trim()).unwrap_or_default()),
        processors: u16::try_from(cpus.len()).unwrap_or(u16::MAX),
        memory: system.as_ref().map(System::total_memory).unwrap_or_default(),
        memory_free: system.as_ref().map(System::available_memory).unwrap_or_default(),
        up_seconds: System::uptime().unwrap_or_default(),
        disks: disks(),
    }
}

fn disks() -> Vec<DiskFacts> {
    let Ok(disks) = Disks::new_with_refreshed_list() else { return Vec::new() };
    let mut told: Vec<DiskFacts> = disks
        .iter()
        .filter(|disk| disk.total_space() > 0 && !is_of_the_system(disk.mount_point()))
        .map(|disk| DiskFacts {
            place: Name::lossy(&disk.mount_point().to_string_lossy()),
            size: disk.total_space(),
            free: disk.available_space(),
        })
        .collect();
    told.sort_by(|a, b| a.place.cmp(&b.place));
    told.truncate(DISKS);
    told
}

/// A file that a container was given, and the like: no disk in a person's eyes.
fn is_of_the_system(place: &Path) -> bool {
    ["/etc", "/proc", "/sys", "/dev", "/snap"].iter().any(|root| place.starts_with(root)) || place.is_file()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test")]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_a_name_a_processor_and_memory() {
        let facts = system_facts();
        assert!(!facts.system.is_blank() && facts.processors > 0 && facts.memory > facts.memory_free, "{facts:?}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_program_is_known_by_its_number_and_its_start() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let mut programs = Programs::default();
        programs.look();
        let pid = Pid::from_u32(child.id());
        let started = programs.system.as_ref().unwrap().process(pid).unwrap().start_time();
        let id = ProgramId { pid: child.id(), started };
        assert_eq!(programs.name(id), Some(Name::lossy("sleep")));
        assert_eq!(programs.name(ProgramId { started: started + 1, ..id }), None, "another that got its number");
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(programs.name(id), None, "it has ended");
    }
}
