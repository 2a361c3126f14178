//! SVG drawings as stamps, by `resvg`: parsed when the recipe is made ready, rendered at the size that is
//! needed. `needs` says how much memory that takes.
//!
//! A drawing is paths. Text would need fonts that its maker had and this machine has not, and pictures in it
//! decoders that nobody here watches: both are refused rather than left out. No state.

mod needs;

use std::collections::HashMap;

use protocol::{ErrorKind, JobError};
use recipe::filter::geometry::Size;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{ImageHrefResolver, Options, Tree};
use roxmltree::{Document, Node, ParsingOptions};

use super::fail;
use super::stamp::Stamp;
use crate::panics::caught;

/// Logos are far smaller than this.
const MAX_BYTES: usize = 8 << 20;
/// Elements, attributes and texts of the file; what they stand for when repeated, `usvg` limits.
const MAX_NODES: u32 = 200_000;
/// Elements within one another: more would be too much for the stack.
const MAX_DEPTH: usize = 100;

/// A drawing.
#[derive(Debug)]
pub(super) struct Drawing(Tree);

/// Whether a file is SVG, by what it begins with: no format of photos begins as XML does.
pub(super) fn is_svg(bytes: &[u8]) -> bool {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start().starts_with(b"<")
}

impl Drawing {
    /// Reads an SVG file.
    pub(super) fn read(bytes: &[u8]) -> Result<Drawing, JobError> {
        if bytes.len() > MAX_BYTES {
            let detail = format!("it is an SVG of more than {} MiB", MAX_BYTES >> 20);
            return Err(unfit(&detail));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| unfit("it is no SVG in UTF-8"))?;
        let text = text.trim_start_matches('\u{FEFF}').trim_start();
        // Programs declare their namespaces as entities.
        let options = ParsingOptions { allow_dtd: true, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
        let document = Document::parse_with_options(text, options)
            .map_err(|error| unfit(&format!("it is no SVG: {error}")))?;
        check(&document)?;
        let nothing = ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        };
        let options = Options { image_href_resolver: nothing, ..Options::default() };
        let tree = caught(|| Tree::from_xmltree(&document, &options));
        match tree {
            Ok(Ok(tree)) if tree.root().has_children() => Ok(Drawing(tree)),
            Ok(Ok(_)) => Err(unfit("there is nothing to see in the SVG")),
            Ok(Err(error)) => Err(unfit(&format!("it is no SVG: {error}"))),
            Err(_) => Err(unfit("the SVG cannot be read")),
        }
    }

    /// Width and height in units of its own.
    pub(super) fn proportions(&self) -> (f64, f64) {
        (self.0.size().width().into(), self.0.size().height().into())
    }

    /// Rendered in this size.
    pub(super) fn stamp(&self, size: Size) -> Result<Stamp, JobError> {
        let rendered = caught(|| {
            let mut pixels = Pixmap::new(size.width, size.height)?;
            resvg::render(&self.0, self.scaled_to(size), &mut pixels.as_mut());
            Some(pixels)
        });
        let pixels = rendered.ok().flatten().ok_or_else(|| unfit("watermark: the SVG cannot be rendered"))?;
        let straight = pixels.pixels().iter().map(|pixel| {
            let color = pixel.demultiply();
            [color.red(), color.green(), color.blue(), color.alpha()]
        });
        Ok(Stamp { size, pixels: straight.collect() })
    }

    fn scaled_to(&self, size: Size) -> Transform {
        let own = self.0.size();
        Transform::from_scale(size.width as f32 / own.width(), size.height as f32 / own.height())
    }

    /// Bytes of memory that making a stamp of this size needs, with the stamp itself.
    pub(super) fn memory_needed(&self, size: Size) -> u64 {
        let drawn = needs::memory_needed(&self.0, self.scaled_to(size), size);
        size.pixels().saturating_mul(2 * size_of::<[u8; 4]>() as u64).saturating_add(drawn)
    }
}

fn unfit(detail: &str) -> JobError {
    fail(ErrorKind::BadParameter, detail)
}

/// Whether the document is one that can be drawn whole.
fn check(document: &Document<'_>) -> Result<(), JobError> {
    let root = document.root_element();
    if root.tag_name().name() != "svg" {
        return Err(unfit("it is XML, but no SVG"));
    }
    // With the depth of each, and without a stack of calls.
    let mut open = vec![(root, 1)];
    while let Some((node, depth)) = open.pop() {
        if depth > MAX_DEPTH {
            return Err(too_deep());
        }
        match node.tag_name().name() {
            "text" if has_words(node) => {
                return Err(unfit("there is text in the SVG; make it paths, and it needs no font"));
            }
            "image" => return Err(unfit("there is a picture in the SVG, which must be paths")),
            _ => open.extend(node.children().filter(Node::is_element).map(|child| (child, depth + 1))),
        }
    }
    check_uses(document)
}

/// Elements that use others are nested as deep as these are, and so on.
fn check_uses(document: &Document<'_>) -> Result<(), JobError> {
    let target = |node: Node<'_, '_>| {
        let is_use = node.tag_name().name() == "use";
        let href = node.attributes().find(|attribute| is_use && attribute.name() == "href")?;
        Some(href.value().strip_prefix('#')?.to_owned())
    };
    // For each element with a name, what is used in it and how deep there.
    let depth_below = |node: Node<'_, '_>, root: Node<'_, '_>| {
        node.ancestors().take_while(|above| *above != root).count() + 1
    };
    let named = document.descendants().filter_map(|node| Some((node.attribute("id")?, node)));
    let uses = |root: Node<'_, '_>| -> Vec<(usize, String)> {
        root.descendants().filter_map(|node| Some((depth_below(node, root), target(node)?))).collect()
    };
    let named: Vec<(&str, Vec<(usize, String)>)> =
        named.map(|(id, node)| (id, uses(node))).filter(|(_, uses)| !uses.is_empty()).collect();
    let mut depths: HashMap<&str, usize> = HashMap::new();
    // A row of uses is as long as the rounds until nothing grows any more; a circle of them never ends.
    for _ in 0..MAX_DEPTH {
        let mut grew = false;
        for (id, uses) in &named {
            let deepest = uses.iter().map(|(depth, used)| depth + depths.get(used.as_str()).unwrap_or(&1));
            let deepest = deepest.max().unwrap_or(0);
            grew |= depths.insert(id, deepest) != Some(deepest);
            if deepest > MAX_DEPTH {
                return Err(too_deep());
            }
        }
        if !grew {
            return Ok(());
        }
    }
    Err(too_deep())
}

fn too_deep() -> JobError {
    unfit(&format!("elements of the SVG are nested more than {MAX_DEPTH} deep"))
}

fn has_words(node: Node<'_, '_>) -> bool {
    node.descendants().filter_map(|node| node.text()).any(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawing(inside: &str) -> Drawing {
        let head =
            "<?xml version=\"1.0\"?>\n<!-- made by hand -->\n<svg xmlns=\"http://www.w3.org/2000/svg\"";
        let svg = format!("{head} viewBox=\"0 0 200 100\">{inside}</svg>");
        assert!(is_svg(svg.as_bytes()));
        Drawing::read(svg.as_bytes()).unwrap()
    }

    fn refused(svg: &str) -> String {
        Drawing::read(svg.as_bytes()).unwrap_err().detail
    }

    #[test]
    fn a_circle_is_a_circle_at_any_size() {
        let circle = drawing("<circle cx=\"100\" cy=\"50\" r=\"40\" fill=\"red\"/>");
        for (width, height) in [(20, 10), (200, 100), (1000, 500)] {
            let stamp = circle.stamp(Size { width, height }).unwrap();
            let scale = f64::from(width) / 200.0;
            let mut area = 0.0;
            for (index, [r, g, b, a]) in stamp.pixels.iter().enumerate() {
                let (x, y) = (index as u32 % width, index as u32 / width);
                let (dx, dy) = (f64::from(x) + 0.5 - 100.0 * scale, f64::from(y) + 0.5 - 50.0 * scale);
                let inside = 40.0 * scale - dx.hypot(dy);
                // Half a pixel's diagonal around the edge may be covered in part: nowhere is it blurred.
                if inside.abs() > 0.8 {
                    assert_eq!(*a, if inside > 0.0 { 255 } else { 0 }, "{width}: {x} {y}");
                }
                assert!(*a == 0 || (*r, *g, *b) == (255, 0, 0), "{width}: {x} {y}");
                area += f64::from(*a) / 255.0;
            }
            let expected = std::f64::consts::PI * (40.0 * scale).powi(2);
            assert!((area / expected - 1.0).abs() < 0.03, "{width}: {area}, {expected}");
        }
    }

    #[test]
    fn transparency_is_straight() {
        let half = drawing("<rect width=\"200\" height=\"100\" fill=\"#4080c0\" opacity=\"0.5\"/>");
        let stamp = half.stamp(Size { width: 8, height: 4 }).unwrap();
        let [r, g, b, a] = stamp.pixels[10].map(i32::from);
        let near = |value: i32, expected: i32| (value - expected).abs() <= 1;
        assert!(near(r, 0x40) && near(g, 0x80) && near(b, 0xC0) && near(a, 128), "{:?}", stamp.pixels[10]);
    }

    #[test]
    fn what_cannot_be_drawn_whole_is_refused() {
        let svg = |inside: &str| {
            format!("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>{inside}</svg>")
        };
        let path = "<path d='M0 0h9v9z'/>";
        assert!(refused(&svg("<g><text>Ana</text></g>")).contains("make it paths"));
        assert!(refused(&svg("<image href='/etc/hostname'/>")).contains("a picture in the SVG"));
        assert!(refused(&svg("")).contains("nothing to see"));
        assert!(refused("<html/>").contains("no SVG"));
        assert!(refused("<svg").contains("no SVG"));
        assert!(refused(&svg(&("<g>".repeat(200) + path + &"</g>".repeat(200)))).contains("nested"));
        let large = format!("{}{}", svg(path), " ".repeat(MAX_BYTES));
        assert!(refused(&large).contains("8 MiB"));
        Drawing::read(svg(&format!("<text> </text>{path}")).as_bytes()).unwrap();
        assert!(!is_svg(b"\xFF\xD8\xFF") && !is_svg(b""));
    }

    #[test]
    fn layers_are_counted() {
        let size = Size { width: 400, height: 200 };
        let needed = |inside: &str| drawing(inside).memory_needed(size) / size.pixels();
        let rect = "<rect width='200' height='100' fill='red'/>";
        // The pixels that it is drawn into, and the stamp.
        assert_eq!(needed(rect), 8);
        let wrapped = |with: &str| needed(&format!("{with}{rect}</g>"));
        assert_eq!(wrapped("<g opacity='0.5'>"), 12);
        let nine = format!("{}{rect}{}", "<g opacity='0.5'>".repeat(9), "</g>".repeat(9));
        assert!((8 + 9 * 4..8 + 9 * 5).contains(&needed(&nine)), "{}", needed(&nine));
        let mask = "<mask id='m'><rect width='99' height='99' fill='#fff'/></mask>";
        assert_eq!(wrapped(&format!("{mask}<g mask='url(#m)'>")), 18);
        let clip = "<clipPath id='c'><path d='M0 0h200v100H0z'/></clipPath>";
        assert_eq!(wrapped(&format!("{clip}<g clip-path='url(#c)'>")), 17);
        let filter = "<filter id='f'><feGaussianBlur stdDeviation='3'/></filter>";
        assert!(wrapped(&format!("{filter}<g filter='url(#f)'>")) > 30);
        let pattern =
            "<pattern id='p' width='900' height='900' patternUnits='userSpaceOnUse'><path d='M0 0h9v9'/>";
        assert!(needed(&format!("{pattern}</pattern><rect width='9' height='9' fill='url(#p)'/>")) > 100);
        // What sticks out far is cut off.
        let far = "<g opacity='0.5'><rect width='90000' height='90000'/></g>";
        assert!((100..=120).contains(&needed(far)), "{}", needed(far));
    }

    #[test]
    fn bombs_do_no_harm() {
        // Entities that hold entities, and elements that use elements.
        let entities: String =
            (1..9).map(|n| format!("<!ENTITY e{n} \"{}\">", format!("&e{};", n - 1).repeat(10))).collect();
        let svg = |inside: &str| {
            format!("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>{inside}</svg>")
        };
        refused(&format!("<!DOCTYPE svg [<!ENTITY e0 \"<g/>\">{entities}]>{}", svg("&e8;")));
        let path = "<path id='u0' d='M0 0h1v1z'/>";
        let uses: String = (1..9)
            .map(|n| format!("<g id='u{n}'>{}</g>", format!("<use href='#u{}'/>", n - 1).repeat(10)))
            .collect();
        refused(&svg(&format!("{path}{uses}")));
        // Elements that use each other in a long row are refused before the stack is too small for them.
        let drawn = [30, 200, 330, 500, 1000, 2000].map(|length| {
            let row = |n: usize| format!("<g id='u{n}' opacity='0.9'><use href='#u{}'/></g>", n - 1);
            let rows: String = (1..length).map(row).collect();
            let drawing = Drawing::read(svg(&format!("{path}{rows}")).as_bytes());
            drawing.is_ok_and(|drawing| drawing.stamp(Size { width: 9, height: 9 }).is_ok())
        });
        assert_eq!(drawn, [true, false, false, false, false, false]);
    }
}
