//! Drives the Verilated array with an own product: C += A B, of whose reduction a row of B and a column of A
//! are dropped, packed. The first run builds the model.
//!
//! `cargo run --release -p heddle-cosim --example product`

use heddle_array::{ArrayEngine, BuildOptions, DriverOptions};
use heddle_format::Format;
use heddle_gemm::{Job, Mask, MatMut, MatRef, Policy};
use heddle_hdl::ArrayConfig;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = ArrayConfig::new(4, 4, Format::Int8);
    let mut array = ArrayEngine::new(config, &BuildOptions::default(), DriverOptions::default())?;

    let (m, k, n) = (5, 6, 7);
    let a: Vec<i8> = (0..m * k).map(|i| i as i8 - 10).collect();
    let b: Vec<i8> = (0..k * n).map(|i| 3 * i as i8 % 17).collect();
    // Of the six k the second is dropped.
    let keep_k = Mask::from_iter([true, false, true, true, true, true]);
    let mut job = Job::new(MatRef::row_major(&a, m, k), MatRef::row_major(&b, k, n), 0);
    job.keep_k = Some(&keep_k);

    let mut sums = vec![0i32; m * n];
    let mut outputs = [MatMut::row_major(&mut sums, m, n)];
    let report = array.stream(Policy::Packed, &[job], &mut outputs, None)?;
    let predicted = report.predicted.expect("there were no stalls").job_cycles;
    println!(
        "{} cycles, {:?} by the cycle model",
        report.cycles, predicted
    );

    // What the array should have computed.
    for row in 0..m {
        for col in 0..n {
            let kept = (0..k).filter(|k| keep_k.keeps(*k));
            let product = |at: usize| i32::from(a[row * k + at]) * i32::from(b[at * n + col]);
            assert_eq!(sums[row * n + col], kept.map(product).sum::<i32>());
        }
    }
    println!("every sum is right");
    Ok(())
}
