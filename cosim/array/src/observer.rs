//! What leaves and enters the host's memory, word by word.

/// Is told of every word that the driver reads from an operand or a seed, and of every
/// sum it writes. Padding and what a mask drops are not read and so not reported.
///
/// Indices are those of the whole job; `address` counts elements from the start of the
/// operand's data, so that it shows where a word lies in memory.
pub trait FetchObserver {
    /// B\[k, n\] is read.
    fn weight(&mut self, job: usize, k: usize, n: usize, address: usize) {
        let _ = (job, k, n, address);
    }

    /// A\[m, k\] is read.
    fn activation(&mut self, job: usize, m: usize, k: usize, address: usize) {
        let _ = (job, m, k, address);
    }

    /// C\[m, n\] is read as a seed.
    fn seed(&mut self, job: usize, m: usize, n: usize) {
        let _ = (job, m, n);
    }

    /// C\[m, n\] is written.
    fn sum(&mut self, job: usize, m: usize, n: usize) {
        let _ = (job, m, n);
    }
}
