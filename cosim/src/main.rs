//! The program `heddle`; see `heddle --help`.

/// The commit that this is built from; empty where there is no repository. Here and not in the
/// library, so that a commit has nothing but this file compiled again.
const COMMIT: &str = git_version::git_version!(
    args = [
        "--always",
        "--dirty=-modified",
        "--abbrev=12",
        "--exclude=*"
    ],
    fallback = ""
);

fn main() -> std::process::ExitCode {
    heddle_cosim::cli::main((!COMMIT.is_empty()).then_some(COMMIT))
}
