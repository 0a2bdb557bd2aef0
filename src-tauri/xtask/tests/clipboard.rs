//! Copy here, paste there, through the real programs and two real displays.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::{
    fs,
    io::Write as _,
    process::Stdio,
    time::{Duration, Instant},
};

use bytes::Bytes;
use deskhand_protocol::call::clipboard::ClipboardKind::{Html, Image, Text};
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
}
