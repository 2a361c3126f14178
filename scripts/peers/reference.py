"""What each workload ought to give, computed in floating point, and how far an output is from it."""

import numpy
from PIL import Image

from each import FACTOR, OFFSET, SEPIA, mark_place

LUMA = (0.299, 0.587, 0.114)


def pixels(path):
    """A photo as height × width × 3 levels from 0 to 255."""
    return numpy.asarray(Image.open(path).convert("RGB"), dtype=numpy.float64)


def planes(image, change):
    return numpy.stack([change(image[..., channel]) for channel in range(image.shape[2])], axis=2)


def scaled(image, width, height):
    """Lanczos with three lobes, in floating point."""
    size, kernel = (width, height), Image.Resampling.LANCZOS
    return planes(
        image, lambda plane: numpy.asarray(Image.fromarray(plane.astype(numpy.float32)).resize(size, kernel))
    )


def shrunk(image, scale):
    height, width = image.shape[:2]
    if scale >= 1:
        return image
    return numpy.clip(scaled(image, max(1, round(width * scale)), max(1, round(height * scale))), 0, 255)


def transcode(image, _mark):
    return image


def fit(image, _mark):
    return shrunk(image, 1024 / max(image.shape[:2]))


def blur(image, _mark):
    """A Gaussian of standard deviation 5, cut off at 4 deviations, the picture continued by its border."""
    reach = 20
    kernel = numpy.exp(-0.5 * (numpy.arange(-reach, reach + 1) / 5) ** 2)
    kernel /= kernel.sum()

    def along(plane, axis):
        padded = numpy.pad(
            plane, [(reach, reach) if other == axis else (0, 0) for other in range(2)], mode="edge"
        )
        length = plane.shape[axis]
        return sum(
            weight * padded.take(range(step, step + length), axis=axis) for step, weight in enumerate(kernel)
        )

    return planes(image, lambda plane: along(along(plane, 0), 1))


def edges(image, _mark):
    luma = numpy.pad(numpy.round(image @ LUMA), 1, mode="edge")
    smooth_rows = luma[:-2] + 2 * luma[1:-1] + luma[2:]
    smooth_columns = luma[:, :-2] + 2 * luma[:, 1:-1] + luma[:, 2:]
    across = smooth_rows[:, 2:] - smooth_rows[:, :-2]
    down = smooth_columns[2:] - smooth_columns[:-2]
    return numpy.repeat(numpy.clip(numpy.hypot(across, down), 0, 255)[..., None], 3, axis=2)


def studio(image, mark):
    image = numpy.clip(image * FACTOR + OFFSET, 0, 255)
    edge, left, top = mark_place(image.shape[1], image.shape[0])
    logo = numpy.asarray(Image.open(mark), dtype=numpy.float64)
    alpha = logo[..., 3:] / 255
    logo = scaled(numpy.concatenate([logo[..., :3] * alpha, alpha], axis=2), edge, edge)
    place = image[top : top + edge, left : left + edge]
    place[:] = place * (1 - logo[..., 3:] / 2) + logo[..., :3] / 2
    return image


def agency(image, _mark):
    image = shrunk(image, 1200 / image.shape[1])
    image = numpy.clip(image @ numpy.array(SEPIA).T, 0, 255)
    return numpy.floor(numpy.round(image) / 16) * 16


# The outputs of a delivery, each with its longest edge and ending.
DELIVERY = {"print": (4096, ".jpg"), "web": (2048, ".jpg"), "thumb": (320, ".webp")}


def outputs(workload, photo):
    """The files that a workload makes of a photo, each with the name of what it ought to be."""
    if workload == "delivery":
        return [(f"{name}/{photo.stem}{ending}", name) for name, (_, ending) in DELIVERY.items()]
    return [(photo.name, workload)]


def fitted(edge):
    return lambda image, _mark: shrunk(image, edge / max(image.shape[:2]))


WORKLOADS = {name: fitted(edge) for name, (edge, _) in DELIVERY.items()} | {
    "transcode": transcode,
    "fit": fit,
    "blur": blur,
    "edges": edges,
    "studio": studio,
    "agency": agency,
}


def psnr(workload, source, output, mark):
    """Peak signal to noise ratio in decibels; `None` for an output of another size."""
    expected, actual = WORKLOADS[workload](pixels(source), mark), pixels(output)
    if expected.shape != actual.shape:
        return None
    # The borders are a matter of taste.
    error = numpy.square(expected - actual)[2:-2, 2:-2].mean()
    return float(10 * numpy.log10(255**2 / max(error, 1e-9)))
