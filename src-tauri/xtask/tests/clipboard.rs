//! Copy here, paste there, through the real programs and two real displays.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use bytes::Bytes;
use deskhand_clipboard::files::{list_of, paths_of};
use deskhand_protocol::call::clipboard::ClipboardKind::{Files, Html, Image, Text};
use xtask::stage::{call::Call, copied::Program, customer::Customer, display::Display, wait_for};

/// A picture of noise, which cannot be made smaller: the same each time for the same number.
fn noise(number: u32, edge: u32) -> Bytes {
    let mut state = number.wrapping_mul(2_654_435_761) | 1;
    let mut ppm = format!("P6 {edge} {edge} 255\n").into_bytes();
    ppm.extend((0..edge * edge * 3).map(|_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    }));
    convert("ppm:-", "png:-", &ppm)
}

fn convert(from: &str, to: &str, data: &[u8]) -> Bytes {
    let mut command = std::process::Command::new("convert");
    let mut child = command.args([from, to]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let data = data.to_vec();
    let writing = std::thread::spawn(move || stdin.write_all(&data).unwrap());
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    assert!(output.status.success());
    output.stdout.into()
}

/// The pixels of an image: what matters of it.
fn pixels(png: &[u8]) -> Bytes {
    convert("png:-", "rgb:-", png)
}

fn text(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

/// The console's window has the keyboard, without which nothing leaves the technician's clipboard.
fn focused(call: &Call) {
    call.console_window().unwrap();
}

#[test]
fn clipboard_after_a_thousand_changes() {
    let call = Call::live().unwrap();
    focused(&call);
    let mut there = Program::on(&call.desk).unwrap();
    let mut here = Program::on(&call.console).unwrap();
    let images: Vec<Bytes> = (0..3).map(|number| noise(number, 600 + number * 200)).collect();
    let drawn: Vec<Bytes> = images.iter().map(|image| pixels(image)).collect();
    let begun = Instant::now();
    for change in 0..1_000_usize {
        let (from, to) = if change % 2 == 0 { (&mut here, &mut there) } else { (&mut there, &mut here) };
        match change % 100 {
            // Each of a few megabytes: it is sent only now, when it is pasted.
            40 | 41 => {
                let number = change / 40 % 3;
                from.copies([(Image, images[number].clone())]);
                let got = wait_for("the image", Duration::from_secs(20), || {
                    from.serve();
                    to.pastes(Image, from)
                });
                assert!(pixels(&got.unwrap()) == drawn[number], "change {change}");
            }
            // The program that has copied is killed while another pastes the big image it held.
            70 | 71 => {
                from.copies([(Image, images[2].clone())]);
                let soon = Duration::from_secs(20);
                let yes = |yes: bool| Ok(yes.then_some(()));
                wait_for("the offer", soon, || {
                    from.serve();
                    yes(to.sees([Image]))
                })
                .unwrap();
                let read = to.begins_to_paste(Image);
                wait_for("the question", soon, || yes(from.is_asked())).unwrap();
                let display = if change % 2 == 0 { &call.console } else { &call.desk };
                *from = Program::on(display).unwrap();
                assert_eq!(wait_for("no image", soon, || Ok(to.pasted(read))).unwrap(), None);
                // What is copied before this is known over there is copied at the same time, and may lose.
                wait_for("an empty clipboard", soon, || yes(to.sees([]))).unwrap();
            }
            _ => {
                let content = text(&format!("change {change}: Grüße, 漢字, 😀"));
                let html = text(&format!("<b>change {change}</b>"));
                from.copies([(Text, content.clone()), (Html, html.clone())]);
                to.gets(Text, &content, from).unwrap();
                assert_eq!(to.pastes(Html, from).unwrap(), Some(html), "change {change}");
            }
        }
    }
    println!("a thousand changes: {:?}", begun.elapsed());

    // With the tools that people use, too, and an owner that is killed.
    let file = call.folder.path().join("image.png");
    fs::write(&file, &images[1]).unwrap();
    let args = ["-selection", "clipboard", "-quiet", "-t", "image/png", "-i", file.to_str().unwrap()];
    let mut owner = call.desk.start_program("xclip", &args).unwrap();
    let mut paste = call.console.command("xclip");
    paste.args(["-selection", "clipboard", "-t", "image/png", "-o"]).stdout(Stdio::piped());
    let pasted = wait_for("xclip's image", Duration::from_secs(20), || {
        let output = paste.output()?;
        Ok((output.status.success() && !output.stdout.is_empty()).then_some(output.stdout))
    });
    assert!(pixels(&pasted.unwrap()) == drawn[1]);
    owner.kill();
    here.copies([(Text, text("after everything"))]);
    there.gets(Text, b"after everything", &mut here).unwrap();

    // At the end nothing of the other side stays in either clipboard.
    there.copies([(Text, text("the customer's own"))]);
    here.gets(Text, b"the customer's own", &mut there).unwrap();
    call.technician.ends().unwrap();
    call.bar_goes().unwrap();
    wait_for("an empty clipboard", Duration::from_secs(10), || {
        Ok(here.pastes(Text, &mut there)?.is_none().then_some(()))
    })
    .unwrap();
    assert_eq!(there.pastes(Text, &mut here).unwrap(), None, "a program does not read its own");
}

#[test]
fn paste_pause_and_what_is_too_big() {
    let call = Call::live().unwrap();
    let notes = call.folder.path().join("notes.txt");
    // A terminal that pastes by the usual key.
    let translation = "XTerm*VT100.translations: #override Ctrl<Key>v: insert-selection(CLIPBOARD)";
    let keep = format!("cat > '{}'", notes.display());
    let look =
        ["-u8", "-geometry", "84x14+360+420", "-T", "Customer notes", "-xrm", translation, "-e", "sh", "-c", &keep];
    let _terminal = call.desk.start_program("xterm", &look).unwrap();
    let mut there = Program::on(&call.desk).unwrap();
    let mut here = Program::on(&call.console).unwrap();
    call.clicks_into("Customer notes").unwrap();
    here.copies([(Text, text("pasted by the button\n"))]);
    call.technician.page.click("button", "Paste").unwrap();
    wait_for("the pasted line", Duration::from_secs(20), || {
        here.serve();
        Ok((fs::read_to_string(&notes).unwrap_or_default() == "pasted by the button\n").then_some(()))
    })
    .unwrap();

    let to_customer = "Your clipboard goes to the customer";
    call.technician.page.click("button", to_customer).unwrap();
    here.copies([(Text, text("a secret of the technician's"))]);
    here.serve();
    // The other way goes on.
    there.copies([(Text, text("of the customer's"))]);
    here.gets(Text, b"of the customer's", &mut there).unwrap();
    let mut watch = Program::on(&call.desk).unwrap();
    watch.gets(Text, b"of the customer's", &mut there).unwrap();
    here.copies([(Text, text("no longer paused"))]);
    here.serve();
    call.technician.page.click("button", to_customer).unwrap();
    there.gets(Text, b"no longer paused", &mut here).unwrap();

    let long = Bytes::from(vec![b'x'; 9_000_000]);
    there.copies([(Text, long)]);
    wait_for("a refusal", Duration::from_secs(20), || {
        assert_eq!(here.pastes(Text, &mut there)?, None);
        let said = call.technician.page.text()?;
        Ok(said.contains("Too big for the clipboard (text): it has at least 9 MB").then_some(()))
    })
    .unwrap();
    call.console.screenshot(&xtask::root().join("target/shots/clipboard.png")).unwrap();
}

#[test]
fn clipboard_between_two_customers() {
    let call = Call::live().unwrap();
    focused(&call);
    let second = Display::start(1024, 700).unwrap();
    let mut first = Program::on(&call.desk).unwrap();
    let mut other = Program::on(&second).unwrap();
    let mut here = Program::on(&call.console).unwrap();
    first.copies([(Text, text("the first customer's"))]);
    here.gets(Text, b"the first customer's", &mut first).unwrap();

    let page = &call.technician.page;
    page.click("button", "Sessions").unwrap();
    let code = call.technician.makes_session("Ms Klein", "").unwrap();
    call.technician.closes_dialog().unwrap();
    let klein = Customer::start(&second, &call.folder.path().join("klein")).unwrap();
    klein.types_call(&code).unwrap();
    call.technician.opens("Dashboard").unwrap();
    page.click("button", "Connect to Ms Klein").unwrap();
    klein.allows().unwrap();
    page.find("button", "Paste").unwrap();
    focused(&call);

    // What the technician copies himself goes to the one on the screen, and to nobody else.
    here.copies([(Text, text("for Ms Klein"))]);
    other.gets(Text, b"for Ms Klein", &mut here).unwrap();
    let mut watch = Program::on(&call.desk).unwrap();
    watch.gets(Text, b"the first customer's", &mut first).unwrap();
    other.copies([(Text, text("Ms Klein's"))]);
    here.gets(Text, b"Ms Klein's", &mut other).unwrap();

    // Back at the first, with what came from the second still in the technician's clipboard.
    page.click("button", "Sessions").unwrap();
    call.technician.opens("Dashboard").unwrap();
    page.click("button", "Open the session of Mr Weber").unwrap();
    page.find("button", "Paste").unwrap();
    assert_eq!(here.pastes(Text, &mut other).unwrap(), Some(text("Ms Klein's")), "the technician may still have it");
    page.click("button", "Paste").unwrap();
    page.see("came from another customer").unwrap();
    // A clipboard manager that has kept it does not make it the technician's own.
    here.copies([(Text, text("Ms Klein's"))]);
    here.serve();
    here.copies([(Text, text("the technician's own"))]);
    let mut seen = Vec::new();
    wait_for("the technician's own text", Duration::from_secs(20), || {
        here.serve();
        let pasted = watch.pastes(Text, &mut first)?;
        seen.extend(pasted.clone());
        Ok((pasted.as_deref() == Some(b"the technician's own")).then_some(()))
    })
    .unwrap();
    assert!(!seen.iter().any(|seen| seen.as_ref() == b"Ms Klein's"), "it never was there, not even for a moment");

    // Nor do files that came from her, whoever has copied them from their folder.
    let hers = two_files(&call.folder.path().join("console/copied/from Ms Klein"));
    copies_files(&mut here, &hers);
    here.serve();
    page.click("button", "Paste").unwrap();
    wait_for("the refusal", Duration::from_secs(20), || {
        here.serve();
        Ok(page.text()?.contains("came from another customer").then_some(()))
    })
    .unwrap();
}

/// What a file manager does with its paste key, by the form that most of them take.
const FILE_MANAGER: &str = r#"
    cd "$1" && stty raw -echo && touch ../ready
    while key=$(dd bs=1 count=1 2>/dev/null | od -An -tx1) && [ "$key" = " 16" ]; do
        xclip -selection clipboard -t x-special/gnome-copied-files -o | {
            read -r what
            while read -r uri || [ -n "$uri" ]; do
                path=$(printf '%b' "$(printf %s "${uri#file://}" | sed 's/%/\\x/g')")
                [ "$what" = copy ] && cp "$path" . || touch "not copied"
            done
        }
        touch ../pasted
    done
"#;

/// Two files with names that are not plain.
fn two_files(folder: &Path) -> [PathBuf; 2] {
    fs::create_dir_all(folder).unwrap();
    let files = ["Größe & Maß.txt", "Übersicht 100%.bin"].map(|name| folder.join(name));
    fs::write(&files[0], "Grüße").unwrap();
    fs::write(&files[1], noise(9, 300)).unwrap();
    for file in &files {
        fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
    }
    files
}

/// What a file manager copies: the files, and their paths as text.
fn copies_files(program: &mut Program, files: &[PathBuf]) {
    let paths: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    program.copies([(Files, list_of(files.iter().map(PathBuf::as_path))), (Text, text(&paths.join("\n")))]);
}

fn are_the_same(files: &[PathBuf], others: &[PathBuf]) {
    assert_eq!(files.len(), others.len());
    for (file, other) in files.iter().zip(others) {
        assert_eq!(file.file_name(), other.file_name());
        assert!(fs::read(file).unwrap() == fs::read(other).unwrap(), "{}", other.display());
        assert_eq!(fs::metadata(other).unwrap().permissions().mode() & 0o111, 0, "it cannot be run");
    }
}

#[test]
fn copied_files_are_pasted_at_the_other_end() {
    let call = Call::live_for("Full service").unwrap();
    let folder = call.folder.path();
    let pasted = folder.join("desktop/pasted here");
    fs::create_dir_all(&pasted).unwrap();
    let keys = "XTerm*VT100.translations: #override Ctrl<Key>v: string(0x16)";
    let look = ["-geometry", "84x14+360+420", "-T", "Customer folder", "-xrm", keys, "-e", "bash", "-c", FILE_MANAGER];
    let place = pasted.display().to_string();
    let _manager = call.desk.start_program("xterm", &[&look[..], &["-", &place]].concat()).unwrap();
    let mut here = Program::on(&call.console).unwrap();
    let mut there = Program::on(&call.desk).unwrap();
    let soon = Duration::from_secs(30);
    let is_there = |path: PathBuf| move || Ok(path.exists().then_some(()));
    wait_for("the customer's folder", soon, is_there(folder.join("desktop/ready"))).unwrap();
    call.clicks_into("Customer folder").unwrap();

    // The technician's: copied they stay where they are, pasted they go.
    let mine = two_files(&folder.join("technician"));
    let keeps = |name: &str| fs::read_dir(folder.join(name)).map(Iterator::count).unwrap_or(0);
    there.copies([(Text, text("the customer's own"))]);
    here.gets(Text, b"the customer's own", &mut there).unwrap();
    copies_files(&mut here, &mine);
    here.serve();
    call.technician.page.click("button", "Paste").unwrap();
    wait_for("the pasted files", soon, || {
        here.serve();
        there.serve();
        Ok(folder.join("desktop/pasted").exists().then_some(()))
    })
    .unwrap();
    are_the_same(&mine, &["Größe & Maß.txt", "Übersicht 100%.bin"].map(|name| pasted.join(name)));
    call.technician.page.see("2 files are in the customer’s clipboard").unwrap();
    let list = there.pastes(Files, &mut here).unwrap().unwrap();
    let sent = paths_of(&list);
    are_the_same(&mine, &sent);
    assert_eq!(there.pastes(Text, &mut here).unwrap(), None, "no path of the technician's");

    // The customer's: their number is told, and they come with a click.
    let his = two_files(&folder.join("customer"));
    fs::write(&his[0], "of the customer's").unwrap();
    copies_files(&mut there, &his);
    wait_for("the offer", soon, || {
        there.serve();
        call.technician.page.find_now("button", "Get 2 copied files")
    })
    .unwrap();
    assert_eq!(keeps("console/copied"), 0, "nothing has moved");
    call.technician.page.click("button", "Get 2 copied files").unwrap();
    call.technician.page.see("2 files are ready to paste here").unwrap();
    call.console.screenshot(&xtask::root().join("target/shots/copied-files.png")).unwrap();
    let got = paths_of(&here.pastes(Files, &mut there).unwrap().unwrap());
    are_the_same(&his, &got);
    assert_eq!(here.pastes(Text, &mut there).unwrap(), None, "no path of the customer's");
    let mut xclip = call.console.command("xclip");
    xclip.args(["-selection", "clipboard", "-t", "x-special/gnome-copied-files", "-o"]).stdout(Stdio::piped());
    assert!(xclip.output().unwrap().stdout.starts_with(b"copy\nfile:///"));

    // At the end neither stays.
    call.technician.ends().unwrap();
    call.bar_goes().unwrap();
    for (what, files) in [("the customer's", got), ("the technician's", sent)] {
        wait_for(what, soon, || Ok(files.iter().all(|file| !file.exists()).then_some(()))).unwrap();
    }
    wait_for("an empty clipboard", soon, || Ok(here.pastes(Files, &mut there)?.is_none().then_some(()))).unwrap();
    assert!(his.iter().chain(&mine).all(|file| file.exists()), "they were copied, not moved");
}

#[test]
fn copied_files_need_both_grants() {
    let call = Call::live().unwrap();
    focused(&call);
    let mut here = Program::on(&call.console).unwrap();
    let mut there = Program::on(&call.desk).unwrap();
    copies_files(&mut here, &two_files(&call.folder.path().join("technician")));
    here.serve();
    call.technician.page.click("button", "Paste").unwrap();
    let refused = |what: &str, here: &mut Program, there: &mut Program| {
        wait_for("a refusal", Duration::from_secs(20), || {
            here.serve();
            there.serve();
            Ok(call.technician.page.text()?.contains(what).then_some(()))
        })
        .unwrap();
    };
    refused("The customer has not allowed: Files to the customer", &mut here, &mut there);
    copies_files(&mut there, &two_files(&call.folder.path().join("customer")));
    wait_for("the offer", Duration::from_secs(20), || {
        there.serve();
        call.technician.page.find_now("button", "Get 2 copied files")
    })
    .unwrap();
    call.technician.page.click("button", "Get 2 copied files").unwrap();
    refused("The customer has not allowed: Files from the customer", &mut here, &mut there);
    assert!(!call.folder.path().join("helper/.local/share/deskhand-helper/pasted").exists());
    assert_eq!(here.pastes(Files, &mut there).unwrap(), None);
}
