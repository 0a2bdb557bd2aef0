//! AV1 through libaom.

use std::{ffi::CStr, fmt, mem::MaybeUninit, ptr};

use deskhand_protocol::call::control::VideoCodec;
use libaom_sys as aom;

use super::{DecodeError, Planes, not_announced};

/// What the helper's encoder uses too; more do not help with two tile columns.
const THREADS: u32 = 2;

pub(super) struct Av1Decoder {
    context: aom::aom_codec_ctx_t,
}

// SAFETY: the context is only reached through `&mut self`, and libaom ties it to no thread.
#[allow(unsafe_code, reason = "the context holds raw pointers, which keeps it from being Send by itself")]
unsafe impl Send for Av1Decoder {}

impl fmt::Debug for Av1Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Av1Decoder")
    }
}

impl Av1Decoder {
    #[allow(unsafe_code, reason = "libaom is C")]
    pub(super) fn new() -> Result<Self, DecodeError> {
        let config = aom::aom_codec_dec_cfg_t { threads: THREADS, w: 0, h: 0, allow_lowbitdepth: 1 };
        let mut context = MaybeUninit::zeroed();
        // SAFETY: libaom initialises the context when it returns OK; after an error it needs no closing. It copies the
        // configuration and keeps no pointer to the context, so that may be moved.
        let context = unsafe {
            let code = aom::aom_codec_dec_init_ver(
                context.as_mut_ptr(),
                aom::aom_codec_av1_dx(),
                &raw const config,
                0,
                aom::AOM_DECODER_ABI_VERSION.cast_signed(),
            );
            if code != aom::AOM_CODEC_OK {
                return Err(DecodeError::Unavailable { codec: VideoCodec::Av1, what: describe(code) });
            }
            context.assume_init()
        };
        Ok(Self { context })
    }

    /// Decodes one temporal unit and shows its picture to `with`.
    #[allow(unsafe_code, reason = "libaom is C")]
    pub(super) fn decode<T>(&mut self, data: &[u8], with: impl FnOnce(&Planes<'_>) -> T) -> Result<T, DecodeError> {
        let damaged = |what: String| DecodeError::Damaged { codec: VideoCodec::Av1, what };
        // SAFETY: the context is open, and libaom reads `data` only during the call.
        let code = unsafe { aom::aom_codec_decode(&raw mut self.context, data.as_ptr(), data.len(), ptr::null_mut()) };
        if code != aom::AOM_CODEC_OK {
            return Err(damaged(describe(code)));
        }
        let mut iterator: aom::aom_codec_iter_t = ptr::null();
        let mut last = None;
        loop {
            // SAFETY: the context is open; the image is valid until the next call to `aom_codec_decode`.
            let image = unsafe { aom::aom_codec_get_frame(&raw mut self.context, &raw mut iterator).as_ref() };
            match image {
                Some(image) => last = Some(image),
                None => break,
            }
        }
        let image = last.ok_or_else(|| damaged("no picture came out".to_owned()))?;
        // SAFETY: the image came from libaom and nothing was asked of the context since.
        let planes = unsafe { borrow(image) }?;
        Ok(with(&planes))
    }
}

impl Drop for Av1Decoder {
    #[allow(unsafe_code, reason = "libaom is C")]
    fn drop(&mut self) {
        // SAFETY: the context was opened, and this is the only place that closes it.
        unsafe { aom::aom_codec_destroy(&raw mut self.context) };
    }
}

/// Checks layout and colour, and borrows the planes.
///
/// # Safety
///
/// The image is one of libaom's and still valid.
#[allow(unsafe_code, reason = "planes are C arrays")]
unsafe fn borrow(image: &aom::aom_image_t) -> Result<Planes<'_>, DecodeError> {
    if image.fmt != aom::AOM_IMG_FMT_I420 || image.bit_depth != 8 {
        return Err(not_announced(format!("format {} with {} bit", image.fmt, image.bit_depth), "4:2:0, 8 bit".into()));
    }
    if (image.cp, image.mc, image.range) != (aom::AOM_CICP_CP_BT_709, aom::AOM_CICP_MC_BT_709, aom::AOM_CR_STUDIO_RANGE)
    {
        let got = format!("colour {}/{}/{}", image.cp, image.mc, image.range);
        return Err(not_announced(got, "BT.709, limited range".into()));
    }
    let [luma, blue, red] = image.planes;
    let [luma_stride, chroma_stride, red_stride] = image.stride;
    let strides = u32::try_from(luma_stride).ok().zip(u32::try_from(chroma_stride).ok());
    let Some((luma_stride, chroma_stride)) = strides.filter(|_| chroma_stride == red_stride) else {
        return Err(not_announced("an image with odd rows".into(), "rows from the top".into()));
    };
    if luma.is_null() || blue.is_null() || red.is_null() || image.d_w == 0 || image.d_h == 0 {
        return Err(not_announced("an empty image".into(), "a picture".into()));
    }
    let length = |stride: u32, width: u32, rows: u32| stride as usize * (rows as usize - 1) + width as usize;
    let luma_length = length(luma_stride, image.d_w, image.d_h);
    let chroma_length = length(chroma_stride, image.d_w.div_ceil(2), image.d_h.div_ceil(2));
    // SAFETY: libaom's planes have `rows` rows, `stride` bytes apart, and at least `width` bytes in the last one.
    let (y, u, v) = unsafe {
        (
            std::slice::from_raw_parts(luma, luma_length),
            std::slice::from_raw_parts(blue, chroma_length),
            std::slice::from_raw_parts(red, chroma_length),
        )
    };
    Ok(Planes { y, u, v, luma_stride, chroma_stride, width: image.d_w, height: image.d_h })
}

#[allow(unsafe_code, reason = "libaom's messages are C strings")]
fn describe(code: aom::aom_codec_err_t) -> String {
    // SAFETY: gives a static string for every code.
    unsafe { CStr::from_ptr(aom::aom_codec_err_to_string(code)) }.to_string_lossy().into_owned()
}
