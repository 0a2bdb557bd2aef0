//! One display's pictures, as ScreenCaptureKit hands them out: a new one only when something was drawn, with where.

#![allow(unsafe_code, reason = "the system's interface is C")]

use std::{
    ptr::NonNull,
    sync::{Arc, mpsc},
    time::Duration,
};

use block2::RcBlock;
use dispatch2::DispatchQueue;
use objc2::{
    AnyThread, DefinedClass, define_class, msg_send,
    rc::Retained,
    runtime::{AnyObject, NSObject, NSObjectProtocol, ProtocolObject},
};
use objc2_core_foundation::{CFDictionary, CFRetained, CGRect};
use objc2_core_graphics::{CGDirectDisplayID, CGRectMakeWithDictionaryRepresentation, kCGColorSpaceSRGB};
use objc2_core_media::{CMSampleBuffer, CMTime};
use objc2_core_video::{
    CVPixelBuffer, CVPixelBufferGetBaseAddress, CVPixelBufferGetBytesPerRow, CVPixelBufferGetHeight,
    CVPixelBufferGetPixelFormatType, CVPixelBufferGetWidth, CVPixelBufferLockBaseAddress, CVPixelBufferLockFlags,
    CVPixelBufferUnlockBaseAddress, kCVPixelFormatType_32BGRA, kCVReturnSuccess,
};
use objc2_foundation::{NSArray, NSDictionary, NSError, NSNumber, NSString, NSValue};
use objc2_screen_capture_kit::{
    SCContentFilter, SCDisplay, SCFrameStatus, SCShareableContent, SCStream, SCStreamConfiguration, SCStreamDelegate,
    SCStreamErrorCode, SCStreamFrameInfoDirtyRects, SCStreamFrameInfoStatus, SCStreamOutput, SCStreamOutputType,
};

use super::{End, Shared};
use crate::{CaptureError, Rect, Region};

/// How long the system may take to name its displays, or to begin.
const ANSWER: Duration = Duration::from_secs(5);
/// Pictures in a second at most.
const PACE: i32 = 60;
/// Pictures that the system keeps; one of them is the newest here, one may be read.
const DEPTH: isize = 5;

/// A picture that the system does not draw over while this is kept.
#[derive(Clone)]
pub(super) struct Picture(CFRetained<CVPixelBuffer>);

// SAFETY: the system's reference counts are atomic, and the pixels are only read, under a lock of the system.
unsafe impl Send for Picture {}

impl Picture {
    /// Its size, if its pixels are of the expected form.
    fn size(&self) -> Option<(u16, u16)> {
        let of = |length: usize| u16::try_from(length).ok();
        (CVPixelBufferGetPixelFormatType(&self.0) == kCVPixelFormatType_32BGRA)
            .then(|| Some((of(CVPixelBufferGetWidth(&self.0))?, of(CVPixelBufferGetHeight(&self.0))?)))?
    }

    /// Lets its pixels be read: rows from the top, and bytes from one to the next.
    ///
    /// # Errors
    ///
    /// When the system does not give them.
    pub(super) fn read(&self, read: impl FnOnce(&[u8], usize)) -> Result<(), CaptureError> {
        let how = CVPixelBufferLockFlags::ReadOnly;
        // SAFETY: it is unlocked below.
        if unsafe { CVPixelBufferLockBaseAddress(&self.0, how) } != kCVReturnSuccess {
            return Err(CaptureError::Display("a picture cannot be read".to_owned()));
        }
        let (stride, height) = (CVPixelBufferGetBytesPerRow(&self.0), CVPixelBufferGetHeight(&self.0));
        let from = CVPixelBufferGetBaseAddress(&self.0).cast_const().cast::<u8>();
        if !from.is_null() {
            // SAFETY: while it is locked, so many rows of so many bytes lie there, and nobody writes to them.
            read(unsafe { std::slice::from_raw_parts(from, stride * height) }, stride);
        }
        // SAFETY: locked above.
        unsafe { CVPixelBufferUnlockBaseAddress(&self.0, how) };
        Ok(())
    }
}

/// Of which stream it is.
pub(super) struct Ivars {
    shared: Arc<Shared>,
    /// Which one of the streams that were started together, and in which turn.
    part: usize,
    turn: u64,
    size: (u16, u16),
}

define_class!(
    /// Hears of one stream's pictures, on a queue of the system.
    // SAFETY: its superclass asks nothing of it, and it has no `Drop` of its own.
    #[unsafe(super(NSObject))]
    #[name = "DeskhandScreenListener"]
    #[ivars = Ivars]
    pub(super) struct Listener;

    // SAFETY: it has the methods that it inherits.
    unsafe impl NSObjectProtocol for Listener {}

    // SAFETY: the method has the form that the system calls it in.
    unsafe impl SCStreamOutput for Listener {
        #[unsafe(method(stream:didOutputSampleBuffer:ofType:))]
        fn heard(&self, _: &SCStream, sample: &CMSampleBuffer, kind: SCStreamOutputType) {
            if kind == SCStreamOutputType::Screen {
                self.take(sample);
            }
        }
    }

    // SAFETY: likewise.
    unsafe impl SCStreamDelegate for Listener {
        #[unsafe(method(stream:didStopWithError:))]
        fn stopped(&self, _: &SCStream, error: &NSError) {
            let Ivars { shared, turn, .. } = self.ivars();
            shared.end(*turn, why(error));
        }
    }
);

impl Listener {
    fn new(ivars: Ivars) -> Retained<Self> {
        let this = Self::alloc().set_ivars(ivars);
        // SAFETY: the superclass begins like this.
        unsafe { msg_send![super(this), init] }
    }

    fn take(&self, sample: &CMSampleBuffer) {
        let Ivars { shared, part, turn, size } = self.ivars();
        let Some(changed) = changed(sample, *size) else { return };
        // SAFETY: the system handed it out as whole.
        let Some(picture) = (unsafe { sample.image_buffer() }).map(Picture) else { return };
        if picture.size() != Some(*size) {
            // The display has just changed: that is noticed, and everything begins anew.
            tracing::debug!("a picture has another form than expected");
            return;
        }
        shared.show(*turn, *part, picture, &changed);
    }
}

/// What a sample says to have changed; `None` for one without a new picture.
fn changed(sample: &CMSampleBuffer, size: (u16, u16)) -> Option<Region> {
    // SAFETY: only what is there is looked at.
    let told = unsafe { sample.sample_attachments_array(false) }?;
    // SAFETY: to the system both kinds of array and dictionary are one, and each key in these is a string.
    let told: &NSArray<NSDictionary<NSString, AnyObject>> = unsafe { &*(&raw const *told).cast() };
    let told = told.firstObject()?;
    // SAFETY: they are constants.
    let (status, dirty) = unsafe { (SCStreamFrameInfoStatus, SCStreamFrameInfoDirtyRects) };
    let status = told.objectForKey(status)?.downcast::<NSNumber>().ok()?.as_isize();
    if status != SCFrameStatus::Complete.0 {
        return None;
    }
    let rectangles = told.objectForKey(dirty).and_then(|dirty| dirty.downcast::<NSArray>().ok());
    let rectangles =
        rectangles.map(|rectangles| rectangles.iter().map(|one| rectangle(&one)).collect::<Option<Vec<_>>>());
    // What cannot be understood has changed as a whole.
    let Some(rectangles) = rectangles.flatten() else { return Some(Region::whole(size.0, size.1)) };
    let mut changed = Region::new();
    rectangles.into_iter().filter_map(|one| around(one, size)).for_each(|one| changed.add(one));
    Some(changed)
}

/// A rectangle as the header says that it is kept, or as it is kept in arrays of the older kind.
fn rectangle(of: &AnyObject) -> Option<CGRect> {
    if let Some(value) = of.downcast_ref::<NSValue>() {
        // SAFETY: in this array there are rectangles.
        return Some(unsafe { value.rectValue() });
    }
    let kept = of.downcast_ref::<NSDictionary>()?;
    let mut told = CGRect::default();
    // SAFETY: to the system both kinds of dictionary are one; the address is good for this call.
    let is = unsafe {
        let kept: &CFDictionary = &*(&raw const *kept).cast();
        CGRectMakeWithDictionaryRepresentation(Some(kept), &raw mut told)
    };
    is.then_some(told)
}

/// All pixels that it touches.
fn around(of: CGRect, size: (u16, u16)) -> Option<Rect> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "brought within bounds first")]
    let edge = |at: f64, most: u16| at.clamp(0.0, most.into()) as u16;
    let (x, y) = (edge(of.origin.x.floor(), size.0), edge(of.origin.y.floor(), size.1));
    let right = edge((of.origin.x + of.size.width).ceil(), size.0);
    let bottom = edge((of.origin.y + of.size.height).ceil(), size.1);
    let part = Rect { x, y, width: right.checked_sub(x)?, height: bottom.checked_sub(y)? };
    (!part.is_empty()).then_some(part)
}

fn why(error: &NSError) -> End {
    let code = error.code();
    if code == SCStreamErrorCode::UserStopped.0 { End::ByItsUser } else { End::Broken(code) }
}

/// The displays as they can be captured.
///
/// # Errors
///
/// [`CaptureError`] when the system does not name them.
pub(super) fn displays() -> Result<Vec<Retained<SCDisplay>>, CaptureError> {
    struct Named(Vec<Retained<SCDisplay>>);
    // SAFETY: nobody changes what the system has named.
    unsafe impl Send for Named {}
    let (sender, named) = mpsc::channel::<Result<Named, isize>>();
    let heard = RcBlock::new(move |content: *mut SCShareableContent, error: *mut NSError| {
        // SAFETY: one of the two is there, and good for this call.
        let answer = unsafe {
            match (content.as_ref(), error.as_ref()) {
                (Some(content), _) => Ok(Named(content.displays().to_vec())),
                (None, error) => Err(error.map_or(0, NSError::code)),
            }
        };
        drop(sender.send(answer));
    });
    // SAFETY: it calls the block once.
    unsafe { SCShareableContent::getShareableContentWithCompletionHandler(&heard) };
    match named.recv_timeout(ANSWER) {
        Ok(Ok(Named(displays))) => Ok(displays),
        Ok(Err(code)) if code == SCStreamErrorCode::UserDeclined.0 => Err(CaptureError::NotAllowed),
        Ok(Err(code)) => Err(CaptureError::Display(format!("it does not name its displays (error {code})"))),
        Err(_) => Err(CaptureError::Display("it does not name its displays".to_owned())),
    }
}

/// A display that is watched. Dropping it ends that.
pub(super) struct Stream {
    stream: Retained<SCStream>,
    /// The stream does not keep it.
    _listener: Retained<Listener>,
}

impl Stream {
    /// Begins to watch a display whose picture has this size.
    ///
    /// # Errors
    ///
    /// [`CaptureError`] when it is gone, or the system does not want to.
    pub(super) fn start(
        displays: &[Retained<SCDisplay>],
        number: CGDirectDisplayID,
        (shared, turn, part): (&Arc<Shared>, u64, usize),
        size: (u16, u16),
    ) -> Result<Self, CaptureError> {
        // SAFETY: it only tells.
        let display = displays.iter().find(|display| unsafe { display.displayID() } == number);
        let display = display.ok_or(CaptureError::NoMonitor)?;
        let listener = Listener::new(Ivars { shared: Arc::clone(shared), part, turn, size });
        // SAFETY: sizes and numbers are within what the documentation allows; the listener lives as long as the stream.
        let stream = unsafe {
            let filter =
                SCContentFilter::initWithDisplay_excludingWindows(SCContentFilter::alloc(), display, &NSArray::new());
            let how = SCStreamConfiguration::new();
            how.setWidth(size.0.into());
            how.setHeight(size.1.into());
            how.setPixelFormat(kCVPixelFormatType_32BGRA);
            how.setColorSpaceName(kCGColorSpaceSRGB);
            how.setMinimumFrameInterval(CMTime::new(1, PACE));
            how.setQueueDepth(DEPTH);
            // It is a picture of its own, which the viewer draws without waiting.
            how.setShowsCursor(false);
            let stream = SCStream::initWithFilter_configuration_delegate(
                SCStream::alloc(),
                &filter,
                &how,
                Some(ProtocolObject::from_ref(&*listener)),
            );
            let queue = DispatchQueue::new("deskhand.screen", None);
            stream
                .addStreamOutput_type_sampleHandlerQueue_error(
                    ProtocolObject::from_ref(&*listener),
                    SCStreamOutputType::Screen,
                    Some(&queue),
                )
                .map_err(|error| refused(error.code()))?;
            stream
        };
        let (sender, begun) = mpsc::channel();
        let heard = RcBlock::new(move |error: *mut NSError| {
            let error = NonNull::new(error);
            // SAFETY: if it is there it is good for this call.
            let _ = sender.send(error.map(|error| unsafe { error.as_ref() }.code()));
        });
        // SAFETY: it calls the block once.
        unsafe { stream.startCaptureWithCompletionHandler(Some(&heard)) };
        let this = Self { stream, _listener: listener };
        match begun.recv_timeout(ANSWER) {
            Ok(None) => Ok(this),
            Ok(Some(code)) => Err(refused(code)),
            Err(_) => Err(CaptureError::Display("it does not begin".to_owned())),
        }
    }
}

fn refused(code: isize) -> CaptureError {
    if code == SCStreamErrorCode::UserDeclined.0 {
        CaptureError::NotAllowed
    } else {
        CaptureError::Display(format!("it does not begin (error {code})"))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: nobody has to hear of it; what still comes counts as of an earlier turn.
        unsafe { self.stream.stopCaptureWithCompletionHandler(None) };
    }
}
