//! Runs a statement in one call. Each is prepared once and kept by its connection; a statement that runs in a loop is
//! prepared before the loop.

use rusqlite::types::FromSql;
use rusqlite::{Connection, OptionalExtension as _, Params, Row};

/// The ways to run a statement.
pub(in crate::archive) trait Statements {
    fn connection(&self) -> &Connection;

    /// Runs a statement that changes rows, and returns their number.
    fn run(&self, sql: &str, values: impl Params) -> rusqlite::Result<usize> {
        self.connection().prepare_cached(sql)?.execute(values)
    }

    /// Returns whether a query finds a row.
    fn has(&self, sql: &str, values: impl Params) -> rusqlite::Result<bool> {
        self.connection().prepare_cached(sql)?.exists(values)
    }

    /// Returns the first value of the row that a query always finds.
    fn value<T: FromSql>(&self, sql: &str, values: impl Params) -> rusqlite::Result<T> {
        self.one(sql, values, |row| row.get(0))
    }

    /// Returns the row that a query always finds.
    fn one<T>(
        &self,
        sql: &str,
        values: impl Params,
        row: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        self.connection().prepare_cached(sql)?.query_row(values, row)
    }

    /// Returns the row that a query finds, if any.
    fn find<T>(
        &self,
        sql: &str,
        values: impl Params,
        row: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Option<T>> {
        self.one(sql, values, row).optional()
    }

    /// Returns all rows that a query finds.
    fn all<T, C: FromIterator<T>>(
        &self,
        sql: &str,
        values: impl Params,
        row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<C> {
        self.connection().prepare_cached(sql)?.query_map(values, row)?.collect()
    }
}

impl Statements for Connection {
    fn connection(&self) -> &Connection {
        self
    }
}
