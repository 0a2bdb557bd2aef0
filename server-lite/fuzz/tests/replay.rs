//! Every input that was kept is read again, and a few thousand more.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;

use deskhand_fuzz::{
    corpus,
    grow::{Broken, Field, run},
    mutate::{Dice, mutate},
    targets::{Shape, TARGETS, Target, named},
};

#[test]
fn no_kept_input_breaks_a_decoder() {
    for target in TARGETS {
        let inputs = corpus::read(&corpus::folder(), target.name).unwrap();
        assert!(!inputs.is_empty(), "{} has no inputs", target.name);
        for (name, input) in inputs {
            run(target, &input).unwrap_or_else(|broken| panic!("{}/{name} {}", target.name, broken.what));
        }
    }
    let folders: BTreeSet<String> = std::fs::read_dir(corpus::folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(folders, TARGETS.iter().map(|target| target.name.to_owned()).collect(), "each folder has its target");
}

#[test]
fn a_few_thousand_other_inputs_do_not_either() {
    let mut dice = Dice::new(7);
    for target in TARGETS {
        let inputs = corpus::read(&corpus::folder(), target.name).unwrap().into_values().collect();
        let mut field = Field::of(target, inputs).unwrap();
        for _ in 0..400 {
            field.turn(&mut dice).unwrap_or_else(|broken| panic!("{}: {broken:?}", target.name));
        }
    }
}

/// Takes everything but one word that nothing in the inputs has.
fn planted(bytes: &[u8]) -> Shape {
    assert!(!bytes.windows(2).any(|two| two == b"<i"), "found");
    (named("typed").unwrap().run)(bytes)
}

static PLANTED: Target = Target { name: "planted", run: planted, limit: 64 };

#[test]
fn what_breaks_a_decoder_is_found_and_kept() {
    let mut field = Field::of(&PLANTED, vec![b"help.example.org K7MP-4QXD".to_vec()]).unwrap();
    let mut dice = Dice::new(1);
    let found = (0..20_000).find_map(|_| field.turn(&mut dice).err());
    let Broken { input, what } = found.expect("the planted fault is found");
    assert_eq!(what, "panics");
    assert!(field.shapes() > 1, "new shapes were kept");
    let folder = tempfile::tempdir().unwrap();
    corpus::keep(folder.path(), "planted", &input).unwrap();
    assert_eq!(corpus::read(folder.path(), "planted").unwrap().into_values().collect::<Vec<_>>(), [input]);
}

#[test]
fn the_same_seed_makes_the_same_and_no_more_than_asked() {
    let many = |seed| {
        let mut dice = Dice::new(seed);
        (0..500).map(|_| mutate(b"one input", b"another", 20, &mut dice)).collect::<Vec<_>>()
    };
    assert_eq!(many(3), many(3));
    assert_ne!(many(3), many(4));
    assert!(many(5).iter().all(|bytes| bytes.len() <= 20));
    // Nothing at all can be changed too.
    let mut dice = Dice::new(9);
    (0..500).for_each(|_| drop(mutate(b"", b"", 20, &mut dice)));
}
