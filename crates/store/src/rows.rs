//! Rows by name: macros that tie each column of a statement to the value that is read from it or written to it.
//!
//! The engines number columns and placeholders. Here a list of names stands for both the numbers and the SQL, so that a
//! new column is one line, and nothing can get out of step:
//!
//! - [`columns!`] makes, from one list, the text for a SELECT and the function that reads such a row;
//! - [`insert!`] and [`update!`] make, from one list, a statement and its parameters.
//!
//! All of it happens at compile time: the texts are constants, so that statements are prepared once and cached, and
//! columns are read by their number.

use crate::engine::Param;

/// A statement with its parameters.
pub(crate) type Statement<'a, const N: usize> = (&'static str, [Param<'a>; N]);

/// Returns the number of placeholders in a text, so that the compiler can compare it with the parameters.
pub(crate) const fn placeholders(sql: &str) -> usize {
    let (mut count, mut rest) = (0, sql.as_bytes());
    while let [first, after @ ..] = rest {
        count += (*first == b'?') as usize;
        rest = after;
    }
    count
}

/// Defines a list of columns, `…_columns!()`, as text for a SELECT, and the function that reads them from a row.
///
/// ```text
/// columns! {
///     /// Reads a token.
///     fn read_token() -> Token from token_columns! {
///         id: "tokens.id",
///         user: "tokens.user_id",
///     }
/// }
/// let sql = concat!("SELECT ", token_columns!(), " FROM tokens WHERE tokens.hash = ?");
/// let token = connection.row(sql, &[hash.into()], read_token).await?;
/// ```
///
/// On the right of a name stands any SQL expression. Its value is read as the type of the struct's field, see
/// [`FromColumn`](crate::engine::FromColumn). If the result isn't a struct with exactly these fields, an expression
/// after `=>` makes it from the names and from further arguments of the function; `as` states a type that the compiler
/// can't infer. With `pub(crate)`, other modules can join the table.
macro_rules! columns {
    (
        $(#[$doc:meta])*
        $(pub($scope:tt))? fn $read:ident() -> $value:ident from $columns:ident! { $($name:ident: $sql:literal,)+ }
    ) => {
        $crate::rows::columns! {
            $(#[$doc])*
            $(pub($scope))? fn $read() -> $value from $columns! { $($name: $sql,)+ } => $value { $($name),+ }
        }
    };
    (
        $(#[$doc:meta])*
        $(pub($scope:tt))? fn $read:ident($($argument:ident: $type:ty),*) -> $value:ident
        from $columns:ident! {
            $first:ident: $first_sql:literal, $($name:ident: $sql:literal $(as $column:ty)?,)*
        } => $made:expr
    ) => {
        macro_rules! $columns {
            () => {
                concat!($first_sql, $(", ", $sql),*)
            };
        }
        $(pub($scope) use $columns;)?

        $(#[$doc])*
        $(pub($scope))? fn $read(
            row: &mut $crate::engine::Row<'_>,
            $($argument: $type),*
        ) -> Result<$value, $crate::Error> {
            let $first = row.read()?;
            $(let $name $(: $column)? = row.read()?;)*
            Ok($made)
        }
    };
}

/// Makes the [`Statement`] that inserts one row.
///
/// ```text
/// let (sql, params) = insert!(tokens { id: &token.id, user_id: token.user });
/// connection.execute(sql, &params).await?;
/// ```
macro_rules! insert {
    ($table:ident { $first:ident: $first_value:expr $(, $column:ident: $value:expr)* $(,)? }) => {
        (
            concat!(
                "INSERT INTO ", stringify!($table), " (", stringify!($first) $(, ", ", stringify!($column))*,
                ") VALUES (?" $(, $crate::rows::insert!(@placeholder $column))*, ")"
            ),
            [$crate::engine::Param::from($first_value) $(, $crate::engine::Param::from($value))*],
        )
    };
    (@placeholder $column:ident) => {
        ", ?"
    };
}

/// Makes the [`Statement`] that changes the rows in which all columns after `where` have the given values.
///
/// ```text
/// let (sql, params) = update!(users { is_admin: true, updated_at: now } where id: user);
/// ```
macro_rules! update {
    (
        $table:ident { $first:ident: $first_value:expr $(, $column:ident: $value:expr)* $(,)? }
        where $key:ident: $key_value:expr $(, $more:ident: $more_value:expr)*
    ) => {
        (
            concat!(
                "UPDATE ", stringify!($table), " SET ", stringify!($first), " = ?" $(, ", ", stringify!($column), " = ?")*,
                " WHERE ", stringify!($key), " = ?" $(, " AND ", stringify!($more), " = ?")*
            ),
            [
                $crate::engine::Param::from($first_value) $(, $crate::engine::Param::from($value))*,
                $crate::engine::Param::from($key_value) $(, $crate::engine::Param::from($more_value))*
            ],
        )
    };
}

pub(crate) use {columns, insert, update};

#[cfg(test)]
mod tests {
    use super::{Statement, placeholders};
    use crate::engine::Param;

    #[test]
    fn a_list_is_the_text_and_the_parameters() {
        let (sql, params): Statement<'_, 2> = insert!(tokens { id: "x", user_id: 7_i64 });
        assert_eq!(sql, "INSERT INTO tokens (id, user_id) VALUES (?, ?)");
        assert!(matches!(params, [Param::Text(Some("x")), Param::Int(Some(7))]));
        let (sql, params): Statement<'_, 3> = update!(tokens { name: "x" } where id: 1_i64, user_id: 2_i64);
        assert_eq!(sql, "UPDATE tokens SET name = ? WHERE id = ? AND user_id = ?");
        assert!(matches!(params, [Param::Text(_), Param::Int(Some(1)), Param::Int(Some(2))]));
        assert_eq!([placeholders(sql), placeholders(""), placeholders("a ?, ?")], [3, 0, 2]);
    }
}
