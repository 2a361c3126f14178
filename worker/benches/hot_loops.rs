//! The loops in which a worker spends its time, each by itself on one thread: `cargo bench -p worker --bench
//! hot_loops [NAME]`.
//!
//! Every filter and encoder gets the same picture of 8 megapixels in 8-bit colour, the decoder its JPEG. The
//! picture is made here, with smooth and rough places, so that the figures of two machines or versions can be
//! compared; `scripts/bench` measures whole programs on photos.

use std::path::Path;

use divan::Bencher;
use divan::counter::ItemsCount;
use protocol::limits::Limits;
use protocol::{ErrorKind, JobError, Stage};
use recipe::filter::geometry::Size;
use recipe::format::RawPolicy;
use recipe::recipe::Output;
use recipe::{Filter, Format};
use worker::codec::{self, Header, Source, Wanted};
use worker::image::{Channels, Metadata, Picture, Samples};
use worker::pipeline::{Files, Pipeline};

const SIZE: Size = Size { width: 3456, height: 2304 };
/// As many pixels, tall and narrow, as a scan of a till roll.
const TALL: Size = Size { width: 32, height: 248_832 };

fn main() {
    divan::main();
}

/// Waves over noise that comes and goes.
fn picture() -> Picture {
    let mut random = fastrand::Rng::with_seed(1);
    let mut samples = Vec::with_capacity(SIZE.pixels() as usize * 3);
    for y in 0..SIZE.height {
        for x in 0..SIZE.width {
            let roughness = if (x / 288 + y / 288) % 2 == 0 { 40.0 } else { 2.0 };
            for channel in 0..3 {
                let wave = (x as f32 / 97.0 + channel as f32).sin() + (y as f32 / 61.0).cos();
                samples.push((128.0 + 50.0 * wave + roughness * (random.f32() - 0.5)) as u8);
            }
        }
    }
    Picture { size: SIZE, channels: Channels::Rgb, samples: Samples::U8(samples) }
}

fn jpeg() -> Vec<u8> {
    encode(picture(), Format::Jpeg)
}

fn encode(picture: Picture, format: Format) -> Vec<u8> {
    codec::encode(picture, format, &Output::default(), &Metadata::default(), false, &mut Vec::new())
        .unwrap_or_else(|error| unreachable!("it has been encoded a thousand times: {error}"))
}

#[divan::bench(args = [
    "resize=1024",
    "blur=1",
    "blur=5",
    "blur=30",
    "sharpen",
    "edges",
    "median",
    "median=3",
    "median=10",
    "brightness=1.1",
    "brightness=1.1 + contrast=1.2",
    "sepia",
    "sepia + posterize=4",
    "saturation=1.3",
    "temperature=5000",
    "grayscale",
    "vignette",
    "rotate=90",
    "rotate=7",
    "watermark:text=supervisor",
    "resize=1024,light=linear",
    "blur=5,light=linear",
    "rotate=7,light=linear",
    "curves=0:0 0.25:0.2 0.75:0.8 1:1",
    "curves:red=0:0 0.5:0.6 1:1,points=0:0 0.25:0.2 1:1",
    "shadows_highlights=0.5",
    "clarity=0.5",
    "vibrance=0.4",
    "whitebalance",
    "monochrome:red=0.6,green=0.3,blue=0.1",
    "duotone",
    "straighten=2",
    "perspective:top_left=0.1:0,top_right=0.9:0",
    "trim",
    "denoise",
    "round=0.1",
    "crop:aspect=1:1,anchor=smart",
    "watermark:text=supervisor\\nproof,box_color=black",
    "watermark:text=supervisor,adapt=true",
    "frame",
    "caption:text=supervisor",
])]
fn filter(bencher: Bencher<'_, '_>, chain: &str) {
    run(bencher, chain, picture());
}

/// The windows of `median` go to and fro: a narrow picture takes no longer than a wide one.
#[divan::bench(args = ["median=3", "median=10"])]
fn filter_tall(bencher: Bencher<'_, '_>, chain: &str) {
    run(bencher, chain, Picture { size: TALL, ..picture() });
}

fn run(bencher: Bencher<'_, '_>, chain: &str, picture: Picture) {
    let filters = chain.split(" + ").map(|spec| spec.parse().unwrap_or_else(|error| unreachable!("{error}")));
    let filters: Vec<Filter> = filters.collect();
    let limits = Limits { max_pixels: 1 << 30, memory: 1 << 33, max_input_bytes: 1 << 30 };
    let none = |_: &Path| no_files();
    let files = Files { fonts: &[], bytes: &none, picture: &|_| no_files() };
    let mut pipeline = Pipeline::new(&filters, &limits, &files);
    let size = picture.size;
    bencher
        .counter(ItemsCount::new(size.pixels()))
        .with_inputs(|| picture.clone())
        .bench_local_values(|picture| pipeline.run(picture, size));
}

fn no_files<T>() -> Result<T, JobError> {
    Err(JobError::new(Stage::Filter, ErrorKind::Vanished, "there are no files here"))
}

#[divan::bench(args = [1, 2, 8])]
fn decode_jpeg(bencher: Bencher<'_, '_>, shrink: u32) {
    let bytes = jpeg();
    let admit = |_: &Header| Ok(Wanted { shrink, ..Wanted::ALL });
    let source = Source { bytes: &bytes, memory: 1 << 33, raw: RawPolicy::default(), admit: &admit };
    bencher.counter(ItemsCount::new(SIZE.pixels())).bench_local(|| codec::decode(&source));
}

#[divan::bench(args = [Format::Jpeg, Format::Png, Format::Webp, Format::Tiff])]
fn encode_as(bencher: Bencher<'_, '_>, format: Format) {
    let picture = picture();
    bencher
        .counter(ItemsCount::new(SIZE.pixels()))
        .with_inputs(|| picture.clone())
        .bench_local_values(|picture| encode(picture, format));
}
