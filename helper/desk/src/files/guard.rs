//! Where nothing is ever written: where programs start by themselves, where a shell reads what to do, where keys lie.
//!
//! Judged by where something really lies, with all links resolved, and by the folder's own identity, so that neither a
//! link nor a second mount of the same folder leads around it.

use std::{collections::HashSet, os::unix::fs::MetadataExt as _, path::Path};

use deskhand_protocol::call::files::FilesError;

/// Below a home folder.
const HOME: &[&str] = &[
    ".ssh",
    ".gnupg",
    ".config/autostart",
    ".config/autostart-scripts",
    ".config/plasma-workspace",
    ".config/systemd",
    ".config/environment.d",
    ".config/openbox",
    ".config/i3",
    ".config/sway",
    ".config/hypr",
    ".config/labwc",
    ".config/lxsession",
    ".config/fish",
    ".config/bash",
    ".config/zsh",
    ".config/nushell",
    ".config/powershell",
    ".config/upstart",
    ".kde/autostart",
    ".kde4/autostart",
    ".local/bin",
    ".local/share/applications",
    ".local/share/dbus-1",
    ".local/share/systemd",
    ".local/share/nautilus/scripts",
    "bin",
    "library/launchagents",
    "library/launchdaemons",
    "appdata/roaming/microsoft/windows/start menu",
    "documents/powershell",
    "documents/windowspowershell",
];

/// Below the root of the system.
const SYSTEM: &[&str] = &[
    "boot",
    "dev",
    "etc",
    "proc",
    "run/systemd",
    "sys",
    "usr/bin",
    "usr/lib/environment.d",
    "usr/lib/systemd",
    "usr/local/bin",
    "usr/local/lib/systemd",
    "usr/local/sbin",
    "usr/local/share/applications",
    "usr/sbin",
    "usr/share/applications",
    "usr/share/dbus-1",
    "usr/share/gnome/autostart",
    "usr/share/autostart",
    "var/spool/cron",
    "library/launchagents",
    "library/launchdaemons",
    "programdata/microsoft/windows/start menu",
];

/// What is to be done to a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Something is made there that was not.
    Make,
    /// Something that is there is moved or takes another's place, with all that it holds.
    Move,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Guard {
    /// Home folders, as names from the root.
    homes: Vec<Vec<String>>,
    /// Device and number of the folders that are there.
    folders: HashSet<(u64, u64)>,
}

impl Guard {
    /// For this machine, with this user's home and everybody else's.
    pub(crate) fn of_this_machine() -> Self {
        let mut homes = vec![vec!["root".to_owned()]];
        if let Some(user) = directories::UserDirs::new() {
            homes.push(names(user.home_dir()));
            homes.extend(user.home_dir().canonicalize().ok().map(|home| names(&home)));
        }
        for above in ["/home", "/Users"] {
            let folders = std::fs::read_dir(above).into_iter().flatten().flatten();
            homes.extend(folders.map(|folder| names(&folder.path())));
        }
        Self::of(homes)
    }

    /// With these homes alone.
    pub(crate) fn of(homes: Vec<Vec<String>>) -> Self {
        let mut folders = HashSet::new();
        let mut add = |path: &Path| {
            if let Ok(metadata) = std::fs::metadata(path)
                && metadata.is_dir()
            {
                folders.insert((metadata.dev(), metadata.ino()));
            }
        };
        for home in &homes {
            let home = Path::new("/").join(home.join("/"));
            // Names are compared without case, but the folders here are written as they usually are.
            for below in HOME {
                add(&home.join(below));
            }
            for usual in [".kde/Autostart", ".kde4/Autostart", "Library/LaunchAgents"] {
                add(&home.join(usual));
            }
        }
        for below in SYSTEM {
            add(&Path::new("/").join(below));
        }
        Self { homes, folders }
    }

    /// Whether this very folder is one of them, whatever it is called here.
    pub(crate) fn is_folder(&self, dev: u64, ino: u64) -> bool {
        self.folders.contains(&(dev, ino))
    }

    /// Whether something may be done to what lies at these names from the root of the system.
    pub(crate) fn judge(&self, real: &[&str], effect: Effect) -> Result<(), FilesError> {
        let lower: Vec<String> = real.iter().map(|name| name.to_lowercase()).collect();
        for home in &self.homes {
            let home: Vec<String> = home.iter().map(|name| name.to_lowercase()).collect();
            let Some(below) = lower.strip_prefix(&*home) else {
                // A home folder itself, or one that holds it, is not moved away.
                if effect == Effect::Move && home.starts_with(&lower) {
                    return Err(FilesError::Protected);
                }
                continue;
            };
            // A shell's profile, and every other thing that a program reads at its start, is hidden in the home folder.
            let hidden = matches!(below, [name] if name.starts_with('.'));
            if hidden || (below.is_empty() && effect == Effect::Move) {
                return Err(FilesError::Protected);
            }
            among(HOME, below, effect)?;
        }
        among(SYSTEM, &lower, effect)
    }
}

fn among(list: &[&str], at: &[String], effect: Effect) -> Result<(), FilesError> {
    for path in list {
        let protected: Vec<&str> = path.split('/').collect();
        let inside = at.len() >= protected.len() && protected.iter().zip(at).all(|(a, b)| a == b);
        // What holds such a folder could be moved away, filled, and moved back.
        let holds =
            effect == Effect::Move && at.len() < protected.len() && at.iter().zip(&protected).all(|(a, b)| a == b);
        if inside || holds {
            return Err(FilesError::Protected);
        }
    }
    Ok(())
}

fn names(path: &Path) -> Vec<String> {
    let normal = path.components().filter_map(|part| match part {
        std::path::Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
        _ => None,
    });
    normal.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> Guard {
        Guard::of(vec![vec!["home".into(), "ada".into()]])
    }

    fn judge(path: &str, effect: Effect) -> Result<(), FilesError> {
        let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
        guard().judge(&names, effect)
    }

    #[test]
    fn where_programs_start_and_keys_lie_nothing_is_made() {
        for path in [
            "/home/ada/.config/autostart/x.desktop",
            "/home/ada/.config/autostart",
            "/home/ada/.CONFIG/AutoStart/x.desktop",
            "/home/ada/.config/systemd/user/x.service",
            "/home/ada/.ssh/authorized_keys",
            "/home/ada/.bashrc",
            "/home/ada/.profile",
            "/home/ada/.zshrc",
            "/home/ada/.xsessionrc",
            "/home/ada/.config",
            "/home/ada/.local/bin/ls",
            "/home/ada/bin/ls",
            "/etc/xdg/autostart/x.desktop",
            "/etc/profile.d/x.sh",
            "/etc/cron.d/x",
            "/var/spool/cron/crontabs/ada",
            "/proc/self/mem",
            "/dev/sda",
        ] {
            assert_eq!(judge(path, Effect::Make), Err(FilesError::Protected), "{path}");
            assert_eq!(judge(path, Effect::Move), Err(FilesError::Protected), "{path}");
        }
    }

    #[test]
    fn elsewhere_is_free() {
        for path in ["/home/ada/Downloads/x", "/home/ada/.config/app/settings", "/home/ada/x.ssh", "/tmp/x", "/srv/a"] {
            assert_eq!(judge(path, Effect::Make), Ok(()), "{path}");
            assert_eq!(judge(path, Effect::Move), Ok(()), "{path}");
        }
    }

    #[test]
    fn what_holds_such_a_folder_is_not_moved_away() {
        for path in
            ["/home/ada/.local/share", "/home/ada/.local", "/home/ada", "/home", "/usr/lib", "/var", "/var/spool"]
        {
            assert_eq!(judge(path, Effect::Move), Err(FilesError::Protected), "{path}");
        }
        assert_eq!(judge("/home/ada/.local/share", Effect::Make), Ok(()));
    }
}
