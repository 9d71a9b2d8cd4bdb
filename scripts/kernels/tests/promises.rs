//! The tests that the program's own kernels have.

#[path = "../../../tests/int8_kernels.rs"]
mod int8_kernels;
