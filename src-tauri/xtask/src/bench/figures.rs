//! Percentiles of samples, and medians of repetitions.

use serde_json::{Map, Value, json};

/// The value below or at which this share of the samples lies; nothing without samples.
#[must_use]
pub fn percentile(samples: &[f64], share: f64) -> Option<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (share * sorted.len() as f64).ceil().max(1.0) as usize;
    sorted.get(rank - 1).copied()
}

/// p50, p95 and p99 under names that say the unit.
#[must_use]
pub fn latency(samples: &[f64]) -> Map<String, Value> {
    let at = |share| json!(percentile(samples, share).map(tidy));
    [("p50_ms", at(0.5)), ("p95_ms", at(0.95)), ("p99_ms", at(0.99))]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// p50 and p95 in an object of their own.
#[must_use]
pub fn spread(samples: &[f64]) -> Value {
    json!({"p50": percentile(samples, 0.5).map(tidy), "p95": percentile(samples, 0.95).map(tidy)})
}

/// Three digits behind the point: nothing here is measured better.
#[must_use]
pub fn tidy(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// One object of all repetitions: each number becomes the median, with `_min` and `_max` beside it.
///
/// `null` is a figure that was not reached (never exact, never back): it counts as worse than any number. A figure
/// that only some repetitions have is the median of those.
#[must_use]
pub fn merge(repetitions: &[Value]) -> Value {
    let objects: Vec<&Map<String, Value>> = repetitions.iter().filter_map(Value::as_object).collect();
    let mut merged = Map::new();
    let mut names: Vec<&String> = Vec::new();
    for name in objects.iter().flat_map(|object| object.keys()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    for name in names {
        let values: Vec<Value> = objects.iter().filter_map(|object| object.get(name).cloned()).collect();
        if values.iter().any(Value::is_object) {
            merged.insert(name.clone(), merge(&values));
        } else if values.iter().all(|value| value.is_null() || value.is_number()) {
            let mut numbers: Vec<Option<f64>> = values.iter().map(Value::as_f64).collect();
            numbers.sort_by(|a, b| match (a, b) {
                (Some(a), Some(b)) => a.total_cmp(b),
                (a, b) => b.is_some().cmp(&a.is_some()),
            });
            let middle = |index: usize| numbers.get(index).copied().flatten();
            let (low, high) = (middle((numbers.len() - 1) / 2), middle(numbers.len() / 2));
            merged.insert(name.clone(), json!(low.zip(high).map(|(low, high)| tidy((low + high) / 2.0))));
            merged.insert(format!("{name}_min"), json!(middle(0)));
            merged.insert(format!("{name}_max"), json!(middle(numbers.len() - 1)));
        } else if let Some(first) = values.first() {
            merged.insert(name.clone(), first.clone());
        }
    }
    Value::Object(merged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_samples() {
        let samples: Vec<f64> = (1..=200).rev().map(f64::from).collect();
        assert_eq!(percentile(&samples, 0.5), Some(100.0));
        assert_eq!(percentile(&samples, 0.95), Some(190.0));
        assert_eq!(percentile(&samples, 0.99), Some(198.0));
        assert_eq!(percentile(&[7.0], 0.99), Some(7.0));
        assert_eq!(percentile(&[], 0.5), None);
    }

    #[test]
    fn repetitions_become_medians_with_their_range() {
        let repetitions = [
            json!({"scroll": {"fps": 30.0, "age_ms": {"p50": 9.0}}, "codec": "av1"}),
            json!({"scroll": {"fps": 10.0, "age_ms": {"p50": 7.0}}, "codec": "av1"}),
            json!({"scroll": {"fps": 20.0, "age_ms": {"p50": 8.5}}, "codec": "av1"}),
        ];
        assert_eq!(
            merge(&repetitions),
            json!({
                "scroll": {
                    "fps": 20.0, "fps_min": 10.0, "fps_max": 30.0,
                    "age_ms": {"p50": 8.5, "p50_min": 7.0, "p50_max": 9.0},
                },
                "codec": "av1",
            })
        );
    }

    #[test]
    fn what_was_not_reached_is_worse_than_any_number() {
        let of = |values: &[Value]| {
            let repetitions: Vec<Value> = values.iter().map(|value| json!({"ms": value})).collect();
            let merged = merge(&repetitions);
            (merged["ms"].clone(), merged["ms_min"].clone(), merged["ms_max"].clone())
        };
        assert_eq!(of(&[json!(null), json!(5), json!(7)]), (json!(7.0), json!(5.0), json!(null)));
        assert_eq!(of(&[json!(null), json!(5), json!(null)]), (json!(null), json!(5.0), json!(null)));
        assert_eq!(of(&[json!(4), json!(5)]), (json!(4.5), json!(4.0), json!(5.0)));
    }

    #[test]
    fn a_figure_that_is_made_once_stays_as_it_is() {
        let merged = merge(&[json!({"a": 1.0, "floor_ms": 2.0}), json!({"a": 3.0})]);
        assert_eq!(merged["floor_ms"], json!(2.0));
        assert_eq!(merged["a"], json!(2.0));
    }
}
