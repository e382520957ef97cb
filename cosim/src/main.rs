//! The program `heddle`; see `heddle --help`.

fn main() -> std::process::ExitCode {
    heddle_cosim::cli::main()
}
