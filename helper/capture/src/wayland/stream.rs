//! One stream of pictures: a thread of PipeWire's own takes each as it comes, and keeps the latest with all that changed
//! since somebody looked.

#![allow(unsafe_code, reason = "the library's interface is C")]

use std::{
    ffi::{CStr, CString, c_char, c_int, c_void},
    os::fd::{IntoRawFd as _, OwnedFd},
    slice,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use super::{
    pipewire::{
        AUTOCONNECT, Buffer, CORRUPTED, DONT_RECONNECT, Events, Hook, INPUT, Library, MAP_BUFFERS, Meta, STATE_ERROR,
        STATE_UNCONNECTED, SpaBuffer, library,
    },
    pod::{self, BGRA, BGRX, Format, META_CROP, META_CURSOR, META_DAMAGE, PARAM_FORMAT},
};
use crate::{CaptureError, Changes, CursorPlace, CursorShape, Rect, Region, Wake, pixels::PIXEL};

/// The latest picture, and what is new since it was looked at.
#[derive(Default)]
pub(super) struct Latest {
    pub(super) bgra: Vec<u8>,
    pub(super) width: u16,
    pub(super) height: u16,
    /// What changed and was not taken yet.
    pub(super) changed: Region,
    pub(super) captured: Option<Instant>,
    pub(super) shape: Option<CursorShape>,
    pub(super) place: Option<CursorPlace>,
    pub(super) news: Changes,
    /// Why there will be no more.
    pub(super) over: Option<String>,
    format: Option<Format>,
    /// Where the upper left corner of what is shown lies in the pictures.
    corner: (u32, u32),
}

/// What both threads see.
#[derive(Default)]
pub(super) struct Shared {
    latest: Mutex<Latest>,
    told: Condvar,
}

impl Shared {
    /// Each change under it is complete.
    pub(super) fn latest(&self) -> MutexGuard<'_, Latest> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps until something is told or this moment has come.
    pub(super) fn sleep<'a>(&self, latest: MutexGuard<'a, Latest>, until: Option<Instant>) -> MutexGuard<'a, Latest> {
        match until {
            None => self.told.wait(latest).unwrap_or_else(PoisonError::into_inner),
            Some(until) => {
                let left = until.saturating_duration_since(Instant::now());
                self.told.wait_timeout(latest, left).unwrap_or_else(PoisonError::into_inner).0
            }
        }
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shared")
    }
}

impl Wake for Shared {
    fn wake(&self) {
        self.latest().news.woken = true;
        self.told.notify_all();
    }
}

/// What the library's thread is given. It lives as long as the stream.
struct Ours {
    library: &'static Library,
    stream: *mut c_void,
    shared: Arc<Shared>,
}

/// Dropping it ends the thread and waits for that.
pub(super) struct Stream {
    library: &'static Library,
    looper: *mut c_void,
    context: *mut c_void,
    core: *mut c_void,
    stream: *mut c_void,
    ours: *mut Ours,
    hook: *mut Hook,
}

static EVENTS: Events = Events {
    version: 2,
    destroy: None,
    state_changed: Some(state_changed),
    control_info: None,
    io_changed: None,
    param_changed: Some(param_changed),
    add_buffer: None,
    remove_buffer: None,
    process: Some(process),
    drained: None,
    command: None,
    trigger_done: None,
};

impl Stream {
    /// Shows a node of the PipeWire at the end of a descriptor.
    pub(super) fn open(remote: OwnedFd, node: u32, shared: &Arc<Shared>) -> Result<Self, CaptureError> {
        let library = library()?;
        let broken = |what: &str| CaptureError::Display(format!("PipeWire makes no {what}"));
        let name = c"deskhand";
        // SAFETY: texts end with a zero, nothing null goes on, and the loop does not run yet.
        unsafe {
            let looper = (library.pw_thread_loop_new)(name.as_ptr(), std::ptr::null());
            if looper.is_null() {
                return Err(broken("loop"));
            }
            let ours =
                Box::into_raw(Box::new(Ours { library, stream: std::ptr::null_mut(), shared: Arc::clone(shared) }));
            // From here on dropping it gives back what there is.
            let null = std::ptr::null_mut();
            let hook = Box::into_raw(Box::new(Hook::new()));
            let mut this = Self { library, looper, context: null, core: null, stream: null, ours, hook };
            this.context = (library.pw_context_new)((library.pw_thread_loop_get_loop)(looper), null, 0);
            if this.context.is_null() {
                return Err(broken("context"));
            }
            // The library takes the descriptor.
            this.core = (library.pw_context_connect_fd)(this.context, remote.into_raw_fd(), null, 0);
            if this.core.is_null() {
                return Err(broken("connection"));
            }
            let properties =
                CString::new("media.type=Video media.category=Capture media.role=Screen node.name=deskhand-screen")
                    .unwrap_or_default();
            let properties = (library.pw_properties_new_string)(properties.as_ptr());
            this.stream = (library.pw_stream_new)(this.core, name.as_ptr(), properties);
            if this.stream.is_null() {
                return Err(broken("stream"));
            }
            (*ours).stream = this.stream;
            (library.pw_stream_add_listener)(this.stream, hook, &raw const EVENTS, ours.cast());
            let formats = pod::formats();
            let parameters = [formats.as_ptr()];
            let flags = AUTOCONNECT | MAP_BUFFERS | DONT_RECONNECT;
            let connected = (library.pw_stream_connect)(this.stream, INPUT, node, flags, parameters.as_ptr(), 1);
            if connected < 0 || (library.pw_thread_loop_start)(looper) < 0 {
                return Err(broken("stream of this node"));
            }
            Ok(this)
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let library = self.library;
        // SAFETY: the thread has ended before anything that it uses goes; each goes once.
        unsafe {
            (library.pw_thread_loop_stop)(self.looper);
            if !self.stream.is_null() {
                (library.pw_stream_destroy)(self.stream);
            }
            if !self.core.is_null() {
                (library.pw_core_disconnect)(self.core);
            }
            if !self.context.is_null() {
                (library.pw_context_destroy)(self.context);
            }
            (library.pw_thread_loop_destroy)(self.looper);
            drop(Box::from_raw(self.ours));
            drop(Box::from_raw(self.hook));
        }
    }
}

unsafe extern "C" fn state_changed(ours: *mut c_void, _: c_int, state: c_int, error: *const c_char) {
    if state != STATE_ERROR && state != STATE_UNCONNECTED {
        return;
    }
    // SAFETY: it was given with the listener and lives as long; the text ends with a zero or is none.
    let (ours, why) = unsafe {
        let why = if error.is_null() { String::new() } else { CStr::from_ptr(error).to_string_lossy().into_owned() };
        (&*ours.cast::<Ours>(), why)
    };
    ours.shared.latest().over = Some(if why.is_empty() { "the stream has ended".to_owned() } else { why });
    ours.shared.told.notify_all();
}

unsafe extern "C" fn param_changed(ours: *mut c_void, id: u32, pod: *const u8) {
    if id != PARAM_FORMAT || pod.is_null() {
        return;
    }
    // SAFETY: as above; a pod has its own size in its first four bytes, without the eight of its head.
    unsafe {
        let ours = &*ours.cast::<Ours>();
        let body = pod.cast::<u32>().read_unaligned();
        let Ok(size) = usize::try_from(body) else { return };
        let read = Format::read(slice::from_raw_parts(pod, size + 8));
        ours.shared.latest().format = read;
        if read.is_none() {
            tracing::warn!("the stream has pictures of an unknown form");
            return;
        }
        let metas = pod::metas();
        let buffers = pod::buffers();
        let all = [buffers.as_ptr(), metas[0].as_ptr(), metas[1].as_ptr(), metas[2].as_ptr()];
        (ours.library.pw_stream_update_params)(ours.stream, all.as_ptr(), 4);
    }
}

unsafe extern "C" fn process(ours: *mut c_void) {
    // SAFETY: as above; a buffer that was taken is given back, and is this thread's until then.
    unsafe {
        let ours = &*ours.cast::<Ours>();
        loop {
            let buffer: *mut Buffer = (ours.library.pw_stream_dequeue_buffer)(ours.stream);
            if buffer.is_null() {
                break;
            }
            if let Some(spa) = (*buffer).buffer.as_ref() {
                ours.shared.latest().take(spa);
            }
            (ours.library.pw_stream_queue_buffer)(ours.stream, buffer);
        }
        ours.shared.told.notify_all();
    }
}

/// A number somewhere in what came beside a picture.
fn word(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn signed(bytes: &[u8], at: usize) -> Option<i32> {
    word(bytes, at).map(u32::cast_signed)
}

impl Latest {
    /// # Safety
    ///
    /// The buffer is PipeWire's, mapped, and given to nobody else meanwhile.
    unsafe fn take(&mut self, buffer: &SpaBuffer) {
        let metas: Vec<(u32, &[u8])> = if buffer.metas.is_null() {
            Vec::new()
        } else {
            // SAFETY: as many as it says.
            let metas: &[Meta] = unsafe { slice::from_raw_parts(buffer.metas, buffer.n_metas as usize) };
            let bytes = |meta: &Meta| {
                if meta.data.is_null() {
                    return &[][..];
                }
                // SAFETY: it has as many bytes as it says.
                unsafe { slice::from_raw_parts(meta.data, meta.size as usize) }
            };
            metas.iter().map(|meta| (meta.kind, bytes(meta))).collect()
        };
        let of = |kind: u32| metas.iter().find(|(known, _)| *known == kind).map(|(_, bytes)| *bytes);
        if let Some(cursor) = of(META_CURSOR) {
            self.pointer(cursor);
        }
        if buffer.n_datas == 0 || buffer.datas.is_null() {
            return;
        }
        // SAFETY: there is at least one.
        let data = unsafe { &*buffer.datas };
        // SAFETY: it is the buffer's own, or none.
        let Some(chunk) = (unsafe { data.chunk.as_ref() }) else { return };
        // Of a picture in which only the pointer moved nothing comes but that.
        if data.data.is_null() || chunk.size == 0 || chunk.flags & CORRUPTED != 0 {
            return;
        }
        // SAFETY: it is mapped with that many bytes.
        let bytes = unsafe { slice::from_raw_parts(data.data, data.maxsize as usize) };
        let from = if data.maxsize == 0 { 0 } else { (chunk.offset % data.maxsize) as usize };
        // Not all say it.
        let packed = self.format.map_or(0, |format| format.width as usize * PIXEL);
        let stride = usize::try_from(chunk.stride).ok().filter(|stride| *stride > 0).unwrap_or(packed);
        self.picture(bytes.get(from..).unwrap_or_default(), stride, of(META_CROP), of(META_DAMAGE));
    }

    /// Copies what has changed. What does not fit is left out.
    fn picture(&mut self, bytes: &[u8], stride: usize, crop: Option<&[u8]>, damage: Option<&[u8]>) {
        let Some(format) = self.format else { return };
        let (mut left, mut top, mut width, mut height) = (0, 0, format.width, format.height);
        // A window of the picture, in signed numbers and unsigned sizes.
        if let Some(crop) = crop
            && let (Some(x), Some(y), Some(w), Some(h)) = (word(crop, 0), word(crop, 4), word(crop, 8), word(crop, 12))
            && (1..=format.width.saturating_sub(x)).contains(&w)
            && (1..=format.height.saturating_sub(y)).contains(&h)
        {
            (left, top, width, height) = (x, y, w, h);
        }
        let (Ok(wide), Ok(high)) = (u16::try_from(width), u16::try_from(height)) else { return };
        let row = usize::from(wide) * PIXEL;
        let whole = (self.width, self.height, self.corner) != (wide, high, (left, top));
        if whole {
            (self.width, self.height, self.corner) = (wide, high, (left, top));
            self.bgra = vec![0; row * usize::from(high)];
            self.news.monitors = true;
        }
        let mut changed = Region::new();
        let told = damage.map(|damage| regions(damage, (left, top), (wide, high))).unwrap_or_default();
        if whole || told.is_empty() {
            changed.add(Rect::whole(wide, high));
        } else {
            told.into_iter().for_each(|part| changed.add(part));
        }
        let red_first = format.pixels != BGRX && format.pixels != BGRA;
        for part in changed.rects() {
            for y in part.y..part.y + part.height {
                let from = (top as usize + usize::from(y)) * stride + (left as usize + usize::from(part.x)) * PIXEL;
                let to = usize::from(y) * row + usize::from(part.x) * PIXEL;
                let length = usize::from(part.width) * PIXEL;
                let (Some(source), Some(target)) = (bytes.get(from..from + length), self.bgra.get_mut(to..to + length))
                else {
                    continue;
                };
                target.copy_from_slice(source);
                if red_first {
                    target.chunks_exact_mut(PIXEL).for_each(|pixel| pixel.swap(0, 2));
                }
            }
        }
        changed.rects().iter().for_each(|part| self.changed.add(*part));
        self.captured = Some(Instant::now());
        self.news.picture = true;
    }

    /// What the pointer looks like and where it is (`struct spa_meta_cursor`).
    fn pointer(&mut self, cursor: &[u8]) {
        let (Some(id), Some(x), Some(y)) = (word(cursor, 0), signed(cursor, 8), signed(cursor, 12)) else { return };
        if id == 0 {
            return;
        }
        let corner = |at: u32| i32::try_from(at).unwrap_or(0);
        let place = CursorPlace { x: x - corner(self.corner.0), y: y - corner(self.corner.1) };
        if self.place.replace(place) != Some(place) {
            self.news.cursor_place = true;
        }
        let Some(at) = word(cursor, 24).and_then(|at| usize::try_from(at).ok()).filter(|at| *at >= 28) else { return };
        let hot = (signed(cursor, 16).unwrap_or(0), signed(cursor, 20).unwrap_or(0));
        let shape = bitmap(cursor.get(at..).unwrap_or_default(), hot);
        if shape != self.shape {
            self.shape = shape;
            self.news.cursor_shape = true;
        }
    }
}

/// `struct spa_meta_bitmap`: format, width, height, stride, offset. Nothing for one that is not seen.
fn bitmap(bytes: &[u8], hot: (i32, i32)) -> Option<CursorShape> {
    let format = word(bytes, 0)?;
    let (width, height) = (u16::try_from(word(bytes, 4)?).ok()?, u16::try_from(word(bytes, 8)?).ok()?);
    let (stride, offset) = (usize::try_from(signed(bytes, 12)?).ok()?, usize::try_from(word(bytes, 16)?).ok()?);
    if width == 0 || height == 0 || offset < 20 {
        return None;
    }
    let mut argb = Vec::with_capacity(usize::from(width) * usize::from(height));
    for y in 0..usize::from(height) {
        let from = offset.checked_add(y.checked_mul(stride)?)?;
        let row = bytes.get(from..from.checked_add(usize::from(width) * PIXEL)?)?;
        argb.extend(row.chunks_exact(PIXEL).map(|pixel| match format {
            BGRA | BGRX => u32::from_be_bytes([pixel[3], pixel[2], pixel[1], pixel[0]]),
            _ => u32::from_be_bytes([pixel[3], pixel[0], pixel[1], pixel[2]]),
        }));
    }
    let serial = argb.iter().fold(0x811c_9dc5_u32, |serial, pixel| (serial ^ pixel).wrapping_mul(0x0100_0193));
    let inside = |at: i32, most: u16| u16::try_from(at.clamp(0, i32::from(most) - 1)).unwrap_or(0);
    let (hot_x, hot_y) = (inside(hot.0, width), inside(hot.1, height));
    let rgba = crate::straight_from_premultiplied(&argb);
    Some(CursorShape { serial: serial ^ u32::from(hot_x) << 16 ^ u32::from(hot_y), hot_x, hot_y, width, height, rgba })
}

/// Regions up to the first empty one, as parts of what is shown.
fn regions(damage: &[u8], corner: (u32, u32), size: (u16, u16)) -> Vec<Rect> {
    let corner = (i32::try_from(corner.0).unwrap_or(0), i32::try_from(corner.1).unwrap_or(0));
    let one = |region: &[u8]| {
        let edge = |at: usize| u16::try_from(word(region, at)?.min(u32::from(u16::MAX))).ok().filter(|edge| *edge > 0);
        Some((signed(region, 0)?, signed(region, 4)?, edge(8)?, edge(12)?))
    };
    let told = damage.chunks_exact(16).map_while(one);
    told.filter_map(|(x, y, width, height)| Rect::clipped(x, y, width, height, corner, size)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[u32]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_ne_bytes()).collect()
    }

    fn latest(pixels: u32) -> Latest {
        Latest { format: Some(Format { pixels, width: 4, height: 2 }), ..Latest::default() }
    }

    #[test]
    fn only_what_changed_is_copied_and_the_first_picture_is_whole() {
        let mut latest = latest(BGRX);
        let first = [1; 4 * 2 * PIXEL];
        latest.picture(&first, 4 * PIXEL, None, Some(&words(&[1, 0, 1, 1])));
        assert_eq!((latest.bgra.as_slice(), latest.changed.rects()), (&first[..], &[Rect::whole(4, 2)][..]));
        latest.changed = Region::new();
        latest.picture(&[2; 4 * 2 * PIXEL], 4 * PIXEL, None, Some(&words(&[1, 1, 2, 9, 0, 0, 0, 0, 0, 0, 4, 2])));
        assert_eq!(latest.changed.rects(), [Rect { x: 1, y: 1, width: 2, height: 1 }]);
        assert_eq!(latest.bgra.iter().filter(|byte| **byte == 2).count(), 2 * PIXEL);
        // A picture that ends early changes no more than it has.
        latest.picture(&[3; 5], 4 * PIXEL, None, None);
        assert!(latest.bgra.iter().all(|byte| *byte != 3));
    }

    #[test]
    fn a_window_of_the_picture_is_shown_alone_and_red_comes_last() {
        let mut latest = latest(pod::RGBX);
        let bytes: Vec<u8> = (0..8_u8).flat_map(|pixel| [pixel, 100, 200, 0]).collect();
        latest.picture(&bytes, 4 * PIXEL, Some(&words(&[1, 1, 2, 1])), None);
        assert_eq!((latest.width, latest.height), (2, 1));
        assert_eq!(latest.bgra, [200, 100, 5, 0, 200, 100, 6, 0]);
        latest.picture(&bytes, 4 * PIXEL, Some(&words(&[3, 1, 2, 1])), None);
        assert_eq!((latest.width, latest.height), (4, 2), "a window that lies outside is none");
    }

    #[test]
    fn a_pointer_is_data_beside_the_picture() {
        let mut latest = latest(BGRX);
        let mut cursor = words(&[1, 0, 7, 9, 1, 0, 28, BGRA, 2, 1, 8, 20]);
        cursor.extend([10, 20, 30, 255, 0, 0, 0, 0]);
        latest.pointer(&cursor);
        assert_eq!(latest.place, Some(CursorPlace { x: 7, y: 9 }));
        let shape = latest.shape.clone().unwrap();
        assert_eq!(
            (shape.width, shape.height, shape.hot_x, shape.rgba.as_slice()),
            (2, 1, 1, &[30, 20, 10, 255, 0, 0, 0, 0][..])
        );
        assert!(latest.news.cursor_place && latest.news.cursor_shape);
        // Only its place.
        latest.news = Changes::default();
        latest.pointer(&words(&[1, 0, 8, 9, 0, 0, 0]));
        assert!(latest.news.cursor_place && !latest.news.cursor_shape && latest.shape == Some(shape));
        // Nothing new, and what ends early.
        latest.pointer(&words(&[0, 0, 1, 1, 0, 0, 0]));
        for cut in 0..cursor.len() {
            latest.pointer(&cursor[..cut]);
        }
        assert_eq!(latest.place, Some(CursorPlace { x: 7, y: 9 }));
    }
}
