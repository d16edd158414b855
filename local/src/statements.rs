//! The SQL statements of a file, as constants that a test can list.

/// Defines constants, and `STATEMENTS` for the test of all query plans in `schema`.
macro_rules! statements {
    ($($name:ident = $sql:literal;)+) => {
        $(const $name: &str = $sql;)+

        #[cfg(test)]
        pub(crate) const STATEMENTS: &[&str] = &[$($name),+];
    };
}
