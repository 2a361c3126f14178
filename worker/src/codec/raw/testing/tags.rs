//! The tags and directories of the DNGs that tests make.

/// A tag with its type and the bytes of its values.
pub(crate) type TagEntry = (u16, u16, Vec<u8>);

/// A list of opcodes: number, flags and parameters of each.
pub(crate) fn opcodes(list: &[(u32, u32, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = (list.len() as u32).to_be_bytes().to_vec();
    for (number, flags, parameters) in list {
        let head = [*number, 0x0103_0000, *flags, parameters.len() as u32];
        bytes.extend(head.into_iter().flat_map(u32::to_be_bytes));
        bytes.extend(parameters);
    }
    bytes
}

pub(super) fn bytes(tag: u16, values: &[u8]) -> TagEntry {
    (tag, 1, values.to_vec())
}

pub(super) fn text(tag: u16, text: &str) -> TagEntry {
    (tag, 2, [text.as_bytes(), &[0]].concat())
}

pub(crate) fn shorts(tag: u16, values: &[u16]) -> TagEntry {
    (tag, 3, values.iter().flat_map(|v| v.to_le_bytes()).collect())
}

pub(super) fn longs(tag: u16, values: &[usize]) -> TagEntry {
    (tag, 4, values.iter().flat_map(|v| (*v as u32).to_le_bytes()).collect())
}

pub(crate) fn fractions(tag: u16, values: &[u32], of: u32) -> TagEntry {
    (tag, 5, values.iter().flat_map(|v| [v.to_le_bytes(), of.to_le_bytes()].concat()).collect())
}

pub(crate) fn signed_fractions(tag: u16, values: &[i32], of: i32) -> TagEntry {
    (tag, 10, values.iter().flat_map(|v| [v.to_le_bytes(), of.to_le_bytes()].concat()).collect())
}

/// Appends a directory; gives the place it stands at.
pub(super) fn append(file: &mut Vec<u8>, mut entries: Vec<TagEntry>, others: &[TagEntry]) -> usize {
    entries.retain(|(tag, ..)| others.iter().all(|(other, ..)| other != tag));
    entries.extend_from_slice(others);
    file.resize(file.len().next_multiple_of(2), 0);
    entries.sort_by_key(|(tag, ..)| *tag);
    let at = file.len();
    let mut values = at + 2 + 12 * entries.len() + 4;
    let mut tail = Vec::new();
    file.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, data) in entries {
        let width = [1, 1, 2, 4, 8, 1, 1, 2, 4, 8][usize::from(kind) - 1];
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(((data.len() / width) as u32).to_le_bytes());
        if data.len() <= 4 {
            file.extend(&data);
            file.extend(vec![0; 4 - data.len()]);
        } else {
            file.extend((values as u32).to_le_bytes());
            values += data.len();
            tail.extend(data);
        }
    }
    file.extend([0; 4]);
    file.extend(tail);
    at
}
