//! Ctrl-C (or a request to terminate) sets a flag that everything long looks at, so that temporary files are removed
//! on the way out.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// The flag; the handler is installed on the first call.
pub fn flag() -> Arc<AtomicBool> {
    static FLAG: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    let flag = FLAG.get_or_init(|| {
        let flag = Arc::new(AtomicBool::new(false));
        let set = Arc::clone(&flag);
        let installed = ctrlc::set_handler(move || {
            // who insists does not want to wait for the cleaning
            if set.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        });
        if let Err(error) = installed {
            eprintln!("heddle: Ctrl-C will stop the program without cleaning up: {error}");
        }
        flag
    });
    Arc::clone(flag)
}

/// Installs the handler, before anything that must be cleaned up begins.
pub fn watch() {
    flag();
}

/// Whether Ctrl-C was pressed.
pub fn is_set() -> bool {
    flag().load(Ordering::Relaxed)
}
