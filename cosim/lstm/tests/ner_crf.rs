//! The CRF against sums and maxima over all sequences of tags.

use heddle_lstm::{Crf, CrfWork, Parameters};
use proptest::prelude::*;

/// A field over `tags` tags and the scores of a sentence.
fn problem() -> impl Strategy<Value = (usize, Vec<f64>, Vec<f64>)> {
    (1usize..5, 1usize..6).prop_flat_map(|(tags, words)| {
        let values = |len| prop::collection::vec(-8.0..8.0f64, len);
        (Just(tags), values(tags * (tags + 2)), values(words * tags))
    })
}

fn field(tags: usize, values: &[f64]) -> Crf<f64> {
    let mut crf = Crf::zeros(tags);
    let mut rest = values;
    for parameter in crf.parameters_mut() {
        let (own, others) = rest.split_at(parameter.data().len());
        parameter.data_mut().copy_from_slice(own);
        rest = others;
    }
    crf
}

/// Every sequence of tags with its score.
fn sequences(crf: &Crf<f64>, scores: &[f64]) -> Vec<(Vec<u32>, f64)> {
    let tags = crf.tags();
    let words = scores.len() / tags;
    (0..tags.pow(words as u32))
        .map(|number| {
            let sequence: Vec<u32> = (0..words)
                .map(|t| (number / tags.pow(t as u32) % tags) as u32)
                .collect();
            let at = |t: usize| sequence[t] as usize;
            let mut score = crf.start.data()[at(0)] + crf.end.data()[at(words - 1)];
            for t in 0..words {
                score += scores[t * tags + at(t)];
                if t > 0 {
                    score += crf.transitions.data()[at(t - 1) * tags + at(t)];
                }
            }
            (sequence, score)
        })
        .collect()
}

fn brute_log_z(crf: &Crf<f64>, scores: &[f64]) -> f64 {
    let all = sequences(crf, scores);
    let maximum = all.iter().map(|x| x.1).fold(f64::NEG_INFINITY, f64::max);
    maximum + all.iter().map(|x| (x.1 - maximum).exp()).sum::<f64>().ln()
}

proptest! {
    #[test]
    fn the_partition_function_is_the_sum_over_all(
        (tags, values, scores) in problem()
    ) {
        let crf = field(tags, &values);
        let log_z = crf.log_partition(&scores, &mut CrfWork::default());
        prop_assert!((log_z - brute_log_z(&crf, &scores)).abs() < 1e-10);
    }

    #[test]
    fn viterbi_finds_the_best_of_all((tags, values, scores) in problem()) {
        let crf = field(tags, &values);
        let mut found = Vec::new();
        let words = (scores.len() / tags) as u32;
        let best = crf.decode(&scores, &[words], 0, &mut found, &mut CrfWork::default());
        let all = sequences(&crf, &scores);
        let largest = all.iter().map(|x| x.1).fold(f64::NEG_INFINITY, f64::max);
        prop_assert!((best - largest).abs() < 1e-10);
        let own = all.iter().find(|x| x.0 == found).unwrap().1;
        prop_assert!((own - largest).abs() < 1e-10);
    }

    /// A second sentence of another length beside it changes nothing, and gradients are
    /// those of finite differences.
    #[test]
    fn gradients_are_those_of_the_loss((tags, values, scores) in problem(), pick in 0usize..1000) {
        let mut crf = field(tags, &values);
        let words = scores.len() / tags;
        // Side by side with one of a single word; its padding holds rubbish.
        let lengths = [words as u32, 1];
        let mut both: Vec<f64> = scores
            .chunks(tags)
            .flat_map(|row| row.iter().copied().chain(row.iter().map(|x| 3.0 - 2.0 * x)))
            .collect();
        let right: Vec<u32> = (0..2 * words).map(|i| ((i * i + 1) % tags) as u32).collect();
        let mut work = CrfWork::default();
        let loss = |crf: &Crf<f64>, both: &[f64]| {
            crf.forward(both, &lengths, &right, &mut CrfWork::default()).unwrap()
        };
        let before = both.clone();
        crf.forward(&both, &lengths, &right, &mut work).unwrap();
        crf.backward(&mut both, &lengths, &right, 0.5, &mut work);
        let close = |gradient: f64, difference: f64| (gradient - difference).abs() < 2e-6;
        const H: f64 = 1e-5;
        let index = pick % before.len();
        let mut moved = [before.clone(), before.clone()];
        moved[0][index] += H;
        moved[1][index] -= H;
        let difference = 0.5 * (loss(&crf, &moved[0]) - loss(&crf, &moved[1])) / (2.0 * H);
        prop_assert!(close(both[index], difference), "{} {difference}", both[index]);
        for p in 0..3 {
            let index = pick % crf.parameters()[p].data().len();
            let gradient = crf.parameters()[p].grad()[index];
            let mut at = |by: f64| {
                crf.parameters_mut()[p].data_mut()[index] += by;
                loss(&crf, &before)
            };
            let (above, below) = (at(H), at(-2.0 * H));
            at(H);
            let difference = 0.5 * (above - below) / (2.0 * H);
            prop_assert!(close(gradient, difference), "{p}: {gradient} {difference}");
        }
    }
}

#[test]
fn large_scores_do_not_overflow() {
    let crf = field(2, &[900.0, -900.0, -900.0, 900.0, 0.0, 0.0, 0.0, 0.0]);
    let scores = [800.0, -800.0, -800.0, 800.0];
    let log_z = crf.log_partition(&scores, &mut CrfWork::default());
    assert_eq!(log_z, brute_log_z(&crf, &scores));
}

#[test]
fn a_tag_outside_the_set_is_refused() {
    let crf = Crf::<f64>::zeros(2);
    let result = crf.forward(&[0.0; 4], &[2], &[0, 2], &mut CrfWork::default());
    assert!(result.unwrap_err().to_string().contains("token 2"));
}
