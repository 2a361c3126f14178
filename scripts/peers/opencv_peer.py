"""OpenCV in a process pool, one thread each: opencv_peer.py WORKLOAD MARK IN OUT, for scripts/bench."""

import cv2
import numpy

from each import FACTOR, OFFSET, SEPIA, main, mark_place

cv2.setNumThreads(1)
LEVELS = numpy.clip(numpy.arange(256) * FACTOR + OFFSET + 0.5, 0, 255).astype(numpy.uint8)
# OpenCV keeps blue first.
SEPIA_BGR = numpy.array(SEPIA)[::-1, ::-1]


def save(image, target):
    cv2.imwrite(str(target), image, [cv2.IMWRITE_JPEG_QUALITY, 85])


def shrunk(image, scale):
    if scale >= 1:
        return image
    height, width = image.shape[:2]
    return cv2.resize(image, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)


def transcode(source, target, _mark):
    save(cv2.imread(str(source)), target)


def fit(source, target, _mark):
    image = cv2.imread(str(source))
    save(shrunk(image, 1024 / max(image.shape[:2])), target)


def blur(source, target, _mark):
    save(cv2.GaussianBlur(cv2.imread(str(source)), (0, 0), 5), target)


def edges(source, target, _mark):
    grey = cv2.imread(str(source), cv2.IMREAD_GRAYSCALE)
    slopes = [cv2.Sobel(grey, cv2.CV_32F, *order) for order in ((1, 0), (0, 1))]
    save(cv2.convertScaleAbs(cv2.magnitude(*slopes)), target)


def studio(source, target, mark):
    image = cv2.LUT(cv2.imread(str(source)), LEVELS)
    height, width = image.shape[:2]
    edge, left, top = mark_place(width, height)
    logo = cv2.resize(cv2.imread(str(mark), cv2.IMREAD_UNCHANGED), (edge, edge), interpolation=cv2.INTER_AREA)
    alpha = logo[..., 3:].astype(numpy.float32) / 510
    place = image[top : top + edge, left : left + edge]
    place[:] = place * (1 - alpha) + logo[..., :3] * alpha + 0.5
    save(image, target)


def agency(source, target, _mark):
    image = cv2.imread(str(source))
    image = cv2.transform(shrunk(image, 1200 / image.shape[1]), SEPIA_BGR)
    save(image & 0xF0, target)


if __name__ == "__main__":
    main(
        {"transcode": transcode, "fit": fit, "blur": blur, "edges": edges, "studio": studio, "agency": agency}
    )
