//! `bench picture`: plays scenes, in calls of their own, and puts their repetitions together.
//!
//! A scene that cannot be played is told as a problem; the others are measured nevertheless.

use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value, json};

use super::{
    ends::Ends,
    figures::{merge, percentile, tidy},
    processes::load,
    scenes::{drag, idle, long, lossy, mbit1, moving, scroll, step, typing, video, window},
    screen::Desk,
};
use crate::say;

/// Keys of each repetition of `typing`.
const KEYS: usize = 200;

/// The scenes, in the order in which they are played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    /// Nothing moves.
    Idle,
    /// Keys, seen by the probe.
    Typing,
    /// A window is dragged.
    Drag,
    /// A clip plays.
    Video,
    /// A page scrolls.
    Scroll,
    /// It stands still.
    Still,
    /// Keys, seen in the console's window.
    Window,
    /// A slow line.
    Mbit1,
    /// A line that loses.
    Lossy,
    /// A line that becomes slow and fast again.
    Step,
    /// Ten minutes.
    Long,
}

impl Scene {
    const ALL: [(Self, &str); 11] = [
        (Self::Idle, "idle"),
        (Self::Typing, "typing"),
        (Self::Drag, "drag"),
        (Self::Video, "video"),
        (Self::Scroll, "scroll"),
        (Self::Still, "still"),
        (Self::Window, "window"),
        (Self::Mbit1, "mbit1"),
        (Self::Lossy, "lossy"),
        (Self::Step, "step"),
        (Self::Long, "long"),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(scene, _)| *scene == self).map_or("", |(_, name)| name)
    }

    /// Whether it is played with others in one call on this machine.
    const fn is_local(self) -> bool {
        matches!(self, Self::Idle | Self::Typing | Self::Drag | Self::Video | Self::Scroll | Self::Still)
    }
}

/// The scenes of these names; all but the longest if none is named.
///
/// # Errors
///
/// When there is no scene of a name.
pub fn choose(names: &[String]) -> Result<Vec<Scene>> {
    for name in names {
        if !Scene::ALL.iter().any(|(_, known)| known == name) {
            let known: Vec<&str> = Scene::ALL.iter().map(|(_, name)| *name).collect();
            bail!("there is no scene {name:?}; there are: {}", known.join(", "));
        }
    }
    let wanted = |scene: Scene| match names {
        [] => scene != Scene::Long,
        names => names.iter().any(|name| name == scene.name()),
    };
    Ok(Scene::ALL.into_iter().map(|(scene, _)| scene).filter(|scene| wanted(*scene)).collect())
}

/// Plays scenes so often. Returns their figures, and what could not be measured.
#[must_use]
pub fn run(scenes: &[Scene], repetitions: u32) -> (Value, Vec<String>) {
    let begun = Instant::now();
    let mut run = Run { scenes: scenes.to_vec(), desk: None, alone: Alone::default(), problems: Vec::new() };
    let load_before = load();
    let mut all = Vec::new();
    for repetition in 1..=repetitions {
        say(&format!("repetition {repetition} of {repetitions}"));
        all.push(run.repetition(u64::from(repetition)));
    }
    let mut figures = merge(&all);
    if let Some(figures) = figures.as_object_mut() {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        figures.insert(
            "machine".into(),
            json!({"cores": cores, "load_before": load_before, "load_after": load(),
                "seconds": tidy(begun.elapsed().as_secs_f64()), "repetitions": repetitions}),
        );
    }
    (figures, run.problems)
}

/// What the scenes cost without the helper; measured once, and before there is a helper.
#[derive(Debug, Default)]
struct Alone {
    idle: Option<f64>,
    typing: Option<typing::Floor>,
    drag: Option<moving::Alone>,
    video: Option<moving::Alone>,
    scroll: Option<moving::Alone>,
}

struct Run {
    scenes: Vec<Scene>,
    desk: Option<Desk>,
    alone: Alone,
    problems: Vec<String>,
}

impl Run {
    /// Plays each scene once.
    fn repetition(&mut self, seed: u64) -> Value {
        let mut figures = Map::new();
        if self.scenes.iter().any(|scene| scene.is_local()) {
            let mut local = Map::new();
            if let Err(error) = self.local(seed, &mut local) {
                self.problem("the call on this machine", &error);
            }
            figures.append(&mut local);
        }
        for scene in [Scene::Window, Scene::Mbit1, Scene::Lossy, Scene::Step, Scene::Long] {
            if !self.scenes.contains(&scene) {
                continue;
            }
            say(&format!("  {}", scene.name()));
            match self.own_call(scene, seed) {
                Ok(value) => drop(figures.insert(scene.name().into(), value)),
                Err(error) => self.problem(scene.name(), &error),
            }
        }
        figures.into()
    }

    fn problem(&mut self, what: &str, error: &anyhow::Error) {
        say(&format!("  {what}: {error:#}"));
        self.problems.push(format!("{what}: {error:#}"));
    }

    /// The desktop, with what the scenes cost on it without the helper.
    fn prepare(&mut self, scenes: &[Scene]) -> Result<()> {
        let desk = match &mut self.desk {
            Some(desk) => desk,
            empty => empty.insert(Desk::open()?),
        };
        let alone = &mut self.alone;
        for scene in scenes {
            match scene {
                Scene::Idle if alone.idle.is_none() => alone.idle = Some(idle::alone(desk)?),
                Scene::Typing if alone.typing.is_none() => alone.typing = Some(typing::floor(desk, KEYS)?),
                Scene::Drag if alone.drag.is_none() => alone.drag = Some(drag::alone(desk)?),
                Scene::Video if alone.video.is_none() => alone.video = Some(video::alone(desk)?),
                Scene::Scroll | Scene::Still if alone.scroll.is_none() => alone.scroll = Some(scroll::alone(desk)?),
                _ => {}
            }
        }
        Ok(())
    }

    /// Plays the scenes that share a call on this machine.
    fn local(&mut self, seed: u64, figures: &mut Map<String, Value>) -> Result<()> {
        let scenes: Vec<Scene> = self.scenes.iter().copied().filter(|scene| scene.is_local()).collect();
        say("  without the helper");
        self.prepare(&scenes)?;
        let desk = self.desk.as_ref().context("there is a desktop")?;
        let mut ends = Ends::connect(desk, None)?;
        let alone = &self.alone;
        let missing = "the scene was not played without the helper";
        let mut problems = Vec::new();
        for scene in &scenes {
            say(&format!("  {}", scene.name()));
            let ends = &mut ends;
            let played = match scene {
                Scene::Idle => alone.idle.context(missing).and_then(|alone| idle::play(desk, ends, alone)),
                Scene::Typing => alone.typing.as_ref().context(missing).and_then(|floor| {
                    let mut typing = typing::play(desk, ends, KEYS, seed, floor.server)?;
                    typing.insert("floor_ms".into(), json!(percentile(&floor.samples, 0.5).map(tidy)));
                    typing.insert("floor_p95_ms".into(), json!(percentile(&floor.samples, 0.95).map(tidy)));
                    Ok(typing.into())
                }),
                Scene::Drag => alone
                    .drag
                    .as_ref()
                    .context(missing)
                    .and_then(|alone| drag::play(desk, ends, alone))
                    .map(Value::from),
                Scene::Video => {
                    let play = |alone| video::play(desk, ends, alone);
                    alone.video.as_ref().context(missing).and_then(play).map(Value::from)
                }
                // One play gives the figures of both.
                Scene::Still if scenes.contains(&Scene::Scroll) => continue,
                Scene::Scroll | Scene::Still => alone.scroll.as_ref().context(missing).and_then(|alone| {
                    let (scroll, still) = scroll::play(desk, ends, alone)?;
                    if scenes.contains(&Scene::Still) {
                        figures.insert("still".into(), still.into());
                    }
                    Ok(scroll.figures()?.into())
                }),
                _ => continue,
            };
            match played {
                Ok(value) if *scene == Scene::Still => drop(value),
                Ok(value) => drop(figures.insert(scene.name().into(), value)),
                Err(error) => problems.push((scene.name(), error)),
            }
        }
        ends.end();
        for (name, error) in problems {
            self.problem(name, &error);
        }
        Ok(())
    }

    /// Plays a scene that has a call of its own.
    fn own_call(&mut self, scene: Scene, seed: u64) -> Result<Value> {
        if scene == Scene::Window {
            return window::play(seed);
        }
        let without: &[Scene] = match scene {
            Scene::Mbit1 | Scene::Lossy => &[Scene::Typing, Scene::Scroll],
            Scene::Long => &[Scene::Scroll],
            _ => &[],
        };
        self.prepare(without)?;
        let desk = self.desk.as_ref().context("there is a desktop")?;
        let (typing, scroll) = (self.alone.typing.as_ref().map(|floor| floor.server), self.alone.scroll.clone());
        let alone = typing.zip(scroll.clone()).map(|(typing, scroll)| mbit1::Alone { typing, scroll });
        let missing = "the scene was not played without the helper";
        match scene {
            Scene::Mbit1 => mbit1::play(desk, seed, &alone.context(missing)?),
            Scene::Lossy => lossy::play(desk, seed, &alone.context(missing)?),
            Scene::Step => step::play(desk, seed),
            Scene::Long => {
                let mut ends = Ends::connect(desk, None)?;
                let figures = long::play(desk, &mut ends, &scroll.context(missing)?);
                ends.end();
                figures
            }
            _ => bail!("{} has no call of its own", scene.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_name_all_scenes_are_played_but_the_longest() {
        let scenes = choose(&[]).unwrap();
        assert_eq!(scenes.len(), Scene::ALL.len() - 1);
        assert!(!scenes.contains(&Scene::Long));
    }

    #[test]
    fn scenes_are_chosen_by_name_and_a_wrong_name_is_told() {
        assert_eq!(choose(&["long".into(), "idle".into()]).unwrap(), [Scene::Idle, Scene::Long]);
        assert!(choose(&["idel".into()]).unwrap_err().to_string().contains("there are: idle, typing"));
    }
}
