/**
 * The drawings of secret zones, pixel by pixel: the portal adds them to its map, and
 * `scripts/sprite.mjs` writes them as the sprite of the styles for other clients.
 */

const LIGHT = { ink: [91, 97, 107, 255], paper: [229, 231, 235, 255] };
const DARK = { ink: [150, 160, 170, 255], paper: [38, 46, 54, 255] };

/**
 * @typedef {{ width: number, height: number, data: Uint8ClampedArray }} Picture RGBA, not
 * premultiplied.
 */

/**
 * Diagonal hatching that repeats without a seam.
 * @param {number} ratio pixels per CSS pixel
 * @param {boolean} dark for a dark base
 * @returns {Picture} a square of 8 CSS pixels
 */
export function hatching(ratio, dark = false) {
  return draw(8 * ratio, (x, y) => mix(stripe(x, y, ratio), dark));
}

/**
 * A hatched disc, for address points.
 * @param {number} ratio pixels per CSS pixel
 * @param {boolean} dark for a dark base
 * @returns {Picture} a square of 12 CSS pixels
 */
export function hatchedDisc(ratio, dark = false) {
  const size = 12 * ratio;
  const radius = 5 * ratio;
  return draw(size, (x, y) => {
    const distance = Math.hypot(x + 0.5 - size / 2, y + 0.5 - size / 2);
    const inside = clamp(radius + 0.5 - distance);
    const rim = clamp(distance - (radius - ratio) + 0.5);
    const colour = mix(Math.max(rim, stripe(x, y, ratio)), dark);
    return [...colour.slice(0, 3), Math.round(255 * inside)];
  });
}

/**
 * @param {number} size
 * @param {(x: number, y: number) => number[]} pixel
 * @returns {Picture}
 */
function draw(size, pixel) {
  const data = new Uint8ClampedArray(size * size * 4);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) data.set(pixel(x, y), (y * size + x) * 4);
  }
  return { width: size, height: size, data };
}

/**
 * How much ink a diagonal stripe leaves on a pixel, 0 to 1. The period is 4 CSS pixels along x.
 * @param {number} x
 * @param {number} y
 * @param {number} ratio
 */
function stripe(x, y, ratio) {
  const period = 4 * ratio;
  const phase = (x + y + 1) % period;
  return clamp(1.1 * ratio - Math.abs(phase - period / 2));
}

/**
 * @param {number} part of ink, 0 to 1
 * @param {boolean} dark
 */
function mix(part, dark) {
  const { ink, paper } = dark ? DARK : LIGHT;
  return paper.map((value, index) => Math.round(value + ((ink[index] ?? 0) - value) * part));
}

/** @param {number} value */
function clamp(value) {
  return Math.min(1, Math.max(0, value));
}
