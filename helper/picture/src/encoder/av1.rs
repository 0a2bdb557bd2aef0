//! AV1 through libaom, set up for screens in real time.
//!
//! The settings are those that WebRTC uses for screen sharing, at `cpu-used` 10: on a scrolling page at 1080p that is
//! 6.8 ms a picture and 12 dB ahead of VP9 at the same rate (11 loses its rate control on this content).

use std::{ffi::CStr, mem::MaybeUninit, os::raw::c_int, ptr};

use deskhand_protocol::call::control::VideoCodec;
use libaom_sys as aom;

use super::{EncodeError, Encoded, Encoder, EncoderSettings, Kind, Quality};
use crate::{
    colour::Planes,
    rate::{Speed, Tuning},
};

/// Quantizers in libaom's 0 to 63. Below 8 nobody sees a difference, above 56 text cannot be read.
const BEST: u32 = 8;
const WORST: u8 = 56;
/// The best of a picture in motion: a page of text that scrolls takes 28 % fewer bytes and 10 % less time than at
/// [`BEST`], and what stands still becomes exact anyway.
const BEST_MOVING: u32 = 20;
/// A refinement is at least this good: text has no visible ringing.
const REFINED: u32 = 14;
/// Threads: half of the customer's smallest machine is left for the customer, and more do not help at this speed.
const THREADS: u32 = 2;

/// A libaom encoder for one picture size.
pub struct Av1Encoder {
    context: aom::aom_codec_ctx_t,
    config: aom::aom_codec_enc_cfg_t,
    /// Counts pictures. Given to libaom as their time, as if none was ever left out: a gap would let its rate control
    /// save up bits for a burst that the network then has to swallow.
    count: i64,
    tuning: Tuning,
    /// Pictures per second that libaom was opened with. It cannot be told another, so its rate is given for this one.
    frame_rate: u32,
}

// SAFETY: the context is only reached through `&mut self`, and libaom ties it to no thread.
#[allow(unsafe_code, reason = "the context holds raw pointers, which keeps it from being Send by itself")]
unsafe impl Send for Av1Encoder {}

impl std::fmt::Debug for Av1Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Av1Encoder({}x{})", self.config.g_w, self.config.g_h)
    }
}

impl Av1Encoder {
    /// An encoder that begins with a key frame.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] when libaom refuses the size or has no memory.
    pub fn new(settings: EncoderSettings) -> Result<Self, EncodeError> {
        let config = configuration(settings)?;
        let context = open(&config)?;
        let tuning = Tuning {
            bit_rate: settings.bit_rate,
            frame_rate: settings.frame_rate,
            // A quarter of a second.
            key_bits: settings.bit_rate / 4,
            coarsest: WORST,
            speed: Speed::Fast,
        };
        let mut encoder = Self { context, config, count: 0, tuning, frame_rate: settings.frame_rate.max(1) };
        for (control, value) in CONTROLS {
            encoder.control(*control, *value)?;
        }
        Ok(encoder)
    }

    #[allow(unsafe_code, reason = "libaom is C")]
    fn control(&mut self, control: aom::aome_enc_control_id, value: c_int) -> Result<(), EncodeError> {
        // SAFETY: the context is open, and every control in `CONTROLS` takes exactly one int.
        let code = unsafe { aom::aom_codec_control(&raw mut self.context, control.cast_signed(), value) };
        self.check(code, "control")
    }

    #[allow(unsafe_code, reason = "libaom is C")]
    fn configure(&mut self) -> Result<(), EncodeError> {
        // SAFETY: both are valid, and libaom copies the configuration.
        let code = unsafe { aom::aom_codec_enc_config_set(&raw mut self.context, &raw const self.config) };
        self.check(code, "configuration")
    }

    /// The quantizer of the last picture, 0 to 63.
    #[allow(unsafe_code, reason = "libaom is C")]
    fn last_quantizer(&mut self) -> Result<u32, EncodeError> {
        let mut quantizer: c_int = 0;
        // SAFETY: this control writes one int through the pointer, which outlives the call.
        let code = unsafe {
            aom::aom_codec_control(
                &raw mut self.context,
                aom::AOME_GET_LAST_QUANTIZER_64.cast_signed(),
                &raw mut quantizer,
            )
        };
        self.check(code, "quantizer")?;
        Ok(u32::try_from(quantizer).unwrap_or(u32::from(WORST)))
    }

    #[allow(unsafe_code, reason = "libaom is C")]
    fn submit(&mut self, picture: &Planes, kind: Kind) -> Result<(), EncodeError> {
        let image = wrap(picture);
        // Longer here than there.
        let flags = if kind == Kind::Key { aom::AOM_EFLAG_FORCE_KF as aom::aom_enc_frame_flags_t } else { 0 };
        // SAFETY: the image's planes are borrowed from `picture` for the call, have the size the encoder was made for
        // (checked by the caller), and are only read: with no lag nothing is kept.
        let code = unsafe { aom::aom_codec_encode(&raw mut self.context, &raw const image, self.count, 1, flags) };
        self.count += 1;
        self.check(code, "picture")
    }

    #[allow(unsafe_code, reason = "libaom is C")]
    fn collect(&mut self) -> (Vec<u8>, bool) {
        let mut data = Vec::new();
        let mut key = false;
        let mut iterator: aom::aom_codec_iter_t = ptr::null();
        loop {
            // SAFETY: the context is open; the packet is valid until the next call on the context.
            let packet = unsafe { aom::aom_codec_get_cx_data(&raw mut self.context, &raw mut iterator).as_ref() };
            let Some(packet) = packet else { return (data, key) };
            if packet.kind != aom::AOM_CODEC_CX_FRAME_PKT {
                continue;
            }
            // SAFETY: for this kind the union holds a frame, whose buffer has `sz` bytes.
            let (bytes, flags) = unsafe {
                let frame = packet.data.frame;
                (std::slice::from_raw_parts(frame.buf.cast::<u8>(), frame.sz), frame.flags)
            };
            data.extend_from_slice(bytes);
            key |= flags & aom::AOM_FRAME_IS_KEY != 0;
        }
    }

    #[allow(unsafe_code, reason = "libaom is C")]
    fn check(&self, code: aom::aom_codec_err_t, what: &str) -> Result<(), EncodeError> {
        if code == aom::AOM_CODEC_OK {
            return Ok(());
        }
        // SAFETY: both give a static or context-owned string, or null, which is checked.
        let (summary, detail) = unsafe {
            (text(aom::aom_codec_err_to_string(code)), text(aom::aom_codec_error_detail(&raw const self.context)))
        };
        Err(failure(format!("{what} refused: {summary} {detail}")))
    }
}

impl Encoder for Av1Encoder {
    fn codec(&self) -> VideoCodec {
        VideoCodec::Av1
    }

    fn encode(&mut self, picture: &Planes, kind: Kind) -> Result<Option<Encoded>, EncodeError> {
        if (u32::from(picture.width()), u32::from(picture.height())) != (self.config.g_w, self.config.g_h) {
            return Err(failure("the picture has another size".to_owned()));
        }
        if kind == Kind::Refinement {
            self.config.rc_min_quantizer = BEST;
            self.config.rc_max_quantizer = REFINED;
            self.configure()?;
        }
        self.submit(picture, kind)?;
        let (data, key) = self.collect();
        let quantizer = self.last_quantizer()?;
        if kind == Kind::Refinement {
            self.config.rc_min_quantizer = BEST_MOVING;
            self.config.rc_max_quantizer = self.tuning.coarsest.into();
            self.configure()?;
        }
        let quality = if quantizer > REFINED { Quality::Coarse } else { Quality::Fine };
        Ok((!data.is_empty()).then_some(Encoded { data, key, quality }))
    }

    fn tune(&mut self, tuning: Tuning) -> Result<(), EncodeError> {
        let before = std::mem::replace(&mut self.tuning, tuning);
        // Bits for one picture, as a rate at the number of pictures that libaom believes in.
        let share = u64::from(tuning.bit_rate) * u64::from(self.frame_rate) / u64::from(tuning.frame_rate.max(1));
        let share = u32::try_from(share).unwrap_or(u32::MAX);
        self.config.rc_target_bitrate = kilobits(share);
        self.config.rc_max_quantizer = tuning.coarsest.into();
        self.configure()?;
        let one = u64::from(share / self.frame_rate).max(1);
        let percent = (u64::from(tuning.key_bits) * 100 / one).clamp(200, 10_000);
        self.control(aom::AOME_SET_MAX_INTRA_BITRATE_PCT, c_int::try_from(percent).unwrap_or(1_000))?;
        if tuning.speed != before.speed {
            self.control(aom::AOME_SET_CPUUSED, cpu_used(tuning.speed))?;
        }
        Ok(())
    }
}

/// libaom's own scale; 11 loses its rate control on screens.
const fn cpu_used(speed: Speed) -> c_int {
    match speed {
        Speed::Fast => 10,
        Speed::Careful => 9,
    }
}

impl Drop for Av1Encoder {
    #[allow(unsafe_code, reason = "libaom is C")]
    fn drop(&mut self) {
        // SAFETY: the context was opened, and this is the only place that closes it.
        unsafe { aom::aom_codec_destroy(&raw mut self.context) };
    }
}

/// What is set on the open encoder; all of these take one int.
const CONTROLS: &[(aom::aome_enc_control_id, c_int)] = &[
    (aom::AOME_SET_CPUUSED, 10),
    (aom::AV1E_SET_TUNE_CONTENT, aom::AOM_CONTENT_SCREEN.cast_signed()),
    (aom::AV1E_SET_ENABLE_PALETTE, 1),
    // Two tile columns and rows in parallel: what two threads can use.
    (aom::AV1E_SET_TILE_COLUMNS, 1),
    (aom::AV1E_SET_ROW_MT, 1),
    // Cyclic refresh: still regions become sharp over a few pictures.
    (aom::AV1E_SET_AQ_MODE, 3),
    (aom::AV1E_SET_ENABLE_CDEF, 1),
    (aom::AV1E_SET_ENABLE_TPL_MODEL, 0),
    (aom::AV1E_SET_DELTAQ_MODE, 0),
    (aom::AV1E_SET_ENABLE_ORDER_HINT, 0),
    (aom::AV1E_SET_ENABLE_OBMC, 0),
    (aom::AV1E_SET_ENABLE_WARPED_MOTION, 0),
    (aom::AV1E_SET_ENABLE_GLOBAL_MOTION, 0),
    (aom::AV1E_SET_ENABLE_REF_FRAME_MVS, 0),
    (aom::AV1E_SET_COEFF_COST_UPD_FREQ, 3),
    (aom::AV1E_SET_MODE_COST_UPD_FREQ, 3),
    (aom::AV1E_SET_MV_COST_UPD_FREQ, 3),
    // A key frame may cost this many percent of a picture's share, until it is tuned.
    (aom::AOME_SET_MAX_INTRA_BITRATE_PCT, 1000),
    (aom::AV1E_SET_COLOR_PRIMARIES, aom::AOM_CICP_CP_BT_709.cast_signed()),
    (aom::AV1E_SET_TRANSFER_CHARACTERISTICS, aom::AOM_CICP_TC_BT_709.cast_signed()),
    (aom::AV1E_SET_MATRIX_COEFFICIENTS, aom::AOM_CICP_MC_BT_709.cast_signed()),
    (aom::AV1E_SET_COLOR_RANGE, aom::AOM_CR_STUDIO_RANGE.cast_signed()),
];

#[allow(unsafe_code, reason = "libaom is C")]
fn configuration(settings: EncoderSettings) -> Result<aom::aom_codec_enc_cfg_t, EncodeError> {
    let mut config = MaybeUninit::zeroed();
    // SAFETY: libaom fills the whole structure when it returns OK, which is checked before it is used; zeroed is
    // valid for all of its fields anyway.
    let mut config = unsafe {
        let code =
            aom::aom_codec_enc_config_default(aom::aom_codec_av1_cx(), config.as_mut_ptr(), aom::AOM_USAGE_REALTIME);
        if code != aom::AOM_CODEC_OK {
            return Err(failure("libaom has no real-time encoder".to_owned()));
        }
        config.assume_init()
    };
    config.g_w = u32::from(settings.width);
    config.g_h = u32::from(settings.height);
    config.g_threads = THREADS;
    config.g_timebase = aom::aom_rational { num: 1, den: i32::try_from(settings.frame_rate).unwrap_or(30).max(1) };
    config.g_error_resilient = 0;
    config.g_lag_in_frames = 0;
    config.rc_end_usage = aom::AOM_CBR;
    config.rc_target_bitrate = kilobits(settings.bit_rate);
    config.rc_dropframe_thresh = 0;
    config.rc_min_quantizer = BEST_MOVING;
    config.rc_max_quantizer = WORST.into();
    config.rc_undershoot_pct = 50;
    config.rc_overshoot_pct = 50;
    // Milliseconds of the target rate.
    config.rc_buf_initial_sz = 600;
    config.rc_buf_optimal_sz = 600;
    config.rc_buf_sz = 1000;
    config.kf_mode = aom::AOM_KF_DISABLED;
    Ok(config)
}

#[allow(unsafe_code, reason = "libaom is C")]
fn open(config: &aom::aom_codec_enc_cfg_t) -> Result<aom::aom_codec_ctx_t, EncodeError> {
    let mut context = MaybeUninit::zeroed();
    // SAFETY: libaom initialises the context when it returns OK; after an error it needs no closing. It keeps no
    // pointer to the context itself (its own handle is a heap object behind `priv`), so the context may be moved. It
    // does keep one to the configuration, but copies it into that heap object during this call.
    unsafe {
        let code = aom::aom_codec_enc_init_ver(
            context.as_mut_ptr(),
            aom::aom_codec_av1_cx(),
            config,
            0,
            aom::AOM_ENCODER_ABI_VERSION.cast_signed(),
        );
        if code != aom::AOM_CODEC_OK {
            return Err(failure(format!("cannot be opened: {}", text(aom::aom_codec_err_to_string(code)))));
        }
        Ok(context.assume_init())
    }
}

#[allow(unsafe_code, reason = "an image is a C structure")]
fn wrap(picture: &Planes) -> aom::aom_image_t {
    // SAFETY: the structure consists of integers and pointers, for which zero is valid.
    let mut image: aom::aom_image_t = unsafe { MaybeUninit::zeroed().assume_init() };
    image.fmt = aom::AOM_IMG_FMT_I420;
    image.cp = aom::AOM_CICP_CP_BT_709;
    image.tc = aom::AOM_CICP_TC_BT_709;
    image.mc = aom::AOM_CICP_MC_BT_709;
    image.range = aom::AOM_CR_STUDIO_RANGE;
    (image.w, image.h) = (u32::from(picture.width()), u32::from(picture.height()));
    (image.d_w, image.d_h) = (image.w, image.h);
    image.bit_depth = 8;
    image.bps = 12;
    (image.x_chroma_shift, image.y_chroma_shift) = (1, 1);
    image.planes = [picture.y(), picture.u(), picture.v()].map(|plane| plane.as_ptr().cast_mut());
    let stride = i32::from(picture.width());
    image.stride = [stride, stride / 2, stride / 2];
    image
}

/// # Safety
///
/// `string` is null or a C string that outlives the call.
#[allow(unsafe_code, reason = "libaom's messages are C strings")]
unsafe fn text(string: *const std::os::raw::c_char) -> String {
    if string.is_null() {
        return String::new();
    }
    // SAFETY: not null, and a C string as promised.
    unsafe { CStr::from_ptr(string) }.to_string_lossy().into_owned()
}

/// A temporal unit without its sequence header (AV1 specification 5.3 and 5.5), which a decoder keeps from the one
/// before: the key frame in it is then one picture of the same sequence. `None` when it cannot be read.
pub(super) fn without_sequence_header(unit: &[u8]) -> Option<Vec<u8>> {
    const SEQUENCE_HEADER: u8 = 1;
    let mut kept = Vec::with_capacity(unit.len());
    let mut rest = unit;
    while let Some(header) = rest.first() {
        let (kind, extended, sized) = (header >> 3 & 15, header & 4 != 0, header & 2 != 0);
        let at = 1 + usize::from(extended);
        let whole = if sized {
            let (size, bytes) = leb128(rest.get(at..)?)?;
            at.checked_add(bytes)?.checked_add(size)?
        } else {
            rest.len()
        };
        let (obu, after) = rest.split_at_checked(whole)?;
        if kind != SEQUENCE_HEADER {
            kept.extend_from_slice(obu);
        }
        rest = after;
    }
    Some(kept)
}

/// A number and how many bytes it takes (specification 4.10.5).
fn leb128(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}

fn kilobits(bits: u32) -> u32 {
    (bits / 1000).max(50)
}

fn failure(what: String) -> EncodeError {
    EncodeError { codec: VideoCodec::Av1, what }
}
