//! The loop: takes a kept input, changes it, runs the target, and keeps what gave a new shape.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

use crate::{
    mutate::{Dice, mutate},
    targets::{Shape, Target},
};

/// Longer than any decoder may take for one input; on a busy machine the same input is tried again.
const SLOW: Duration = Duration::from_secs(2);
/// Kept inputs of one target: new shapes beyond are not worth the time that replaying takes.
pub const MOST: usize = 300;

/// What an input does that none may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The input.
    pub input: Vec<u8>,
    /// What it does.
    pub what: &'static str,
}

/// Runs one input.
///
/// # Errors
///
/// [`Broken`] when the target panics, or takes too long twice.
pub fn run(target: &Target, input: &[u8]) -> Result<Shape, Broken> {
    let once = || {
        let begun = Instant::now();
        let shape = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
        (shape, begun.elapsed())
    };
    let broken = |what| Broken { input: input.to_vec(), what };
    match once() {
        (Err(_), _) => Err(broken("panics")),
        (Ok(_), took) if took > SLOW && once().1 > SLOW => Err(broken("takes too long")),
        (Ok(shape), _) => Ok(shape),
    }
}

/// A target with the inputs that are kept for it.
#[derive(Debug)]
pub struct Field {
    target: &'static Target,
    inputs: Vec<Vec<u8>>,
    shapes: BTreeSet<Shape>,
}

impl Field {
    /// Runs all kept inputs.
    ///
    /// # Errors
    ///
    /// [`Broken`] at the first that breaks something.
    pub fn of(target: &'static Target, inputs: Vec<Vec<u8>>) -> Result<Self, Broken> {
        let mut shapes = BTreeSet::new();
        for input in &inputs {
            shapes.insert(run(target, input)?);
        }
        Ok(Self { target, inputs, shapes })
    }

    /// How many shapes are known.
    #[must_use]
    pub fn shapes(&self) -> usize {
        self.shapes.len()
    }

    /// Tries one more input. Answers with it if it is worth keeping.
    ///
    /// # Errors
    ///
    /// [`Broken`].
    pub fn turn(&mut self, dice: &mut Dice) -> Result<Option<&[u8]>, Broken> {
        let (one, other) = (dice.below(self.inputs.len()), dice.below(self.inputs.len()));
        let part = |at: usize| self.inputs.get(at).map(Vec::as_slice).unwrap_or_default();
        let input = mutate(part(one), part(other), self.target.limit, dice);
        let shape = run(self.target, &input)?;
        if self.inputs.len() >= MOST || !self.shapes.insert(shape) {
            return Ok(None);
        }
        self.inputs.push(input);
        Ok(self.inputs.last().map(Vec::as_slice))
    }
}
