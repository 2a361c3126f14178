//! A camera's colours: how strong each counts under the light of the photo, and how they become those of
//! sRGB.

use rawler::RawImage;
use rawler::imgop::chromatic_adaption::adapt_bradford;
use rawler::imgop::matrix::{multiply, normalize, pseudo_inverse, transform_1d};
use rawler::imgop::xyz::{Illuminant, SRGB_TO_XYZ_D65};
use rawler::rawimage::RawPhotometricInterpretation;

use super::highlights;

/// The light that a camera's matrix is made for, best first: sRGB means daylight.
const ILLUMINANTS: [Illuminant; 9] = [
    Illuminant::D65,
    Illuminant::Daylight,
    Illuminant::D55,
    Illuminant::D50,
    Illuminant::D75,
    Illuminant::Flash,
    Illuminant::C,
    Illuminant::B,
    Illuminant::A,
];

/// What white balance and colours are made with.
pub(super) struct Colors {
    /// By how much each of the camera's colours is multiplied; 1 for the least, so that what is blown out in
    /// one is in all.
    pub(super) balance: [f32; 4],
    /// How much light there is that is known of, 1 being where green ends: see `highlights`.
    pub(super) headroom: f32,
    /// From the camera's colours, balanced, to linear sRGB.
    to_srgb: [[f32; 4]; 3],
}

impl Colors {
    /// As the camera noted them. Without its white balance that of daylight is taken, without its matrix its
    /// colours as they are.
    pub(super) fn of(image: &RawImage, warnings: &mut Vec<String>) -> Colors {
        let matrix = daylight_matrix(image).map(|xyz_to_camera| multiply(&xyz_to_camera, &SRGB_TO_XYZ_D65));
        let from_srgb = matrix.filter(|matrix| matrix.as_flattened().iter().all(|v| v.is_finite()));
        if from_srgb.is_none() && !is_grey(image) {
            warnings.push("the camera's colours are not known; they are approximate".to_owned());
        }
        let from_srgb =
            from_srgb.unwrap_or([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]);
        let daylight = from_srgb.map(|row| 1.0 / row.iter().sum::<f32>());
        // White stays white, whatever the balance made of it.
        let to_srgb = pseudo_inverse(normalize(from_srgb));
        let balance = noted(image.wb_coeffs);
        if balance.is_none() && !is_grey(image) {
            warnings.push("the photo does not say its white balance; that of daylight was taken".to_owned());
        }
        let balance = balance.or(noted(daylight)).unwrap_or([1.0; 4]);
        let headroom = if has_three(image) { highlights::headroom(balance) } else { 1.0 };
        Colors { balance, headroom, to_srgb }
    }

    /// Linear sRGB of one pixel.
    pub(super) fn srgb(&self, pixel: [f32; 4]) -> [f32; 3] {
        let [a, b, c, d] = pixel;
        self.to_srgb.map(|[ka, kb, kc, kd]| ka * a + kb * b + kc * c + kd * d)
    }
}

/// Whether its colours are red, green and blue.
fn has_three(image: &RawImage) -> bool {
    match &image.photometric {
        RawPhotometricInterpretation::Cfa(config) if image.cpp == 1 => config.cfa.is_rgb(),
        RawPhotometricInterpretation::Cfa(_)
        | RawPhotometricInterpretation::BlackIsZero
        | RawPhotometricInterpretation::LinearRaw => image.cpp == 3,
    }
}

/// Whether the sensor sees no colours.
pub(super) fn is_grey(image: &RawImage) -> bool {
    match image.photometric {
        RawPhotometricInterpretation::Cfa(_) => false,
        RawPhotometricInterpretation::BlackIsZero | RawPhotometricInterpretation::LinearRaw => image.cpp == 1,
    }
}

/// A white balance with 1 for its least, if it is one. A fourth colour that it does not speak of is as green.
fn noted(balance: [f32; 4]) -> Option<[f32; 4]> {
    let [red, green, blue, fourth] = balance;
    let is_factor = |v: f32| v.is_finite() && v > 0.0;
    let balance = [red, green, blue, if is_factor(fourth) { fourth } else { green }];
    let least = balance.into_iter().fold(f32::INFINITY, f32::min);
    balance.into_iter().all(is_factor).then(|| balance.map(|v| v / least))
}

/// From XYZ under daylight to the camera's colours.
fn daylight_matrix(image: &RawImage) -> Option<[[f32; 3]; 4]> {
    let (illuminant, matrix) = ILLUMINANTS.into_iter().find_map(|illuminant| {
        let matrix = image.color_matrix.get(&illuminant)?;
        matrix.iter().all(|number| number.is_finite()).then(|| (illuminant, matrix.clone()))
    })?;
    let rows = matrix.chunks_exact(3).map(|row| [row[0], row[1], row[2]]);
    let mut camera = [[0.0; 3]; 4];
    camera.iter_mut().zip(rows).for_each(|(target, row)| *target = row);
    match (illuminant, transform_1d::<3, 3>(&matrix)) {
        (Illuminant::D65 | Illuminant::Daylight, _) | (_, None) => Some(camera),
        (other, Some(three)) => {
            camera[..3].copy_from_slice(&adapt_bradford(&other, &Illuminant::D65, &three));
            Some(camera)
        }
    }
}
