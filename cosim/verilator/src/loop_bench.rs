//! The driving loop against a plain C++ main.
