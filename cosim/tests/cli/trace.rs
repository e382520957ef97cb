//! `heddle trace`

use super::{fixture, heddle, json, stdout};
use expect_test::expect;

#[test]
fn inspect_shows_the_jobs_of_a_fixture() {
    let text = stdout(heddle("trace inspect").arg(fixture("pytorch.safetensors")));
    // the path differs from machine to machine
    let (_, table) = text.split_once(": ").unwrap();
    expect![[r#"
        18 jobs, 120,096 bytes of tensors, 18 jobs with expected results
        | phase | format | M x K x N   | kept  | jobs |
        |-------|--------|-------------|-------|------|
        | fp    | bf16   | 4 x 12 x 80 | k: 5  |    1 |
        | fp    | bf16   | 4 x 12 x 80 | k: 7  |    1 |
        | fp    | bf16   | 4 x 12 x 80 | k: 8  |    1 |
        | fp    | bf16   | 4 x 20 x 80 | k: 10 |    2 |
        | fp    | bf16   | 4 x 20 x 80 | k: 11 |    1 |
        | bp    | bf16   | 4 x 80 x 12 | n: 5  |    1 |
        | bp    | bf16   | 4 x 80 x 12 | n: 7  |    1 |
        | bp    | bf16   | 4 x 80 x 12 | n: 8  |    1 |
        | bp    | bf16   | 4 x 80 x 20 | n: 10 |    2 |
        | bp    | bf16   | 4 x 80 x 20 | n: 11 |    1 |
        | wg    | bf16   | 12 x 4 x 80 | m: 5  |    1 |
        | wg    | bf16   | 12 x 4 x 80 | m: 7  |    1 |
        | wg    | bf16   | 12 x 4 x 80 | m: 8  |    1 |
        | wg    | bf16   | 20 x 4 x 80 | m: 10 |    2 |
        | wg    | bf16   | 20 x 4 x 80 | m: 11 |    1 |
    "#]]
    .assert_eq(table);
    let report = json(heddle("trace inspect --json").arg(fixture("pytorch-int8.safetensors")));
    assert_eq!(report["jobs"], 18);
    assert_eq!(report["job_list"][0]["name"], "fp.nr.t0");
    assert_eq!(report["job_list"][0]["has_c"], true);
}

#[test]
fn what_record_writes_check_accepts_and_inspect_describes() {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("jobs.safetensors");
    stdout(heddle("trace record --after 1 --hidden 8 --batch 4 --window 4 --vocabulary 50 --format int16 --record-times 1,2 --record-sites nr,rh --out").arg(&trace));
    let text = stdout(heddle("trace check").arg(&trace));
    assert!(text.contains("valid, "), "{text}");
    let report = json(heddle("trace inspect --json").arg(&trace));
    let jobs = report["job_list"].as_array().unwrap();
    for phase in ["fp", "bp", "wg"] {
        let of_phase: Vec<_> = jobs.iter().filter(|job| job["phase"] == phase).collect();
        // two layers, two sites, two time steps
        assert_eq!(of_phase.len(), 8, "{phase}");
        assert!(of_phase
            .iter()
            .all(|job| job["format"] == "int16" && job["step"] == 1));
    }
    assert_eq!(
        std::fs::read_dir(folder.path()).unwrap().count(),
        1,
        "no temporary file stays"
    );
}

/// A mask whose name is misspelt is not used, and a valid trace may hold it.
#[test]
fn a_tensor_that_no_job_uses_is_told_with_the_name_that_was_meant() {
    let typo = fixture("keep-typo.safetensors");
    for command in ["trace check", "trace inspect"] {
        let output = super::run(heddle(command).arg(&typo));
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        let stray = "no job uses the tensor 'demo/keep_K'; was 'demo/keep_k' meant?";
        assert!(told.contains(stray), "{command}: {told}");
    }
    let report = json(heddle("trace check --json").arg(&typo));
    assert_eq!(report["is_valid"], true);
    assert_eq!(report["warnings"].as_array().unwrap().len(), 1);
    // Nothing to tell of a trace that is as it should be.
    let output = super::run(heddle("trace check").arg(fixture("pytorch.safetensors")));
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
