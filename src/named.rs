//! Enums whose values have names in files, in the protocol or on the command line. Nothing here depends on what they
//! name.

/// Makes an enum from a table of its values and their names, so that no list of them can miss a value:
///
/// ```ignore
/// named! {
///     /// A mark that a message has or has not.
///     pub enum Mark {
///         /// Somebody has seen it.
///         Read "read",
///         /// Nobody has.
///         Unread "unread",
///     }
/// }
/// ```
///
/// This gives `Mark::ALL` in the order of the table, `Mark::name`, `Mark::from_name`, and the derives of a plain
/// value. Further derives stand above the enum as usual.
macro_rules! named {
    ($(#[$of_all:meta])* pub enum $enum:ident { $($(#[$of_one:meta])* $value:ident $name:literal,)* }) => {
        $(#[$of_all])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $enum {
            $($(#[$of_one])* $value,)*
        }

        impl $enum {
            /// All values, in the order of the table.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$value),*];

            /// Returns the name of the value.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $name,)*
                }
            }

            /// Returns the value with this name, if there is one.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|one| one.name() == name)
            }
        }
    };
}
