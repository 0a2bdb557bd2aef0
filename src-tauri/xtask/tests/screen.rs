//! What the technician sees of the customer's screen, and how: sizes, full screen, codecs, stillness.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::time::Duration;

use serde_json::json;
use xtask::stage::{call::Call, wait_for};

/// Width and height of the picture on the page, in pixels of the page.
fn picture(call: &Call) -> (f64, f64) {
    let size = call
        .technician
        .page
        .script("const b = document.querySelector('canvas').getBoundingClientRect(); return [b.width, b.height]", &[])
        .unwrap();
    (size[0].as_f64().unwrap(), size[1].as_f64().unwrap())
}

#[test]
fn the_picture_fits_or_is_shown_pixel_by_pixel() {
    let call = Call::live().unwrap();
    let page = &call.technician.page;
    let (width, height) = picture(&call);
    let room = page.script("return [innerWidth, innerHeight]", &[]).unwrap();
    assert!(width <= room[0].as_f64().unwrap() && height <= room[1].as_f64().unwrap());
    assert!((width / height - 1280.0 / 800.0).abs() < 0.01, "{width} x {height}");
    page.click("button", "1:1").unwrap();
    wait_for("a pixel for a pixel", Duration::from_secs(5), || {
        let ratio = page.script("return devicePixelRatio", &[json!(null)])?.as_f64().unwrap_or(1.0);
        let (width, height) = picture(&call);
        Ok(((width * ratio - 1280.0).abs() < 0.5 && (height * ratio - 800.0).abs() < 0.5).then_some(()))
    })
    .unwrap();
    page.click("button", "Fit").unwrap();
    wait_for("the picture to fit", Duration::from_secs(5), || {
        Ok(((picture(&call).0 - width).abs() < 0.5).then_some(()))
    })
    .unwrap();
}

#[test]
fn full_screen_takes_the_whole_display_and_gives_it_back() {
    let call = Call::live().unwrap();
    let window = call.console_window().unwrap();
    let covers = || {
        let (x, y, width, height) = call.console.place(&window)?;
        Ok(((x, y, width, height) == (0, 0, 1440, 940)).then_some(()))
    };
    call.technician.page.click("button", "Full screen").unwrap();
    wait_for("the whole display", Duration::from_secs(10), covers).unwrap();
    call.technician.page.click("button", "Leave full screen").unwrap();
    wait_for("a window again", Duration::from_secs(10), || Ok(covers()?.is_none().then_some(()))).unwrap();
    call.technician.page.find("button", "End session").unwrap();
}

#[test]
fn a_still_screen_sends_no_video() {
    let call = Call::live().unwrap();
    call.technician.picture_stands_still().unwrap();
    let before = call.technician.video_bytes().unwrap();
    // Nothing is awaited here: that nothing comes is what is shown.
    std::thread::sleep(Duration::from_secs(5));
    assert_eq!(call.technician.video_bytes().unwrap(), before);
}

#[test]
fn a_console_without_av1_is_sent_h264() {
    let call = Call::waiting().unwrap();
    call.technician
        .page
        .script(
            "const able = VideoDecoder.isConfigSupported.bind(VideoDecoder);\
             VideoDecoder.isConfigSupported = async (config) =>\
               config.codec.startsWith('av01') ? { supported: false, config } : able(config);",
            &[],
        )
        .unwrap();
    call.technician.connects().unwrap();
    call.customer.allows().unwrap();
    call.technician.sees_picture().unwrap();
    assert_eq!(call.technician.live().unwrap().0, "h264");
}
