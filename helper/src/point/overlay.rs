//! The windows that show what is pointed at and drawn. Each has the shape of what it shows, so that nothing else of the
//! screen is covered, and an empty shape for the mouse, so that every click goes through.

use deskhand_protocol::call::point::Tool;
use x11rb::{
    connection::{Connection as _, RequestConnection as _},
    protocol::{
        shape::{self, ConnectionExt as _, SK, SO},
        xproto::{
            AtomEnum, CapStyle, ClipOrdering, ConfigureWindowAux, ConnectionExt as _, CoordMode, CreateGCAux,
            CreateWindowAux, Gcontext, ImageFormat, ImageOrder, JoinStyle, Pixmap, Point, PropMode, Rectangle,
            StackMode, Window, WindowClass,
        },
    },
    rust_connection::RustConnection,
    wrapper::ConnectionExt as _,
};

use super::{
    board::{Board, Pixel, Stroke},
    label::{Label, TIP},
};

/// By which tests and curious people know it.
const TITLE: &str = "Deskhand drawing";
/// Seen on light and on dark: a strong colour with a white rim.
const INK: u32 = 0x00d7_3814;
const RIM: u32 = 0x00ff_ffff;
const INK_WIDTH: u32 = 5;
const RIM_WIDTH: u32 = 9;
/// Length of an arrow's two short lines in pixels, and how far they stand off it.
const HEAD: f64 = 26.0;
const HEAD_ANGLE: f64 = 0.48;
/// Left and upper edge, width and height.
type Area = (i16, i16, u16, u16);
/// Windows of the display that are looked at for our own.
const WINDOWS: u32 = 1_024;

/// See the module. Dropping it closes the connection, with which the windows go.
pub(super) struct Overlay {
    connection: RustConnection,
    root: Window,
    size: (u16, u16),
    depth: u8,
    rim: Layer,
    ink: Layer,
    drawn: Vec<Stroke>,
    pointer: Option<Pointer>,
    /// This program's windows: left, upper, width, height.
    ours: Vec<Area>,
    atoms: [u32; 3],
}

/// All strokes in one colour and width.
#[derive(Debug, Clone, Copy)]
struct Layer {
    window: Window,
    mask: Pixmap,
    pen: Gcontext,
    eraser: Gcontext,
}

struct Pointer {
    window: Window,
    name: String,
    label: Label,
    at: Option<Pixel>,
}

impl Overlay {
    /// Connects to the display that this program uses.
    pub(super) fn open() -> anyhow::Result<Self> {
        let (connection, screen) = x11rb::connect(None)?;
        let setup = connection.setup();
        let screen = setup.roots.get(screen).ok_or_else(|| anyhow::anyhow!("the display has no screen"))?;
        let (root, depth) = (screen.root, screen.root_depth);
        anyhow::ensure!(
            depth == 24 && setup.image_byte_order == ImageOrder::LSB_FIRST,
            "the display is one of {depth} bits"
        );
        anyhow::ensure!(
            connection.extension_information(shape::X11_EXTENSION_NAME)?.is_some(),
            "the display has no shaped windows"
        );
        let names = ["_NET_CLIENT_LIST", "_NET_WM_PID", "_NET_WM_NAME"];
        let asked = names.map(|name| connection.intern_atom(false, name.as_bytes()));
        let mut atoms = [0; 3];
        for (atom, asked) in atoms.iter_mut().zip(asked) {
            *atom = asked?.reply()?.atom;
        }
        let geometry = connection.get_geometry(root)?.reply()?;
        let size = (geometry.width, geometry.height);
        let rim = Layer::new(&connection, root, size, RIM, RIM_WIDTH)?;
        let ink = Layer::new(&connection, root, size, INK, INK_WIDTH)?;
        Ok(Self { connection, root, size, depth, rim, ink, drawn: Vec::new(), pointer: None, ours: Vec::new(), atoms })
    }

    /// Shows what is on the board now, above all other windows but our own.
    pub(super) fn show(&mut self, board: &Board, name: &str) -> anyhow::Result<()> {
        let geometry = self.connection.get_geometry(self.root)?.reply()?;
        if (geometry.width, geometry.height) != self.size {
            self.size = (geometry.width, geometry.height);
            for (layer, colour, width) in [(&mut self.rim, RIM, RIM_WIDTH), (&mut self.ink, INK, INK_WIDTH)] {
                layer.close(&self.connection)?;
                *layer = Layer::new(&self.connection, self.root, self.size, colour, width)?;
            }
            self.drawn.clear();
        }
        let ours = self.find_ours()?;
        let moved = ours != self.ours;
        self.ours = ours;
        self.strokes(board, moved)?;
        self.point(board.pointer, name, moved)?;
        // Whatever was raised since lies below again.
        let above = ConfigureWindowAux::new().stack_mode(StackMode::ABOVE);
        let pointer = self.pointer.as_ref().map(|pointer| pointer.window);
        for window in [self.rim.window, self.ink.window].into_iter().chain(pointer) {
            self.connection.configure_window(window, &above)?;
        }
        // The display has done it when it answers.
        self.connection.sync()?;
        Ok(())
    }

    fn strokes(&mut self, board: &Board, moved: bool) -> anyhow::Result<()> {
        let same = board.strokes.iter().eq(&self.drawn);
        if same && !moved {
            return Ok(());
        }
        if !same {
            let grown = self.grown(board);
            for layer in [self.rim, self.ink] {
                match &grown {
                    Some(points) => layer.line(&self.connection, points)?,
                    None => {
                        layer.erase(&self.connection, self.size)?;
                        for stroke in &board.strokes {
                            layer.stroke(&self.connection, stroke)?;
                        }
                    }
                }
            }
            self.drawn = board.strokes.iter().cloned().collect();
        }
        for layer in [self.rim, self.ink] {
            self.connection.shape_mask(SO::SET, SK::BOUNDING, layer.window, 0, 0, layer.mask)?;
            self.cut_out(layer.window, (0, 0))?;
        }
        Ok(())
    }

    /// The new part of the last line, if that is all that is new.
    fn grown(&self, board: &Board) -> Option<Vec<Pixel>> {
        let (last, before) = (board.strokes.back()?, self.drawn.last()?);
        let others = board.strokes.len().checked_sub(1)?;
        let only =
            self.drawn.len() == board.strokes.len() && board.strokes.iter().take(others).eq(&self.drawn[..others]);
        let grew = last.tool == Tool::Pen && before.tool == Tool::Pen && last.points.starts_with(&before.points);
        (only && grew).then(|| last.points[before.points.len().saturating_sub(1)..].to_vec())
    }

    fn point(&mut self, at: Option<Pixel>, name: &str, moved: bool) -> anyhow::Result<()> {
        let Some(at) = at else {
            if let Some(pointer) = self.pointer.take() {
                self.connection.destroy_window(pointer.window)?;
            }
            return Ok(());
        };
        if self.pointer.as_ref().is_none_or(|pointer| pointer.name != name) {
            if let Some(pointer) = self.pointer.take() {
                self.connection.destroy_window(pointer.window)?;
            }
            self.pointer = Some(self.new_pointer(name)?);
        }
        let Some(pointer) = &mut self.pointer else { return Ok(()) };
        if pointer.at == Some(at) && !moved {
            return Ok(());
        }
        let began = pointer.at.replace(at).is_none();
        let (window, corner) = (pointer.window, (at.0 - TIP, at.1 - TIP));
        let runs = pointer.label.runs.iter();
        let shown: Vec<Rectangle> =
            runs.map(|(y, x, width)| Rectangle { x: *x, y: *y, width: *width, height: 1 }).collect();
        self.connection.shape_rectangles(SO::SET, SK::BOUNDING, ClipOrdering::YX_SORTED, window, 0, 0, &shown)?;
        self.cut_out(window, corner)?;
        self.connection.configure_window(window, &ConfigureWindowAux::new().x(corner.0).y(corner.1))?;
        if began {
            self.connection.map_window(window)?;
        }
        Ok(())
    }

    fn new_pointer(&self, name: &str) -> anyhow::Result<Pointer> {
        let label = Label::new(name)?;
        let connection = &self.connection;
        let (picture, gc) = (connection.generate_id()?, connection.generate_id()?);
        let (width, height) = (label.width, label.height);
        connection.create_pixmap(self.depth, picture, self.root, width, height)?;
        connection.create_gc(gc, picture, &CreateGCAux::new())?;
        let format = ImageFormat::Z_PIXMAP;
        connection.put_image(format, picture, gc, width, height, 0, 0, 0, self.depth, &label.bgrx)?;
        let look = CreateWindowAux::new().override_redirect(1).background_pixmap(picture);
        let window = through(connection, self.root, (width, height), &look)?;
        connection.free_gc(gc)?;
        connection.free_pixmap(picture)?;
        Ok(Pointer { window, name: name.to_owned(), label, at: None })
    }

    /// Takes this program's windows out of the shape of one that lies at a place.
    fn cut_out(&self, window: Window, (x, y): Pixel) -> anyhow::Result<()> {
        let ours: Vec<Rectangle> = self
            .ours
            .iter()
            .map(|(left, top, width, height)| Rectangle {
                x: near(i32::from(*left) - x),
                y: near(i32::from(*top) - y),
                width: *width,
                height: *height,
            })
            .collect();
        if !ours.is_empty() {
            let ordering = ClipOrdering::UNSORTED;
            self.connection.shape_rectangles(SO::SUBTRACT, SK::BOUNDING, ordering, window, 0, 0, &ours)?;
        }
        Ok(())
    }

    /// Where this program's windows are now, with their frames as far as they have any.
    fn find_ours(&self) -> anyhow::Result<Vec<Area>> {
        let [list, pid, _] = self.atoms;
        let connection = &self.connection;
        let listed = connection.get_property(false, self.root, list, AtomEnum::WINDOW, 0, WINDOWS)?.reply()?;
        let windows: Vec<Window> = listed.value32().into_iter().flatten().collect();
        let asked: Vec<_> = windows
            .into_iter()
            .filter_map(|window| {
                Some((window, connection.get_property(false, window, pid, AtomEnum::CARDINAL, 0, 1).ok()?))
            })
            .collect();
        let mut ours = Vec::new();
        for (window, asked) in asked {
            // Windows come and go; one that has gone is not in the way.
            let Ok(answer) = asked.reply() else { continue };
            if answer.value32().and_then(|mut pids| pids.next()) != Some(std::process::id()) {
                continue;
            }
            let Ok(attributes) = connection.get_window_attributes(window)?.reply() else { continue };
            if attributes.map_state != x11rb::protocol::xproto::MapState::VIEWABLE {
                continue;
            }
            let (Ok(size), Ok(corner)) = (
                connection.get_geometry(window)?.reply(),
                connection.translate_coordinates(window, self.root, 0, 0)?.reply(),
            ) else {
                continue;
            };
            ours.push((corner.dst_x, corner.dst_y, size.width, size.height));
        }
        Ok(ours)
    }
}

/// A window that takes no mouse, of the size given, in the upper left corner.
fn through(
    connection: &RustConnection,
    root: Window,
    (width, height): (u16, u16),
    look: &CreateWindowAux,
) -> anyhow::Result<Window> {
    let window = connection.generate_id()?;
    connection.create_window(0, window, root, 0, 0, width, height, 0, WindowClass::INPUT_OUTPUT, 0, look)?;
    connection.shape_rectangles(SO::SET, SK::INPUT, ClipOrdering::UNSORTED, window, 0, 0, &[])?;
    connection.change_property8(PropMode::REPLACE, window, AtomEnum::WM_NAME, AtomEnum::STRING, TITLE.as_bytes())?;
    Ok(window)
}

impl Layer {
    fn new(
        connection: &RustConnection,
        root: Window,
        size: (u16, u16),
        colour: u32,
        width: u32,
    ) -> anyhow::Result<Self> {
        let look = CreateWindowAux::new().override_redirect(1).background_pixel(colour);
        let window = through(connection, root, size, &look)?;
        let (mask, pen, eraser) = (connection.generate_id()?, connection.generate_id()?, connection.generate_id()?);
        connection.create_pixmap(1, mask, root, size.0, size.1)?;
        let round = CreateGCAux::new().line_width(width).cap_style(CapStyle::ROUND).join_style(JoinStyle::ROUND);
        connection.create_gc(pen, mask, &round.foreground(1))?;
        connection.create_gc(eraser, mask, &CreateGCAux::new().foreground(0))?;
        let layer = Self { window, mask, pen, eraser };
        layer.erase(connection, size)?;
        connection.shape_mask(SO::SET, SK::BOUNDING, window, 0, 0, mask)?;
        connection.map_window(window)?;
        Ok(layer)
    }

    fn close(self, connection: &RustConnection) -> anyhow::Result<()> {
        connection.destroy_window(self.window)?;
        connection.free_pixmap(self.mask)?;
        connection.free_gc(self.pen)?;
        connection.free_gc(self.eraser)?;
        Ok(())
    }

    fn erase(self, connection: &RustConnection, (width, height): (u16, u16)) -> anyhow::Result<()> {
        connection.poly_fill_rectangle(self.mask, self.eraser, &[Rectangle { x: 0, y: 0, width, height }])?;
        Ok(())
    }

    fn stroke(self, connection: &RustConnection, Stroke { tool, points }: &Stroke) -> anyhow::Result<()> {
        let (Some(from), Some(to)) = (points.first().copied(), points.last().copied()) else { return Ok(()) };
        match tool {
            Tool::Pen => self.line(connection, points),
            Tool::Box => self.line(connection, &[from, (to.0, from.1), to, (from.0, to.1), from]),
            Tool::Arrow => {
                self.line(connection, &[from, to])?;
                let [left, right] = head(from, to);
                self.line(connection, &[left, to, right])
            }
        }
    }

    fn line(self, connection: &RustConnection, points: &[Pixel]) -> anyhow::Result<()> {
        let mut points: Vec<Point> = points.iter().map(|(x, y)| Point { x: near(*x), y: near(*y) }).collect();
        // A point is a line to itself.
        if let [only] = points[..] {
            points.push(only);
        }
        connection.poly_line(CoordMode::ORIGIN, self.mask, self.pen, &points)?;
        Ok(())
    }
}

/// The far ends of an arrow's two short lines.
fn head(from: Pixel, to: Pixel) -> [Pixel; 2] {
    let (dx, dy) = (f64::from(from.0 - to.0), f64::from(from.1 - to.1));
    let length = HEAD.min(dx.hypot(dy));
    let back = dy.atan2(dx);
    [back + HEAD_ANGLE, back - HEAD_ANGLE].map(|angle| {
        #[allow(clippy::cast_possible_truncation, reason = "a few pixels off a pixel of the screen")]
        let at = |origin: i32, part: f64| origin + (part * length).round() as i32;
        (at(to.0, angle.cos()), at(to.1, angle.sin()))
    })
}

/// As the display counts pixels; what is further away is not on it.
fn near(at: i32) -> i16 {
    i16::try_from(at).unwrap_or(if at < 0 { i16::MIN } else { i16::MAX })
}
