//! Connections of ports that a configuration may lack.

/// Each of the nets on the left is driven by that on its right, where it is there.
macro_rules! connect {
    ($m:ident, $($to:expr => $from:expr),+ $(,)?) => {$(
        if $to.is_present() {
            $m.assign(&$to, &$from);
        }
    )+};
}
pub(crate) use connect;
