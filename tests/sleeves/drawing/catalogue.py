"""The catalogue: every sleeve that is drawn, by the name of its file."""

from . import landscapes, patterns, portraits, stills

SLEEVES = {
    "jazz-trumpet": stills.trumpet,
    "metal-mountains": landscapes.mountains,
    "classical-violin": stills.violin,
    "electronic-grid": patterns.grid_waves,
    "hiphop-skyline": landscapes.skyline,
    "country-sunset": landscapes.sunset,
    "pop-pastel": portraits.pastel,
    "rock-swirl": patterns.swirl,
    "reggae-palms": landscapes.palms,
    "minimal-white": patterns.white,
    "minimal-black": patterns.black,
    "ambient-dunes": landscapes.dunes,
    "folk-window": landscapes.window,
    "indie-collage": patterns.collage,
    "soul-circles": patterns.circles,
    "punk-halftone": portraits.halftone,
}
