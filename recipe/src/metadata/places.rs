//! Where something stands in a photo's metadata.

use std::fmt;

use super::namespaces::Namespace;

/// A place in EXIF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExifPlace {
    /// A tag of the first directory or of EXIF's own, with its name.
    Tag(u16, &'static str),
    /// All of the directory about where a photo was taken.
    Gps,
}

/// A dataset of IPTC's second record: its number and its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IptcPlace(pub u8, pub &'static str);

/// Properties of XMP, wherever in a packet they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum XmpPlace {
    /// The one of this name.
    Property(Namespace, &'static str),
    /// All of a namespace.
    All(Namespace),
    /// Those of any namespace whose name begins so.
    Begins(&'static str),
    /// Those of any namespace whose name ends so.
    Ends(&'static str),
    /// Of a list of regions, those that show people.
    PeopleIn(Namespace, &'static str),
}

/// What stands beside these blocks, or is not a single value of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilePlace {
    /// Comments of a JPEG or a GIF, and the one of a PNG.
    Comments,
    /// What cameras note in segments of their own.
    CameraNotes,
    /// Small versions of the photo that cameras keep in their notes.
    Previews,
}

impl fmt::Display for ExifPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExifPlace::Tag(_, name) => f.write_str(name),
            ExifPlace::Gps => f.write_str("the GPS directory"),
        }
    }
}

impl fmt::Display for IptcPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.1)
    }
}

impl fmt::Display for XmpPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            XmpPlace::Property(namespace, name) => write!(f, "`{}:{name}`", namespace.prefix),
            XmpPlace::All(namespace) => write!(f, "`{}:…`", namespace.prefix),
            XmpPlace::Begins(start) => write!(f, "`{start}…`"),
            XmpPlace::Ends(end) => write!(f, "`…{end}`"),
            XmpPlace::PeopleIn(namespace, name) => write!(f, "people in `{}:{name}`", namespace.prefix),
        }
    }
}

impl fmt::Display for FilePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FilePlace::Comments => "comments",
            FilePlace::CameraNotes => "segments of cameras (GoPro)",
            FilePlace::Previews => "previews in the notes of makers",
        })
    }
}
