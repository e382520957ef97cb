//! Traces.

use super::{check_message, file};
use heddle_gemm::Shape;
use heddle_trace::TraceFile;

/// The bytes of a trace. What can be read has the shapes that its header says.
pub fn target(bytes: &[u8]) {
    let trace = match TraceFile::open(&file(bytes, "trace.safetensors")) {
        Ok(trace) => trace,
        Err(error) => return check_message(&error),
    };
    assert!(trace.tensor_bytes() <= bytes.len() as u64);
    for (header, job) in trace.headers().iter().zip(trace.jobs()) {
        match job {
            Ok(job) => {
                let Shape { m, k, n } = header.shape;
                for (mask, len) in [(&job.keep_m, m), (&job.keep_k, k), (&job.keep_n, n)] {
                    let fits = mask.as_ref().is_none_or(|mask| mask.len() == len);
                    assert!(fits, "{}", header.name);
                }
            }
            Err(error) => check_message(&error),
        }
    }
}
