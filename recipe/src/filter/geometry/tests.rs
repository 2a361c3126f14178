use super::super::Filter;
use super::*;

fn size(spec: &str, width: u32, height: u32) -> (u32, u32) {
    let filter: Filter = spec.parse().unwrap();
    let size = filter.output_size(Size { width, height });
    (size.width, size.height)
}

#[test]
fn fit_keeps_proportions_and_never_enlarges() {
    assert_eq!(size("resize=1200", 6000, 4000), (1200, 800));
    assert_eq!(size("resize=1200", 1000, 4000), (1000, 4000));
    assert_eq!(size("resize:width=1024,height=1024", 4000, 6000), (683, 1024));
    assert_eq!(size("resize:width=2000,enlarge=true", 1000, 500), (2000, 1000));
    assert_eq!(size("resize=1", 30000, 1), (1, 1));
}

#[test]
fn edges() {
    assert_eq!(size("resize:long_edge=300", 200, 600), (100, 300));
    assert_eq!(size("resize:short_edge=300", 400, 600), (300, 450));
    assert_eq!(size("resize:short_edge=300", 200, 600), (200, 600));
}

#[test]
fn shares_and_pixels() {
    assert_eq!(size("resize=50%", 6001, 4000), (3001, 2000));
    assert_eq!(size("resize:percent=150,enlarge=true", 100, 60), (150, 90));
    assert_eq!(size("resize:megapixels=6", 6000, 4000), (3000, 2000));
    assert_eq!(size("resize:megapixels=24", 600, 400), (600, 400));
}

#[test]
fn what_turns_with_the_photo() {
    let both = |spec: &str| [size(spec, 6000, 4000), size(spec, 4000, 6000), size(spec, 4000, 4000)];
    let fitted = [(1200, 800), (800, 1200), (800, 800)];
    assert_eq!(both("resize=1200x800,orient=true"), fitted);
    assert_eq!(both("resize=800x1200,orient=true"), fitted);
    let filled = [(1200, 800), (800, 1200), (1200, 800)];
    assert_eq!(both("resize=1200x800,mode=fill,orient=true"), filled);
    assert_eq!(both("crop=16:9,orient=true"), [(6000, 3375), (3375, 6000), (4000, 2250)]);
    assert_eq!(both("crop:width=300,height=200,orient=true"), [(300, 200), (200, 300), (300, 200)]);
}

#[test]
fn cuts() {
    assert_eq!(size("crop=16:9", 1600, 1000), (1600, 900));
    assert_eq!(size("crop=1", 300, 700), (300, 300));
    assert_eq!(size("crop=1:100", 3, 2), (1, 2));
    assert_eq!(size("crop:width=200,height=100", 300, 50), (200, 50));
    assert_eq!(size("crop:width=200,height=100,x=250,y=900", 300, 50), (50, 1));
    let part = |spec: &str| {
        let Ok(Filter::Crop(crop)) = spec.parse() else { panic!("not a crop") };
        let part = crop.plan(Size { width: 100, height: 80 });
        (part.x, part.y)
    };
    assert_eq!(part("crop:width=50,height=40"), (25, 20));
    assert_eq!(part("crop:width=50,height=40,anchor=bottom-right"), (50, 40));
    assert_eq!(part("crop:width=50,height=40,x=3,anchor=bottom"), (3, 40));
    assert_eq!(part("crop:aspect=1:1,anchor=right"), (20, 0));
}

#[test]
fn canvases() {
    assert_eq!(size("pad=1:1", 300, 200), (300, 300));
    assert_eq!(size("pad:width=500,height=100", 300, 200), (500, 200));
    assert_eq!(size("border=7", 300, 200), (314, 214));
    assert_eq!(size("rotate=90", 300, 200), (200, 300));
    assert_eq!(size("rotate=-180", 300, 200), (300, 200));
    assert_eq!(size("rotate=45", 100, 100), (142, 142));
    assert_eq!(size("straighten", 300, 200), (300, 200));
    assert_eq!(size("straighten=45", 200, 200), (141, 141));
    let (width, height) = size("straighten=-2", 3000, 2000);
    assert!(width < 3000 && (f64::from(width) / f64::from(height) - 1.5).abs() < 0.01);
    assert_eq!(size("perspective:top_left=0.25:0,top_right=0.75:0", 400, 300), (400, 316));
    assert_eq!(size("frame:width=0.1,line=0.01,bottom=0.25", 300, 200), (344, 294));
    assert_eq!(size("frame:width=0.1,line=0.01,bottom=0.25", 200, 300), (244, 394));
    assert_eq!(size("frame:width=0,line=0", 300, 200), (300, 200));
    assert_eq!(size("frame:width=0,line=0.0001", 30, 20), (32, 22));
    assert_eq!(size("caption:text=a,height=0.1", 300, 200), (300, 220));
    assert_eq!(size("caption:text=a,height=0.1,edge=top", 200, 300), (200, 320));
}

#[test]
fn boxes() {
    assert_eq!(size("resize:width=300,height=300,mode=fill", 400, 600), (300, 300));
    assert_eq!(size("resize:width=1000,height=500,mode=fill", 400, 600), (400, 200));
    assert_eq!(size("resize:width=500,height=700,mode=pad", 400, 600), (500, 700));
    assert_eq!(size("resize:width=300,height=700,mode=stretch", 400, 600), (300, 600));
}

#[test]
fn fill_covers_the_box_whatever_the_rounding() {
    for width in 1..200 {
        for height in [1, 7, 99, 133] {
            let Filter::Resize(resize) = "resize:width=37,height=53,mode=fill,enlarge=true".parse().unwrap()
            else {
                panic!("not a resize")
            };
            let plan = resize.plan(Size { width, height });
            assert!(plan.scaled.width >= 37 && plan.scaled.height >= 53, "{width}×{height}: {plan:?}");
        }
    }
}
