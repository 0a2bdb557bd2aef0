//! The pointer as the system tells of it to whoever asks.

#![allow(unsafe_code, reason = "the system's interface is C")]

use windows::Win32::{
    Foundation::POINT,
    Graphics::Gdi::{
        BI_RGB, BITMAP, BITMAPINFO, BITMAPINFOHEADER, DIB_RGB_COLORS, DeleteObject, GetDC, GetDIBits, GetObjectW,
        HBITMAP, ReleaseDC,
    },
    UI::WindowsAndMessaging::{
        CURSOR_SHOWING, CURSORINFO, GetCursorInfo, GetCursorPos, GetIconInfo, HCURSOR, HICON, ICONINFO,
    },
};

use crate::{
    CursorShape,
    pixels::{Kind, PIXEL, pointer},
};

/// Wider or higher than any pointer, in pixels.
const MOST: i32 = 512;

/// Where it is, in pixels of the virtual desktop.
pub(super) fn place() -> Option<(i32, i32)> {
    let mut place = POINT::default();
    // SAFETY: the address is good for this call.
    unsafe { GetCursorPos(&raw mut place) }.ok()?;
    Some((place.x, place.y))
}

/// What is known of it, to find out what is new.
#[derive(Debug, Default)]
pub(super) struct Watched {
    handle: Option<isize>,
    place: Option<(i32, i32)>,
}

impl Watched {
    /// Whether it has moved, and what it looks like now if that is new: the inner `None` is a pointer that is hidden.
    pub(super) fn look(&mut self) -> (bool, Option<Option<CursorShape>>) {
        let Some(info) = info() else { return (false, None) };
        let at = Some((info.ptScreenPos.x, info.ptScreenPos.y));
        let moved = std::mem::replace(&mut self.place, at) != at;
        let shown = info.flags == CURSOR_SHOWING;
        let handle = Some(if shown { info.hCursor.0 as isize } else { 0 });
        let new = std::mem::replace(&mut self.handle, handle) != handle;
        (moved, new.then(|| if shown { shape(info.hCursor) } else { None }))
    }
}

fn info() -> Option<CURSORINFO> {
    let mut info = CURSORINFO { cbSize: u32::try_from(size_of::<CURSORINFO>()).ok()?, ..CURSORINFO::default() };
    // SAFETY: the structure says its own size.
    unsafe { GetCursorInfo(&raw mut info) }.ok()?;
    Some(info)
}

/// Bitmaps that go when this does.
struct Masks(ICONINFO);

impl Drop for Masks {
    fn drop(&mut self) {
        // SAFETY: they were made for the caller, who has them no more.
        unsafe {
            let _ = DeleteObject(self.0.hbmMask.into());
            if !self.0.hbmColor.is_invalid() {
                let _ = DeleteObject(self.0.hbmColor.into());
            }
        }
    }
}

/// What a pointer looks like.
fn shape(cursor: HCURSOR) -> Option<CursorShape> {
    let mut icon = ICONINFO::default();
    // SAFETY: the address is good for this call; a pointer that went meanwhile is an error.
    unsafe { GetIconInfo(HICON(cursor.0), &raw mut icon) }.ok()?;
    let masks = Masks(icon);
    let hot = (u16::try_from(masks.0.xHotspot).ok()?, u16::try_from(masks.0.yHotspot).ok()?);
    let (width, rows, mask) = pixels(masks.0.hbmMask)?;
    if masks.0.hbmColor.is_invalid() {
        // Both masks, one below the other, each bit as a pixel that is black or white.
        let height = rows / 2;
        let bit = |at: usize| mask.get(at * PIXEL).is_some_and(|byte| *byte != 0);
        let stride = usize::from(width).div_ceil(8);
        let mut bits = vec![0; stride * usize::from(height) * 2];
        for at in (0..usize::from(width) * usize::from(height) * 2).filter(|at| bit(*at)) {
            let (x, y) = (at % usize::from(width), at / usize::from(width));
            if let Some(byte) = bits.get_mut(y * stride + x / 8) {
                *byte |= 0x80 >> (x % 8);
            }
        }
        return pointer(Kind::Monochrome, (width, height), stride, hot, &bits);
    }
    let (width, height, mut colour) = pixels(masks.0.hbmColor)?;
    let stride = usize::from(width) * PIXEL;
    if colour.chunks_exact(PIXEL).any(|pixel| pixel.last() != Some(&0)) {
        return pointer(Kind::Colour, (width, height), stride, hot, &colour);
    }
    // An old one: the mask says what is shown.
    for (pixel, keeps) in colour.chunks_exact_mut(PIXEL).zip(mask.chunks_exact(PIXEL)) {
        if let [.., alpha] = pixel {
            *alpha = keeps.first().copied().unwrap_or(0);
        }
    }
    pointer(Kind::Masked, (width, height), stride, hot, &colour)
}

/// A bitmap's pixels with its size, rows from the top.
fn pixels(bitmap: HBITMAP) -> Option<(u16, u16, Vec<u8>)> {
    let mut told = BITMAP::default();
    let size = i32::try_from(size_of::<BITMAP>()).ok()?;
    // SAFETY: the structure has this size.
    if unsafe { GetObjectW(bitmap.into(), size, Some((&raw mut told).cast())) } == 0 {
        return None;
    }
    let (width, height) = (told.bmWidth, told.bmHeight);
    if !(1..=MOST).contains(&width) || !(1..=2 * MOST).contains(&height) {
        return None;
    }
    let header = BITMAPINFOHEADER {
        biSize: u32::try_from(size_of::<BITMAPINFOHEADER>()).ok()?,
        biWidth: width,
        biHeight: -height,
        biPlanes: 1,
        biBitCount: 32,
        biCompression: BI_RGB.0,
        ..BITMAPINFOHEADER::default()
    };
    let mut info = BITMAPINFO { bmiHeader: header, ..BITMAPINFO::default() };
    let (rows, across) = (u16::try_from(height).ok()?, u16::try_from(width).ok()?);
    let mut bytes = vec![0_u8; usize::from(across) * usize::from(rows) * PIXEL];
    // SAFETY: there is room for all rows of the bitmap in this form.
    let read = unsafe {
        let screen = GetDC(None);
        let to = Some(bytes.as_mut_ptr().cast());
        let read = GetDIBits(screen, bitmap, 0, rows.into(), to, &raw mut info, DIB_RGB_COLORS);
        ReleaseDC(None, screen);
        read
    };
    (read == height).then_some((across, rows, bytes))
}
