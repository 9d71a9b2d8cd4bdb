// Colours that can be read.

const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

const toHex = (rgb) => "#" + rgb.map((channel) => Math.round(channel).toString(16).padStart(2, "0")).join("");

/** Relative luminance, as WCAG 2 has it. */
function luminance(rgb) {
  const linear = rgb.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

export function contrast(one, other) {
  const [darker, lighter] = [luminance(channels(one)), luminance(channels(other))].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

/** The colour nearest to this one that can be read on a background, all as `#rrggbb`. */
export function readable(colour, background, least = 4.5) {
  const towards = luminance(channels(background)) < 0.18 ? 255 : 0;
  const from = channels(colour);
  for (let share = 0; share < 1; share += 0.04) {
    const mixed = toHex(from.map((channel) => channel + share * (towards - channel)));
    if (contrast(mixed, background) >= least) return mixed;
  }
  return towards ? "#ffffff" : "#000000";
}
