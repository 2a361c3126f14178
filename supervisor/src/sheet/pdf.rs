//! Pages that are pictures, as a PDF: a JPEG is one in there as it is. Only what that takes of PDF 1.4.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use super::layout::{DPI, PAGE};

/// Units of a PDF per inch.
const UNITS: f64 = 72.0;

/// Writes a document with a page for each of these JPEGs, which are in colour and of the size of a page.
pub(super) fn write(out: &mut dyn Write, pages: &[PathBuf]) -> io::Result<()> {
    let mut document = Document { out, written: 0, objects: Vec::new() };
    // The second line tells programs that move files about that this is no text.
    document.put(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")?;
    let kids: Vec<String> = (0..pages.len()).map(|page| format!("{} 0 R", first_object(page))).collect();
    document.object("<< /Type /Catalog /Pages 2 0 R >>")?;
    document.object(&format!("<< /Type /Pages /Kids [{}] /Count {} >>", kids.join(" "), pages.len()))?;
    let [width, height] = [PAGE.0, PAGE.1].map(|edge| f64::from(edge) * UNITS / f64::from(DPI));
    for (page, file) in pages.iter().enumerate() {
        let (content, picture) = (first_object(page) + 1, first_object(page) + 2);
        document.object(&format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:.2} {height:.2}] \
             /Resources << /XObject << /P {picture} 0 R >> >> /Contents {content} 0 R >>"
        ))?;
        let drawing = format!("{width:.2} 0 0 {height:.2} 0 0 cm /P Do");
        document.stream("", drawing.as_bytes())?;
        let (columns, rows) = PAGE;
        document.stream(
            &format!(
                "/Type /XObject /Subtype /Image /Width {columns} /Height {rows} /ColorSpace /DeviceRGB \
                 /BitsPerComponent 8 /Filter /DCTDecode "
            ),
            &fs::read(file)?,
        )?;
    }
    document.end()
}

/// The number of a page's first object, of which there are three.
fn first_object(page: usize) -> usize {
    3 + 3 * page
}

struct Document<'a> {
    out: &'a mut dyn Write,
    written: usize,
    /// Where each object begins; the first has number 1.
    objects: Vec<usize>,
}

impl Document<'_> {
    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.written += bytes.len();
        Ok(())
    }

    fn begin(&mut self) -> io::Result<()> {
        self.objects.push(self.written);
        let head = format!("{} 0 obj\n", self.objects.len());
        self.put(head.as_bytes())
    }

    fn object(&mut self, text: &str) -> io::Result<()> {
        self.begin()?;
        self.put(format!("{text}\nendobj\n").as_bytes())
    }

    fn stream(&mut self, entries: &str, bytes: &[u8]) -> io::Result<()> {
        self.begin()?;
        self.put(format!("<< {entries}/Length {} >>\nstream\n", bytes.len()).as_bytes())?;
        self.put(bytes)?;
        self.put(b"\nendstream\nendobj\n")
    }

    /// Where everything is, by which a reader begins.
    fn end(&mut self) -> io::Result<()> {
        let table = self.written;
        let size = self.objects.len() + 1;
        let entries: String = self.objects.iter().map(|at| format!("{at:010} 00000 n \n")).collect();
        self.put(format!("xref\n0 {size}\n0000000000 65535 f \n{entries}").as_bytes())?;
        self.put(format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n").as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_is_where_the_table_says() {
        let dir = tempfile::tempdir().unwrap();
        let pages = ["one", "two"].map(|name| dir.path().join(name));
        pages.iter().for_each(|page| fs::write(page, b"pixels\xff").unwrap());
        let mut file = Vec::new();
        write(&mut file, &pages).unwrap();
        let text = String::from_utf8_lossy(&file).into_owned();
        let (_, table) = text.rsplit_once("\nxref\n").unwrap();
        let places = table.lines().filter_map(|line| line.strip_suffix(" 00000 n "));
        let places: Vec<usize> = places.map(|place| place.parse().unwrap()).collect();
        assert_eq!(places.len(), 2 + 2 * 3);
        for (number, place) in (1..).zip(places) {
            assert!(file[place..].starts_with(format!("{number} 0 obj\n").as_bytes()), "{number}");
        }
        let start = text.lines().rev().nth(1).unwrap().parse::<usize>().unwrap();
        assert!(file[start..].starts_with(b"xref\n"));
        assert!(
            text.contains("/Kids [3 0 R 6 0 R] /Count 2") && text.contains("/MediaBox [0 0 595.20 841.92]")
        );
    }
}
