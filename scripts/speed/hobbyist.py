"""What one would write in an afternoon: OpenCV finds the sleeve, ONNX Runtime reads it. `scripts/bench` times it.

    hobbyist.py BUNDLE PICTURES

It speaks as contender.rs does for `whole`, and sees to it that it gets by with one thread.
"""

import sys
import tomllib
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort

from worker import served


class Hobbyist:
    """A JPEG comes in, a genre goes out."""

    def __init__(self, bundle: Path) -> None:
        """Reads the bundle."""
        cv2.setNumThreads(1)
        about = tomllib.loads((bundle / "bundle.toml").read_text())
        self.genres = [genre["id"] for genre in about["genres"]]
        self.size, self.mean, self.std = (about["input"][key] for key in ("size", "mean", "std"))
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        network = str(bundle / about["network"]["file"])
        self.session = ort.InferenceSession(network, options, providers=["CPUExecutionProvider"])

    def found(self, picture: np.ndarray) -> np.ndarray | None:
        """The largest outline of four corners, clockwise from the top left."""
        grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (5, 5), 0)
        edges = cv2.dilate(cv2.Canny(grey, 50, 150), np.ones((3, 3), np.uint8))
        outlines, _ = cv2.findContours(edges, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for outline in sorted(outlines, key=cv2.contourArea, reverse=True)[:5]:
            if cv2.contourArea(outline) < 0.035 * grey.size:
                break
            corners = cv2.approxPolyDP(outline, 0.02 * cv2.arcLength(outline, True), True)
            if len(corners) == 4 and cv2.isContourConvex(corners):
                corners = corners[:, 0].astype(np.float32)
                sums, differences = corners.sum(1), np.diff(corners, axis=1)[:, 0]
                order = [sums.argmin(), differences.argmin(), sums.argmax(), differences.argmax()]
                return corners[order]
        return None

    def flat(self, picture: np.ndarray, corners: np.ndarray | None) -> np.ndarray:
        """The cover, of the size that the network takes."""
        size = (self.size, self.size)
        if corners is None:
            rows, columns = picture.shape[:2]
            side = min(rows, columns)
            top, left = (rows - side) // 2, (columns - side) // 2
            return cv2.resize(
                picture[top : top + side, left : left + side], size, interpolation=cv2.INTER_AREA
            )
        square = np.float32([[0, 0], [self.size, 0], [self.size, self.size], [0, self.size]])
        turn = cv2.getPerspectiveTransform(corners, square)
        return cv2.warpPerspective(picture, turn, size, flags=cv2.INTER_LINEAR)

    def __call__(self, jpeg: bytes) -> dict[str, object]:
        """The genre, and where the sleeve is."""
        picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
        corners = self.found(picture)
        cover = cv2.cvtColor(self.flat(picture, corners), cv2.COLOR_BGR2RGB).astype(np.float32)
        cover = ((cover - np.float32(self.mean)) / np.float32(self.std)).transpose(2, 0, 1)[None]
        logits = self.session.run(["logits"], {"cover": cover})[0][0]
        return {
            "genre": self.genres[int(logits.argmax())],
            "corners": None if corners is None else corners.tolist(),
        }


def main(bundle: str, pictures: str) -> None:
    """Answers what is asked."""
    paths = sorted(path for path in Path(pictures).iterdir() if path.suffix == ".jpg")
    served(Hobbyist(Path(bundle)), paths, Path.read_bytes)


if __name__ == "__main__":
    main(*sys.argv[1:])
