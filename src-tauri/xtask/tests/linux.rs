//! What is shipped for Linux, packed from the programs that are tested here: what lies in it, and that a double-click
//! starts it.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use xtask::{
    linux::{self, Made, deb, tarball},
    stage::{display::Display, technician::Technician, wait_for},
};

fn run(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().unwrap();
    assert!(output.status.success(), "{program} {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Mode and path of each entry, as `tar -tv` and `dpkg-deb -c` list them.
fn entries(listing: &str) -> BTreeMap<String, String> {
    let of = |line: &str| {
        let mut words = line.split_whitespace();
        let (mode, owner) = (words.next()?, words.next()?);
        let path = line.split_once(':')?.1.split_once(' ')?.1;
        Some((path.to_owned(), format!("{mode} {owner}")))
    };
    listing.lines().filter_map(of).collect()
}

/// Both are read by desktops only, and by their own checker.
#[test]
fn desktops_understand_what_they_are_to_start() {
    let folder = xtask::root().join("icons/launcher");
    for entry in ["Deskhand Support.desktop", "org.deskhand.console.desktop"] {
        assert_eq!(run("desktop-file-validate", &[folder.join(entry).to_str().unwrap()]), "", "{entry}");
    }
}

#[test]
fn what_is_shipped_holds_what_it_should_and_no_more() {
    let out = tempfile::tempdir().unwrap();
    let made = linux::pack(&xtask::binaries(), out.path()).unwrap();
    the_tarball_holds_the_program_and_what_starts_it(&made);
    the_debian_package_installs_the_console_its_helper_and_the_scheme_of_its_links(&made);
    assert!(made.relay.is_file());
}

fn the_tarball_holds_the_program_and_what_starts_it(made: &Made) {
    let listed = entries(&run("tar", &["--numeric-owner", "-tvzf", made.tarball.to_str().unwrap()]));
    let inside = |name: &str| format!("{}/{name}", tarball::INSIDE);
    let files = ["deskhand-helper", "Deskhand Support.desktop", "start-deskhand-support.sh"];
    let wanted: BTreeMap<String, String> =
        files.iter().map(|name| (inside(name), "-rwxr-xr-x 0/0".to_owned())).collect();
    assert_eq!(listed, wanted);
    // The program is the one that a relay takes for a template.
    let folder = tempfile::tempdir().unwrap();
    run("tar", &["-xzf", made.tarball.to_str().unwrap(), "-C", folder.path().to_str().unwrap()]);
    let program = fs::read(folder.path().join(inside(tarball::PROGRAM))).unwrap();
    assert!(program == fs::read(&made.helper).unwrap(), "the generic program, as it is");
    let stamp = format!("deskhand-helper/template/1/{}/end", env!("CARGO_PKG_VERSION"));
    assert!(program.windows(stamp.len()).any(|part| part == stamp.as_bytes()), "a relay knows it as ours");
    let line = linux::line(&made.tarball).unwrap();
    assert!(line.contains(" MB  ") && line.split_whitespace().any(|word| word.len() == 64), "{line}");
}

fn the_debian_package_installs_the_console_its_helper_and_the_scheme_of_its_links(made: &Made) {
    let file = made.deb.to_str().unwrap();
    let listed = entries(&run("dpkg-deb", &["-c", file]));
    let mode = |path: &str| listed.get(path).map(String::as_str);
    for program in ["./usr/lib/deskhand/deskhand", "./usr/lib/deskhand/deskhand-helper"] {
        assert_eq!(mode(program), Some("-rwxr-xr-x root/root"), "{program}");
    }
    assert_eq!(mode("./usr/bin/deskhand -> ../lib/deskhand/deskhand"), Some("lrwxrwxrwx root/root"));
    for path in [
        "./usr/share/applications/org.deskhand.console.desktop",
        "./usr/share/icons/hicolor/scalable/apps/org.deskhand.console.svg",
        "./usr/share/icons/hicolor/128x128/apps/org.deskhand.console.png",
        "./usr/share/doc/deskhand/copyright",
    ] {
        assert_eq!(mode(path), Some("-rw-r--r-- root/root"), "{path}");
    }
    let folders = listed.iter().filter(|(path, _)| path.ends_with('/'));
    assert!(folders.clone().all(|(_, mode)| mode == "drwxr-xr-x root/root"), "{:?}", folders.collect::<Vec<_>>());
    let control = run("dpkg-deb", &["-f", file]);
    for line in ["Package: deskhand", &format!("Version: {}", env!("CARGO_PKG_VERSION"))] {
        assert!(control.lines().any(|said| said == line), "{control}");
    }
    let depends = control.lines().find(|line| line.starts_with("Depends: ")).unwrap();
    for library in ["libc6", "libwebkit2gtk-4.1-0", "libgtk-3-0"] {
        assert!(depends.contains(library), "{depends}");
    }
    // Nothing of it runs as root when it is installed.
    let inner = tempfile::tempdir().unwrap();
    run("dpkg-deb", &["-R", file, inner.path().to_str().unwrap()]);
    let scripts: Vec<_> = fs::read_dir(inner.path().join("DEBIAN")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(scripts, ["control"]);
    let entry = fs::read_to_string(inner.path().join(format!("usr/share/applications/{}.desktop", deb::ID))).unwrap();
    assert!(entry.contains("\nExec=deskhand %u\n") && entry.contains("\nMimeType=x-scheme-handler/deskhand;\n"));
    the_installed_console_opens_and_its_packages_hold_the_installed_helper(inner.path());
}

fn the_installed_console_opens_and_its_packages_hold_the_installed_helper(root: &Path) {
    let (desk, data) = (Display::start(1280, 900).unwrap(), tempfile::tempdir().unwrap());
    let ada = Technician::start_program(&desk, &root.join("usr/bin/deskhand"), data.path(), &[]).unwrap();
    ada.introduces_himself("Ada", "Lind & Co").unwrap();
    ada.makes_session("Weber", "till 3").unwrap();
    let package = ada.saves_package().unwrap();
    let folder = unpacked(&package, data.path());
    let (saved, installed) = (folder.join(tarball::PROGRAM), root.join("usr/lib/deskhand/deskhand-helper"));
    assert!(fs::read(saved).unwrap() == fs::read(installed).unwrap(), "the generic program, as it is");
}

/// The tarball unpacked where a person has it.
fn unpacked(tarball: &Path, base: &Path) -> PathBuf {
    let folder = base.join("Meine Übungen $HOME \"alt\" (1)");
    fs::create_dir_all(&folder).unwrap();
    run("tar", &["-xzf", tarball.to_str().unwrap(), "-C", folder.to_str().unwrap()]);
    folder.join(tarball::INSIDE)
}

#[test]
fn a_double_click_starts_it_wherever_it_lies() {
    let base = tempfile::tempdir().unwrap();
    let (tarball, _) = linux::pack_helper(&xtask::binaries(), base.path()).unwrap();
    let inside = unpacked(&tarball, base.path());
    let (launcher, home) = (inside.join("Deskhand Support.desktop"), base.path().join("home"));
    fs::create_dir_all(&home).unwrap();
    let desk = Display::start(1280, 800).unwrap();
    // As a desktop does it: by the file's own `Exec`, from somewhere else.
    let starts = |program: &str, args: &[&str]| {
        let mut started = desk
            .command(program)
            .args(args)
            .current_dir("/")
            .env("HOME", &home)
            .env("LANGUAGE", "en")
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let window = desk.window("Deskhand Helper", Duration::from_secs(30)).unwrap();
        let asked = desk.command("xdotool").args(["getwindowpid", &window]).stdout(Stdio::piped()).output().unwrap();
        let owner = String::from_utf8(asked.stdout).unwrap().trim().to_owned();
        run("kill", &[&owner]);
        wait_for("the window to go", Duration::from_secs(15), || {
            Ok(desk.window_now("Deskhand Helper").is_none().then_some(()))
        })
        .unwrap();
        drop(started.wait());
    };
    let opened = "import sys; from gi.repository import Gio; \
                  assert Gio.DesktopAppInfo.new_from_filename(sys.argv[1]).launch()";
    starts("/usr/bin/python3", &["-c", opened, launcher.to_str().unwrap()]);
    // By the script, for a program that was renamed when it was copied and has lost its rights on the way.
    let renamed = inside.join("deskhand-helper (1)");
    fs::rename(inside.join("deskhand-helper"), &renamed).unwrap();
    fs::set_permissions(&renamed, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    starts("sh", &[inside.join("start-deskhand-support.sh").to_str().unwrap()]);
}

#[test]
fn what_is_missing_is_said_and_a_folder_that_starts_nothing_is_no_hindrance() {
    let base = tempfile::tempdir().unwrap();
    let (inside, bin) = (base.path().join("a stick"), base.path().join("bin"));
    for folder in [&inside, &bin] {
        fs::create_dir(folder).unwrap();
    }
    let put = |path: &Path, text: &str, mode: u32| {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    };
    let script = tarball::LAUNCHER[1];
    put(&inside.join(script.0), script.1, 0o644);
    // As the system's loader ends a program without one of its libraries.
    put(&inside.join("deskhand-helper"), "#!/bin/sh\nexit 127\n", 0o755);
    let said = base.path().join("said");
    put(&bin.join("zenity"), &format!("#!/bin/sh\necho \"$@\" > '{}'\n", said.display()), 0o755);
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let start = || Command::new("sh").arg(inside.join(script.0)).env("PATH", &path).output().unwrap();
    assert_eq!(start().status.code(), Some(127));
    assert!(fs::read_to_string(&said).unwrap().contains("libgtk-3"));
    // It cannot be started where it lies, and nobody may change that.
    fs::remove_file(&said).unwrap();
    let program = "#!/bin/sh\necho \"$0\"\nshift\ncat \"$1\"\n";
    put(&inside.join("deskhand-helper"), program, 0o644);
    put(&inside.join("support.deskhand"), "{signed}", 0o644);
    put(&bin.join("chmod"), "#!/bin/sh\ncase \"$1\" in u+x) exit 1 ;; esac\nexec /bin/chmod \"$@\"\n", 0o755);
    let started = start();
    let heard = String::from_utf8(started.stdout).unwrap();
    let (copy, file) = heard.split_once('\n').unwrap();
    assert!(started.status.success() && file == "{signed}", "{heard}");
    assert!(!Path::new(copy).starts_with(&inside) && !Path::new(copy).exists(), "{copy}: a copy, and it is gone");
}
