//! A piece that hangs or ends its process is judged, and the rest goes on.

use heddle_farm::{merge, run_task, Header, Lines, Plan, Program, RunFolder, Verdict, What};
use heddle_toolbox::Cancel;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Stands for heddle: it computes four pieces, of which the second hangs and the third ends it.
/// Its arguments end in `--shard I/N --pieces FILE`.
const PROGRAM: &str = r#"#!/bin/sh
for file; do :; done
part=$file.fake-$$-0.part
old=$(ls "$file".*.part 2>/dev/null)
if [ -n "$old" ]; then cat $old >"$part"; rm $old; else cp HEADER "$part"; fi
for at in 0 1 2 3; do
    if grep -q "^{\"piece\":\"p$at\"" "$part"; then continue; fi
    echo "{\"begun\":{\"at\":$at,\"name\":\"p$at\",\"seed\":$at}}" >>"$part"
    if [ $at = 1 ]; then sleep 60; fi
    if [ $at = 2 ]; then kill -ABRT $$; fi
    echo "{\"piece\":\"p$at\",\"at\":$at,\"seed\":$at,\"verdict\":\"right\",\"result\":$at}" >>"$part"
done
grep -v '^{"begun"' "$part" >"$file.new"
rm "$part"
mv "$file.new" "$file"
"#;

fn program() -> Program {
    Program {
        name: "heddle".into(),
        version: "1".into(),
        commit: Some("c".into()),
        dirty: false,
        executable: None,
    }
}

fn run_of(folder: &Path, task_seconds: u64) -> RunFolder {
    let text = format!(
        "name = 'w'\nfolder = 'w'\ntasks = 1\nheddle = ['cosim']\n[limits]\npiece_seconds = 1\ntask_seconds = {task_seconds}"
    );
    let path = folder.join("plan.toml");
    fs::write(&path, text).unwrap();
    let fake = folder.join("heddle");
    let what = What {
        kind: "test",
        configuration: json!({}),
        seed: 1,
        pieces: 4,
        tools: BTreeMap::new(),
    };
    let run = RunFolder::create(Plan::read(&path).unwrap(), fake.clone()).unwrap();
    let header = Header::new(program(), what, vec!["heddle".into(), "cosim".into()], None);
    Lines::open(&run.prepared(), header)
        .unwrap()
        .finish()
        .unwrap();
    let prepared = run.prepared().display().to_string();
    fs::write(&fake, PROGRAM.replace("HEADER", &prepared)).unwrap();
    fs::set_permissions(&fake, fs::Permissions::from_mode(0o755)).unwrap();
    run.save().unwrap();
    run
}

#[test]
fn a_piece_that_hangs_or_crashes_takes_no_other_along() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_of(folder.path(), 100);
    let cancel = Cancel::default();
    let record = run_task(&run, 1, program(), &cancel).unwrap();
    assert_eq!(record.why, None);
    let merged = merge(&run, &cancel).unwrap();
    assert_eq!((merged.pieces, merged.missing, merged.failed), (4, 0, 2));
    let verdicts: Vec<(u64, Verdict)> = merged
        .failed_pieces
        .iter()
        .map(|piece| (piece.at, piece.verdict))
        .collect();
    assert_eq!(verdicts, [(1, Verdict::TimedOut), (2, Verdict::Crashed)]);
    assert_eq!(
        merged.failed_pieces[0].command,
        ["heddle", "cosim", "--piece", "p1"]
    );
}

#[test]
fn a_task_whose_time_is_over_says_so_and_keeps_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = run_of(folder.path(), 1);
    run.plan.limits.piece_seconds = None;
    let cancel = Cancel::default();
    let record = run_task(&run, 1, program(), &cancel).unwrap();
    assert!(record.why.unwrap().contains("within 1 s"));
    let now = heddle_farm::status(&run, &cancel).unwrap();
    assert_eq!((now.computed, now.unfinished.len()), (1, 1));
    let merged = merge(&run, &cancel).unwrap();
    assert_eq!((merged.missing, merged.missing_tasks.len()), (4, 1));
    assert!(merged.file.is_none());
}

#[test]
fn a_program_that_fails_by_itself_is_the_task_s_failure() {
    let folder = tempfile::tempdir().unwrap();
    let run = run_of(folder.path(), 100);
    fs::write(
        folder.path().join("heddle"),
        "#!/bin/sh\necho no model >&2\nexit 1\n",
    )
    .unwrap();
    let record = run_task(&run, 1, program(), &Cancel::default()).unwrap();
    let why = record.why.unwrap();
    assert!(
        why.contains("exit code 1") && why.contains("no model"),
        "{why}"
    );
}
