//! Looks for inputs of a new shape, and for those that break a decoder, for some minutes.

use std::{
    io::Write as _,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result};
use clap::Parser;
use deskhand_fuzz::{
    corpus,
    grow::{Broken, Field},
    mutate::Dice,
    targets::{TARGETS, Target, named},
};

#[derive(Debug, Parser)]
#[command(about = "Throws bytes at every decoder of bytes from someone else.")]
struct Options {
    /// For how long, all targets together.
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// Only this target.
    #[arg(long)]
    target: Option<String>,
    /// The same seed tries the same; without one, another each time.
    #[arg(long)]
    seed: Option<u64>,
    /// Where inputs are kept.
    #[arg(long, default_value_os_t = corpus::folder())]
    corpus: PathBuf,
}

fn say(line: &str) {
    // A closed terminal is no reason to stop.
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn run(options: &Options) -> Result<()> {
    let chosen: Vec<&'static Target> = match &options.target {
        Some(name) => vec![named(name).with_context(|| format!("there is no target {name:?}"))?],
        None => TARGETS.iter().collect(),
    };
    let clock = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let seed = options.seed.unwrap_or_else(clock);
    say(&format!("seed {seed}"));
    let share = Duration::try_from_secs_f64(options.minutes * 60.0)? / u32::try_from(chosen.len())?;
    let mut dice = Dice::new(seed);
    for target in chosen {
        let broken = |broken: Broken| {
            let kept = corpus::keep(&options.corpus, target.name, &broken.input);
            anyhow::anyhow!("{}: an input {}; it is kept in {kept:?}", target.name, broken.what)
        };
        let inputs = corpus::read(&options.corpus, target.name)?.into_values().collect();
        let mut field = Field::of(target, inputs).map_err(broken)?;
        let (before, begun, mut turns) = (field.shapes(), Instant::now(), 0_u64);
        while begun.elapsed() < share {
            turns += 1;
            if let Some(input) = field.turn(&mut dice).map_err(broken)? {
                corpus::keep(&options.corpus, target.name, input)?;
            }
        }
        say(&format!(
            "{}: {turns} inputs, {} shapes, {} of them new",
            target.name,
            field.shapes(),
            field.shapes() - before
        ));
    }
    Ok(())
}

fn main() -> ExitCode {
    let options = Options::parse();
    // A panic is counted where it is caught; its words would fill the terminal.
    std::panic::set_hook(Box::new(|_| {}));
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
