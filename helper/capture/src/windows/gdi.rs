//! Pictures by GDI, for where the desktop cannot be duplicated: a virtual machine without a graphics driver, a terminal
//! server, a screen that another part of this program has already. GDI does not say what changed, so it is looked at
//! some times a second, and only while somebody waits for a change.

#![allow(unsafe_code, reason = "the system's interface is C")]

use std::{slice, thread, time::Duration};

use windows::Win32::{
    Foundation::HANDLE,
    Graphics::Gdi::{
        BI_RGB, BITMAPINFO, BITMAPINFOHEADER, BitBlt, CreateCompatibleDC, CreateDIBSection, DIB_RGB_COLORS, DeleteDC,
        DeleteObject, GdiFlush, GetDC, HBITMAP, HDC, HGDIOBJ, ReleaseDC, SRCCOPY, SelectObject,
    },
};

use super::{Area, Gone, News, Read, Source, pointer::Watched};
use crate::{
    CaptureError, Region,
    pixels::{PIXEL, Tiles},
};

/// Between two looks: a picture of a full-size screen takes some ten milliseconds.
const LOOK: Duration = Duration::from_millis(60);

/// See the module.
pub(super) struct Gdi {
    area: Area,
    screen: HDC,
    memory: HDC,
    bitmap: HBITMAP,
    before: HGDIOBJ,
    bits: *const u8,
    tiles: Tiles,
    pointer: Watched,
}

impl Gdi {
    pub(super) fn open(area: Area) -> Result<Self, CaptureError> {
        let failed = |what: &str| CaptureError::Display(format!("no {what} for the picture"));
        let header = BITMAPINFOHEADER {
            biSize: u32::try_from(size_of::<BITMAPINFOHEADER>()).unwrap_or(0),
            biWidth: area.size.0.into(),
            // From the top.
            biHeight: -i32::from(area.size.1),
            biPlanes: 1,
            biBitCount: 32,
            biCompression: BI_RGB.0,
            ..BITMAPINFOHEADER::default()
        };
        let info = BITMAPINFO { bmiHeader: header, ..BITMAPINFO::default() };
        // SAFETY: without a window it is the whole desktop's.
        let screen = unsafe { GetDC(None) };
        if screen.is_invalid() {
            return Err(failed("screen"));
        }
        let mut bits = std::ptr::null_mut();
        // SAFETY: what is made here is checked, and undone by `drop`.
        unsafe {
            let memory = CreateCompatibleDC(Some(screen));
            let section = None::<HANDLE>;
            let bitmap = CreateDIBSection(Some(screen), &raw const info, DIB_RGB_COLORS, &raw mut bits, section, 0);
            let Ok(bitmap) = bitmap else {
                let _ = DeleteDC(memory);
                ReleaseDC(None, screen);
                return Err(failed("memory"));
            };
            let before = SelectObject(memory, bitmap.into());
            let bits = bits.cast_const().cast();
            let pointer = Watched::default();
            Ok(Self { area, screen, memory, bitmap, before, bits, tiles: Tiles::default(), pointer })
        }
    }

    /// Takes the picture as it is now.
    fn take(&self) -> Result<&[u8], Gone> {
        let (width, height) = (i32::from(self.area.size.0), i32::from(self.area.size.1));
        let (x, y) = self.area.origin;
        // SAFETY: both are open, and the bitmap has this size.
        let taken = unsafe { BitBlt(self.memory, 0, 0, width, height, Some(self.screen), x, y, SRCCOPY) };
        taken.map_err(|_| Gone)?;
        let length = usize::from(self.area.size.0) * usize::from(self.area.size.1) * PIXEL;
        // SAFETY: the bitmap's own memory, of this length as it was made; nothing draws after the flush, and the next
        // drawing needs what this borrows.
        unsafe {
            let _ = GdiFlush();
            Ok(slice::from_raw_parts(self.bits, length))
        }
    }
}

impl Drop for Gdi {
    fn drop(&mut self) {
        // SAFETY: made by `open`; the bitmap is not selected any more when it goes.
        unsafe {
            SelectObject(self.memory, self.before);
            let _ = DeleteObject(self.bitmap.into());
            let _ = DeleteDC(self.memory);
            ReleaseDC(None, self.screen);
        }
    }
}

impl Source for Gdi {
    fn wait(&mut self, patience: Duration) -> Result<News, Gone> {
        thread::sleep(patience.min(LOOK));
        let (moved, shape) = self.pointer.look();
        let picture = self.tiles.differ(self.take()?, self.area.size);
        Ok(News { picture, moved, shape })
    }

    fn read(&mut self, picture: &mut [u8], read: Read) -> Result<Region, Gone> {
        let mut tiles = std::mem::take(&mut self.tiles);
        if read == Read::Whole {
            tiles = Tiles::default();
        }
        let taken = self.take()?;
        let stride = usize::from(self.area.size.0) * PIXEL;
        let changed = tiles.take(taken, self.area.size);
        for rect in changed.rects() {
            for row in 0..rect.height {
                let from = usize::from(rect.y + row) * stride + usize::from(rect.x) * PIXEL;
                let part = from..from + usize::from(rect.width) * PIXEL;
                if let (Some(to), Some(from)) = (picture.get_mut(part.clone()), taken.get(part)) {
                    to.copy_from_slice(from);
                }
            }
        }
        self.tiles = tiles;
        Ok(changed)
    }
}
