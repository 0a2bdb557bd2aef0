//! What a Mac's own windows need: the main thread, a sentence in a box, the language of the user.

use dispatch2::DispatchQueue;
use objc2::MainThreadMarker;
use objc2_app_kit::{
    NSAlert, NSApplication, NSApplicationActivationPolicy, NSEvent, NSEventModifierFlags, NSEventType,
};
use objc2_foundation::{NSLocale, NSPoint, NSString};

/// Does something on the main thread, where all windows live, as soon as it has time.
pub(crate) fn on_main(does: impl FnOnce(MainThreadMarker) + Send + 'static) {
    DispatchQueue::main().exec_async(move || {
        if let Some(main) = MainThreadMarker::new() {
            does(main);
        }
    });
}

/// Says a sentence in a box of its own, and waits until it is closed. On the main thread only.
pub(crate) fn tell(sentence: &str) {
    let Some(main) = MainThreadMarker::new() else { return };
    NSApplication::sharedApplication(main).setActivationPolicy(NSApplicationActivationPolicy::Accessory);
    let alert = NSAlert::new(main);
    alert.setMessageText(&NSString::from_str("Deskhand Helper"));
    alert.setInformativeText(&NSString::from_str(sentence));
    alert.runModal();
}

/// The language that this user has put first, like `de-AT`.
pub(crate) fn locale() -> String {
    NSLocale::preferredLanguages().firstObject().map(|first| first.to_string()).unwrap_or_default()
}

/// Serves windows until something has ended, where the windowing library does not. On the main thread only.
///
/// # Errors
///
/// On another thread.
pub(crate) fn serve_until(
    runtime: &tokio::runtime::Runtime,
    ended: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let main = MainThreadMarker::new().ok_or_else(|| anyhow::anyhow!("windows belong to the main thread"))?;
    let app = NSApplication::sharedApplication(main);
    // No icon in the dock: the bar is all there is.
    app.setActivationPolicy(NSApplicationActivationPolicy::Accessory);
    runtime.spawn(async move {
        ended.await;
        on_main(stop);
    });
    app.run();
    Ok(())
}

fn stop(main: MainThreadMarker) {
    let app = NSApplication::sharedApplication(main);
    app.stop(None);
    // It looks whether to stop behind an event only.
    let event = NSEvent::otherEventWithType_location_modifierFlags_timestamp_windowNumber_context_subtype_data1_data2(
        NSEventType::ApplicationDefined,
        NSPoint::new(0.0, 0.0),
        NSEventModifierFlags::empty(),
        0.0,
        0,
        None,
        0,
        0,
        0,
    );
    if let Some(event) = event {
        app.postEvent_atStart(&event, true);
    }
}
