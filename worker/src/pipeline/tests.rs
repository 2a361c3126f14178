//! Whole recipes on small pictures.

use image::metadata::Orientation;

use super::*;
use proptest::prelude::*;
use proptest::{collection, sample};

use crate::image::{Channels, Samples};

/// The table in every file.
const CUBE: &[u8] = b"LUT_1D_SIZE 3\n0 0.1 1\n0.2 0.5 0.4\n0.9 1 0\n";

pub(super) fn pipeline(specs: &[&str]) -> Pipeline {
    let filters: Vec<Filter> = specs.iter().map(|spec| spec.parse().unwrap()).collect();
    let limits = Limits { max_pixels: 10_000, memory: 1 << 30, max_input_bytes: 1 << 30 };
    let missing = || JobError::new(protocol::Stage::Read, ErrorKind::Vanished, "no such file");
    let files = Files { fonts: &[], bytes: &|_| Ok(CUBE.to_vec()), picture: &|_| Err(missing()) };
    Pipeline::new(&filters, &limits, &files)
}

fn grey() -> Picture {
    let size = Size { width: 40, height: 30 };
    Picture {
        size,
        channels: Channels::Grey,
        samples: Samples::U8((0..1200).map(|n| (n % 256) as u8).collect()),
    }
}

#[test]
fn neighbours_become_one_pass() {
    assert_eq!(pipeline(&["brightness=1.2", "contrast=1.1", "blur=2", "posterize=4"]).passes.len(), 3);
    assert_eq!(pipeline(&[]).run(grey(), grey().size).unwrap(), grey());
}

#[test]
fn limits_and_mistakes_are_answered() {
    let error = pipeline(&["resize:width=5000,enlarge=true"]).run(grey(), grey().size).unwrap_err();
    assert_eq!(error.kind, ErrorKind::TooLarge);
    let error = pipeline(&["watermark:image=mark.png"]).run(grey(), grey().size).unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadParameter);
    assert!(error.detail.contains("no such file"), "{}", error.detail);
}

/// Filters with parameters off their defaults, so that every pass and recolouring takes part.
const SPECS: &[&str] = &[
    "resize=9",
    "crop:width=7,height=5,x=1",
    "rotate=90",
    "rotate=180",
    "rotate=13",
    "flip",
    "pad:width=15,height=12,color=red",
    "border=1",
    "brightness=1.4",
    "contrast=1.7",
    "gamma=0.7",
    "exposure=-0.8",
    "levels:black=0.2,gamma=1.5",
    "autolevels=0.1",
    "saturation=1.8",
    "hue=77",
    "temperature=4000",
    "tint=-0.6",
    "grayscale",
    "sepia=0.7",
    "invert",
    "solarize",
    "threshold=0.4",
    "posterize=3",
    "blur=1.5",
    "sharpen:amount=2,threshold=3",
    "median",
    "edges",
    "emboss",
    "vignette=0.8",
    "pixelate=3",
    "watermark:text=x,scale=0.5",
    "watermark:text=x\\ny,of=width,scale=0.5,box_color=red,adapt=false",
    "watermark:text=x,scale=0.5,adapt=true",
    "frame:width=0.1,line_color=red",
    "caption:text=x,height=0.5,edge=top",
    "lut:file=a.cube,strength=0.8",
    "resize=50%,light=linear",
    "blur:radius=1,light=linear",
    "rotate:angle=9,light=linear",
    "crop:aspect=1:1,anchor=smart",
    "straighten=4",
    "perspective:top_left=0.2:0.1",
    "round=0.3",
    "curves=0:0.1 0.5:0.4 1:1",
    "curves:red=0:1 1:0,points=0:0 1:0.8",
    "shadows_highlights:shadows=0.6,highlights=0.4",
    "clarity=0.7",
    "vibrance=-0.8",
    "whitebalance=auto",
    "monochrome:red=2,green=0,blue=0",
    "duotone:shadows=red",
    "denoise=0.5",
];

fn any_picture() -> impl Strategy<Value = Picture> {
    let channels = sample::select(vec![Channels::Grey, Channels::GreyAlpha, Channels::Rgb, Channels::Rgba]);
    (1u32..20, 1u32..20, channels, any::<bool>(), any::<u64>()).prop_map(
        |(width, height, channels, wide, seed)| {
            let size = Size { width, height };
            let mut random = fastrand::Rng::with_seed(seed);
            let samples = (0..size.pixels() as usize * channels.count()).map(|_| random.u16(..));
            let samples = if wide {
                Samples::U16(samples.collect())
            } else {
                Samples::U8(samples.map(|value| (value >> 8) as u8).collect())
            };
            Picture { size, channels, samples }
        },
    )
}

proptest! {
    /// Fusing and moving changes nothing at all, which is more than the level that would be allowed.
    #[test]
    fn a_recipe_equals_its_filters_one_by_one(
        specs in collection::vec(sample::select(SPECS), 1..7),
        picture in any_picture(),
    ) {
        let fused = pipeline(&specs).run(picture.clone(), picture.size).unwrap();
        let single = specs.iter().fold(picture.clone(), |picture, spec| {
            let size = picture.size;
            pipeline(&[spec]).run(picture, size).unwrap()
        });
        prop_assert_eq!(&fused, &single);
        prop_assert_eq!(fused.size, pipeline(&specs).output_size(picture.size));
    }
}

#[test]
fn what_only_moves_pixels_goes_first() {
    assert_eq!(pipeline(&["sepia", "crop=1:1", "rotate=90", "invert", "flip"]).passes.len(), 4);
    assert_eq!(pipeline(&["sepia", "rotate=10", "invert"]).passes.len(), 3);
}

#[test]
fn a_decoder_hears_what_is_wanted() {
    let size = Size { width: 4000, height: 3000 };
    let luma = Wanted { luma_only: true, ..Wanted::ALL };
    for specs in [&["edges"][..], &["crop=1:1", "emboss"], &["grayscale", "sepia"], &["flip", "threshold"]] {
        assert_eq!(pipeline(specs).wanted(size), luma, "{specs:?}");
    }
    assert_eq!(pipeline(&["resize=900", "edges"]).wanted(size), Wanted { shrink: 2, ..Wanted::ALL });
    for specs in
        [&["sepia", "edges"][..], &[], &["blur"], &["sepia", "resize=100"], &["crop=1:1", "resize=100"]]
    {
        assert_eq!(pipeline(specs).wanted(size), Wanted::ALL, "{specs:?}");
    }
}

const SIZE: Size = Size { width: 40, height: 30 };

/// A dark picture with a bright spot of 4×4 pixels around (31, 8).
fn spotted() -> Picture {
    let bright = |x: u32, y: u32| (29..33).contains(&x) && (6..10).contains(&y);
    let samples = (0..SIZE.pixels() as u32).map(|n| if bright(n % 40, n / 40) { 255 } else { 0 }).collect();
    Picture { size: SIZE, channels: Channels::Grey, samples: Samples::U8(samples) }
}

/// The middle of what is bright.
fn spot(picture: &Picture) -> (f64, f64) {
    let Samples::U8(samples) = &picture.samples else { panic!("8 bits") };
    let width = picture.size.width as usize;
    let mut sums = (0.0, 0.0, 0.0);
    for (n, sample) in samples.iter().enumerate().filter(|(_, sample)| **sample > 60) {
        let weight = f64::from(*sample);
        sums.0 += weight * ((n % width) as f64 + 0.5);
        sums.1 += weight * ((n / width) as f64 + 0.5);
        sums.2 += weight;
    }
    (sums.0 / sums.2, sums.1 / sums.2)
}

#[test]
fn the_map_says_where_filters_put_a_spot() {
    for specs in [
        &["resize=20"][..],
        &["resize:width=20,height=20,mode=fill"],
        &["resize:width=60,height=80,mode=pad,enlarge=true", "invert"],
        &["resize:width=60,height=80,mode=pad", "invert"],
        &["resize:width=20,height=28,mode=stretch"],
        &["crop:width=20,height=20,x=17,y=1"],
        &["crop:aspect=1:1,anchor=right", "rotate=90"],
        &["rotate=90", "flip=horizontal", "rotate=-90", "resize=25"],
        &["rotate:angle=20,color=black", "flip=vertical"],
        &["pad:aspect=1:1,color=black", "border:width=5,color=black", "rotate=180"],
        &["blur=1", "border:width=3,color=black", "rotate=270"],
    ] {
        let mut source = spotted();
        // Where the ground is white, the spot is dark until the end.
        if specs.contains(&"invert") {
            source = pipeline(&["invert"]).run(source, SIZE).unwrap();
        }
        let mut pipeline = pipeline(specs);
        let moved = pipeline.moved(Moved::upright(SIZE, Orientation::NoTransforms));
        let picture = pipeline.run(source, SIZE).unwrap();
        assert_eq!(moved.to, picture.size, "{specs:?}");
        let (found, said) = (spot(&picture), moved.place(31.0, 8.0));
        let far = (found.0 - said.0).abs().max((found.1 - said.1).abs());
        assert!(far < 0.6, "{specs:?}: {found:?} {said:?}");
    }
}

#[test]
fn each_orientation_is_mapped_as_it_is_applied() {
    for value in 1..=8 {
        let orientation = Orientation::from_exif(value).unwrap();
        let picture = spotted().upright(orientation).unwrap();
        let moved = Moved::upright(SIZE, orientation);
        assert_eq!((moved.to, moved.place(31.0, 8.0)), (picture.size, spot(&picture)), "{value}");
        assert_eq!(moved.is_still(), value == 1);
    }
}
