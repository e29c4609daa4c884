//! Enums whose values have names in files, in the protocol or on the command line. It knows nothing of what they are names of.

/// Makes an enum from the table of its values and their names, so that none can be left out anywhere:
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
/// gives `Mark::ALL`, in the order of the table, `Mark::name` and `Mark::from_name`, and what a plain value derives. What else is
/// to be derived stands above the enum as usual.
macro_rules! named {
    ($(#[$of_all:meta])* pub enum $enum:ident { $($(#[$of_one:meta])* $value:ident $name:literal,)* }) => {
        $(#[$of_all])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $enum {
            $($(#[$of_one])* $value,)*
        }

        impl $enum {
            /// All of them, in their order.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$value),*];

            /// What it is called.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$value => $name,)*
                }
            }

            /// The one with this name, if there is one.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|one| one.name() == name)
            }
        }
    };
}
