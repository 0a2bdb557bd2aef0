//! Keyboard and pointer of an X11 display.

use crate::injector::InjectError;

/// Injects through XTEST.
#[derive(Debug)]
pub struct X11Injector {}

impl X11Injector {
    /// Connects to a display; `None` for the one in `DISPLAY`.
    ///
    /// # Errors
    ///
    /// [`InjectError::Unavailable`] when it cannot be reached or lacks XTEST or XKB.
    pub fn open(display: Option<&str>) -> Result<Self, InjectError> {
        let _ = display;
        Err(InjectError::Unavailable("not connected".to_owned()))
    }
}

impl crate::Injector for X11Injector {
    fn press(&mut self, _: crate::KeyPress<'_>) -> Result<crate::Pressed, InjectError> {
        Ok(crate::Pressed::Nothing)
    }

    fn release(&mut self, _: deskhand_protocol::call::input::KeyUsage) -> Result<(), InjectError> {
        Ok(())
    }

    fn type_text(&mut self, _: &str) -> Result<(), InjectError> {
        Ok(())
    }

    fn button(&mut self, _: deskhand_protocol::call::input::Button, _: crate::ButtonAction) -> Result<(), InjectError> {
        Ok(())
    }

    fn scroll(&mut self, _: crate::ScrollAxis, _: i32) -> Result<(), InjectError> {
        Ok(())
    }

    fn move_to(&mut self, _: i32, _: i32) -> Result<(), InjectError> {
        Ok(())
    }
}
