//! Pictures by desktop duplication: the system hands out each monitor's picture with what changed in it, and tells of the
//! pointer. A monitor belongs to one graphics adapter, and each has a device of its own here.

#![allow(unsafe_code, reason = "the system's interface is COM")]

use std::{slice, time::Duration};

use windows::{
    Win32::{
        Foundation::{HMODULE, RECT},
        Graphics::{
            Direct3D::D3D_DRIVER_TYPE_UNKNOWN,
            Direct3D11::{
                D3D11_BOX, D3D11_CPU_ACCESS_READ, D3D11_CREATE_DEVICE_FLAG, D3D11_MAP_READ, D3D11_MAPPED_SUBRESOURCE,
                D3D11_SDK_VERSION, D3D11_TEXTURE2D_DESC, D3D11_USAGE_STAGING, D3D11CreateDevice, ID3D11Device,
                ID3D11DeviceContext, ID3D11Texture2D,
            },
            Dxgi::{
                Common::{
                    DXGI_FORMAT_B8G8R8A8_UNORM, DXGI_MODE_ROTATION_ROTATE90, DXGI_MODE_ROTATION_ROTATE180,
                    DXGI_MODE_ROTATION_ROTATE270, DXGI_SAMPLE_DESC,
                },
                CreateDXGIFactory1, DXGI_ERROR_WAIT_TIMEOUT, DXGI_OUTDUPL_FRAME_INFO, DXGI_OUTDUPL_MOVE_RECT,
                DXGI_OUTDUPL_POINTER_SHAPE_INFO, DXGI_OUTDUPL_POINTER_SHAPE_TYPE_COLOR,
                DXGI_OUTDUPL_POINTER_SHAPE_TYPE_MASKED_COLOR, IDXGIAdapter1, IDXGIFactory1, IDXGIOutput, IDXGIOutput1,
                IDXGIOutputDuplication, IDXGIResource,
            },
        },
    },
    core::Interface as _,
};

use super::{Area, Gone, News, Read, Source};
use crate::{
    CursorShape, Monitor, Rect, Region, Rotation,
    pixels::{Canvas, Kind, PIXEL, copy_upright, pointer, upright},
};

/// Of several monitors each is asked in turn, for so long.
const TURN: Duration = Duration::from_millis(8);
/// A pointer's picture in bytes; more is none.
const POINTER: u32 = 4 * 1024 * 1024;
/// What is told of changes in bytes; more is taken for a change of everything.
const TOLD: u32 = 4 * 1024 * 1024;
/// Pictures that are taken at once: what came while the one before was read.
const CATCH_UP: u32 = 3;

/// All monitors of an area.
pub(super) struct Duplicates {
    stride: usize,
    outputs: Vec<Output>,
}

/// One monitor.
struct Output {
    device: ID3D11Device,
    context: ID3D11DeviceContext,
    duplication: IDXGIOutputDuplication,
    /// Of the panel, before it is turned.
    panel: (u16, u16),
    rotation: Rotation,
    /// Upright, and where it lies in the picture.
    size: (u16, u16),
    origin: (u16, u16),
    /// Where the processor reads it from; as large as the panel.
    staging: Option<ID3D11Texture2D>,
    held: Option<Held>,
}

/// A picture that the system has handed out and not taken back.
struct Held {
    texture: ID3D11Texture2D,
    info: DXGI_OUTDUPL_FRAME_INFO,
}

impl Duplicates {
    /// Every one of these monitors, or none of them.
    pub(super) fn open(area: Area, monitors: &[&Monitor]) -> Option<Self> {
        // SAFETY: it only makes an object.
        let factory: IDXGIFactory1 = unsafe { CreateDXGIFactory1() }.ok()?;
        let outputs =
            monitors.iter().map(|monitor| Output::open(&factory, area, monitor)).collect::<Option<Vec<_>>>()?;
        (!outputs.is_empty()).then_some(Self { stride: usize::from(area.size.0) * PIXEL, outputs })
    }
}

impl Source for Duplicates {
    fn wait(&mut self, patience: Duration) -> Result<News, Gone> {
        let turn = if self.outputs.len() == 1 { patience } else { TURN };
        let mut news = News::default();
        for output in &mut self.outputs {
            news.add(output.wait(turn)?);
        }
        Ok(news)
    }

    fn read(&mut self, picture: &mut [u8], read: Read) -> Result<Region, Gone> {
        let mut changed = Region::new();
        for output in &mut self.outputs {
            output.read(picture, self.stride, read, &mut changed)?;
        }
        Ok(changed)
    }
}

impl Output {
    fn open(factory: &IDXGIFactory1, area: Area, monitor: &Monitor) -> Option<Self> {
        let (adapter, output) = find(factory, &monitor.name)?;
        let (mut device, mut context) = (None, None);
        // SAFETY: both addresses are good for this call; an adapter that is named wants the unknown type.
        let made = unsafe {
            D3D11CreateDevice(
                &adapter,
                D3D_DRIVER_TYPE_UNKNOWN,
                HMODULE::default(),
                D3D11_CREATE_DEVICE_FLAG(0),
                None,
                D3D11_SDK_VERSION,
                Some(&raw mut device),
                None,
                Some(&raw mut context),
            )
        };
        made.ok()?;
        let (device, context) = (device?, context?);
        let output: IDXGIOutput1 = output.cast().ok()?;
        // SAFETY: the device is of the output's own adapter.
        let duplication = unsafe { output.DuplicateOutput(&device) }
            .inspect_err(|error| tracing::debug!(%error, "a monitor is not duplicated"))
            .ok()?;
        // SAFETY: it only tells.
        let told = unsafe { duplication.GetDesc() };
        let rotation = match told.Rotation {
            DXGI_MODE_ROTATION_ROTATE90 => Rotation::Right,
            DXGI_MODE_ROTATION_ROTATE180 => Rotation::Inverted,
            DXGI_MODE_ROTATION_ROTATE270 => Rotation::Left,
            _ => Rotation::Upright,
        };
        let size = (monitor.width, monitor.height);
        let panel = match rotation {
            Rotation::Upright | Rotation::Inverted => size,
            Rotation::Right | Rotation::Left => (size.1, size.0),
        };
        let place = |at: i32, from: i32| u16::try_from(at - from).ok();
        let origin = (place(monitor.x, area.origin.0)?, place(monitor.y, area.origin.1)?);
        Some(Self { device, context, duplication, panel, rotation, size, origin, staging: None, held: None })
    }

    /// Waits for the next picture and keeps it, if there is none yet.
    fn wait(&mut self, patience: Duration) -> Result<News, Gone> {
        if self.held.is_some() {
            return Ok(News { picture: true, ..News::default() });
        }
        let millis = u32::try_from(patience.as_millis()).unwrap_or(u32::MAX);
        let mut info = DXGI_OUTDUPL_FRAME_INFO::default();
        let mut resource: Option<IDXGIResource> = None;
        // SAFETY: both addresses are good for this call.
        let taken = unsafe { self.duplication.AcquireNextFrame(millis, &raw mut info, &raw mut resource) };
        match taken {
            Err(error) if error.code() == DXGI_ERROR_WAIT_TIMEOUT => return Ok(News::default()),
            Err(error) => {
                tracing::debug!(%error, "the desktop is not handed out any more");
                return Err(Gone);
            }
            Ok(()) => {}
        }
        let shape = self.shape(&info);
        let texture = resource.and_then(|resource| resource.cast::<ID3D11Texture2D>().ok());
        let picture = info.LastPresentTime != 0;
        match texture.filter(|_| picture) {
            Some(texture) => self.held = Some(Held { texture, info }),
            None => self.give_back()?,
        }
        Ok(News { picture, moved: info.LastMouseUpdateTime != 0, shape })
    }

    fn give_back(&mut self) -> Result<(), Gone> {
        self.held = None;
        // SAFETY: one is out.
        unsafe { self.duplication.ReleaseFrame() }.map_err(|_| Gone)
    }

    /// What the pointer looks like, if that is new.
    fn shape(&self, info: &DXGI_OUTDUPL_FRAME_INFO) -> Option<Option<CursorShape>> {
        if info.LastMouseUpdateTime != 0 && !info.PointerPosition.Visible.as_bool() {
            // On another monitor, or hidden; the one that has it says more.
            return None;
        }
        let length = info.PointerShapeBufferSize;
        if length == 0 || length > POINTER {
            return None;
        }
        let mut bytes = vec![0_u8; usize::try_from(length).ok()?];
        let (mut needed, mut told) = (0, DXGI_OUTDUPL_POINTER_SHAPE_INFO::default());
        let to = bytes.as_mut_ptr().cast();
        // SAFETY: there is room for as much as is said.
        unsafe { self.duplication.GetFramePointerShape(length, to, &raw mut needed, &raw mut told) }.ok()?;
        let kind = match told.Type {
            kind if kind == DXGI_OUTDUPL_POINTER_SHAPE_TYPE_COLOR.0.cast_unsigned() => Kind::Colour,
            kind if kind == DXGI_OUTDUPL_POINTER_SHAPE_TYPE_MASKED_COLOR.0.cast_unsigned() => Kind::Masked,
            _ => Kind::Monochrome,
        };
        let rows = if matches!(kind, Kind::Monochrome) { told.Height / 2 } else { told.Height };
        let size = (u16::try_from(told.Width).ok()?, u16::try_from(rows).ok()?);
        let hot = (u16::try_from(told.HotSpot.x).unwrap_or(0), u16::try_from(told.HotSpot.y).unwrap_or(0));
        Some(pointer(kind, size, usize::try_from(told.Pitch).ok()?, hot, &bytes))
    }

    /// Reads what changed, up to now.
    fn read(&mut self, picture: &mut [u8], stride: usize, read: Read, changed: &mut Region) -> Result<(), Gone> {
        for turn in 0..CATCH_UP {
            // What was drawn since comes at once or not at all.
            if !self.wait(Duration::ZERO)?.picture && self.held.is_none() {
                break;
            }
            let Some((texture, info)) = self.held.as_ref().map(|held| (held.texture.clone(), held.info)) else { break };
            let parts = match read {
                Read::Whole if turn == 0 => None,
                Read::Whole | Read::Changes => self.parts(&info),
            };
            let parts = parts.unwrap_or_else(|| vec![Rect::whole(self.panel.0, self.panel.1)]);
            self.copy(&texture, &parts, picture, stride)?;
            for part in parts {
                let at = upright(part, self.rotation, self.size);
                changed.add(Rect { x: at.x + self.origin.0, y: at.y + self.origin.1, ..at });
            }
            self.give_back()?;
        }
        Ok(())
    }

    /// What changed in the picture that is held, as parts of the panel; `None` when that is not known.
    fn parts(&self, info: &DXGI_OUTDUPL_FRAME_INFO) -> Option<Vec<Rect>> {
        if info.TotalMetadataBufferSize == 0 || info.TotalMetadataBufferSize > TOLD {
            return None;
        }
        let room = |each: usize| usize::try_from(info.TotalMetadataBufferSize).unwrap_or(0) / each + 1;
        let mut moves = vec![DXGI_OUTDUPL_MOVE_RECT::default(); room(size_of::<DXGI_OUTDUPL_MOVE_RECT>())];
        let mut dirty = vec![RECT::default(); room(size_of::<RECT>())];
        let bytes = |length: usize, each: usize| u32::try_from(length * each).unwrap_or(0);
        let mut told = (0, 0);
        // SAFETY: each has room for as much as is said.
        unsafe {
            let length = bytes(moves.len(), size_of::<DXGI_OUTDUPL_MOVE_RECT>());
            self.duplication.GetFrameMoveRects(length, moves.as_mut_ptr(), &raw mut told.0).ok()?;
            let length = bytes(dirty.len(), size_of::<RECT>());
            self.duplication.GetFrameDirtyRects(length, dirty.as_mut_ptr(), &raw mut told.1).ok()?;
        }
        let count = |told: u32, each: usize| usize::try_from(told).unwrap_or(0) / each;
        moves.truncate(count(told.0, size_of::<DXGI_OUTDUPL_MOVE_RECT>()));
        dirty.truncate(count(told.1, size_of::<RECT>()));
        // What was moved is another content at its new place; what it left is among the dirty ones.
        let all = moves.iter().map(|moved| moved.DestinationRect).chain(dirty);
        let within = |rect: RECT| {
            let (width, height) = (rect.right.checked_sub(rect.left)?, rect.bottom.checked_sub(rect.top)?);
            let extent = |length: i32| u16::try_from(length).ok();
            Rect::clipped(rect.left, rect.top, extent(width)?, extent(height)?, (0, 0), self.panel)
        };
        // Many small ones become few, as for everything else that is read.
        let mut region = Region::new();
        all.filter_map(within).for_each(|rect| region.add(rect));
        Some(region.rects().to_vec())
    }

    fn copy(
        &mut self,
        texture: &ID3D11Texture2D,
        parts: &[Rect],
        picture: &mut [u8],
        stride: usize,
    ) -> Result<(), Gone> {
        let staging = self.staging(texture)?;
        let mut mapped = D3D11_MAPPED_SUBRESOURCE::default();
        // SAFETY: both textures have the panel's size, within which all parts lie.
        unsafe {
            for part in parts {
                let from = D3D11_BOX {
                    left: part.x.into(),
                    top: part.y.into(),
                    front: 0,
                    right: part.right(),
                    bottom: part.bottom(),
                    back: 1,
                };
                let (x, y) = (part.x.into(), part.y.into());
                self.context.CopySubresourceRegion(&staging, 0, x, y, 0, texture, 0, Some(&raw const from));
            }
            self.context.Map(&staging, 0, D3D11_MAP_READ, 0, Some(&raw mut mapped)).map_err(|_| Gone)?;
        }
        let pitch = usize::try_from(mapped.RowPitch).unwrap_or(0);
        let length = pitch * usize::from(self.panel.1);
        // SAFETY: mapped until below, with so many bytes in each of the panel's rows.
        let source = unsafe { slice::from_raw_parts(mapped.pData.cast::<u8>().cast_const(), length) };
        let mut canvas = Canvas { bytes: picture, stride, origin: self.origin, size: self.size };
        for part in parts {
            copy_upright(source, pitch, *part, self.rotation, &mut canvas);
        }
        // SAFETY: mapped above, and read for the last time.
        unsafe { self.context.Unmap(&staging, 0) };
        Ok(())
    }

    fn staging(&mut self, of: &ID3D11Texture2D) -> Result<ID3D11Texture2D, Gone> {
        if let Some(staging) = &self.staging {
            return Ok(staging.clone());
        }
        let mut told = D3D11_TEXTURE2D_DESC::default();
        // SAFETY: the address is good for this call.
        unsafe { of.GetDesc(&raw mut told) };
        if told.Format != DXGI_FORMAT_B8G8R8A8_UNORM
            || (told.Width, told.Height) != (self.panel.0.into(), self.panel.1.into())
        {
            tracing::warn!(format = told.Format.0, "the desktop has another form than expected");
            return Err(Gone);
        }
        let wanted = D3D11_TEXTURE2D_DESC {
            Usage: D3D11_USAGE_STAGING,
            BindFlags: 0,
            CPUAccessFlags: D3D11_CPU_ACCESS_READ.0.cast_unsigned(),
            MiscFlags: 0,
            MipLevels: 1,
            ArraySize: 1,
            SampleDesc: DXGI_SAMPLE_DESC { Count: 1, Quality: 0 },
            ..told
        };
        let mut made = None;
        // SAFETY: both addresses are good for this call.
        unsafe { self.device.CreateTexture2D(&raw const wanted, None, Some(&raw mut made)) }.map_err(|_| Gone)?;
        self.staging = made;
        self.staging.clone().ok_or(Gone)
    }
}

/// The output that shows a monitor, and the adapter that drives it.
fn find(factory: &IDXGIFactory1, name: &str) -> Option<(IDXGIAdapter1, IDXGIOutput)> {
    // SAFETY: it only makes objects, and ends with an error behind the last.
    unsafe {
        let adapters = (0..).map_while(|number| factory.EnumAdapters1(number).ok());
        for adapter in adapters {
            for output in (0..).map_while(|number| adapter.EnumOutputs(number).ok()) {
                let Ok(told) = output.GetDesc() else { continue };
                let length = told.DeviceName.iter().position(|unit| *unit == 0).unwrap_or(told.DeviceName.len());
                let device = String::from_utf16_lossy(told.DeviceName.get(..length).unwrap_or_default());
                if device.trim_start_matches(['\\', '.']) == name {
                    return Some((adapter, output));
                }
            }
        }
    }
    None
}
