/** The scale of a graph: 1-2-5 steps that grow at once and shrink late, so that a graph does not jump. */

/** Bytes a second below which nothing is worth a finer scale. */
const smallestScale = 1000;

/**
 * The upper end for a peak, given the one shown so far. It grows as soon as the peak does not fit; it shrinks only
 * when the peak fits into less than two thirds of a smaller step.
 */
export function nextScale(shown: number | undefined, peak: number): number {
	const wanted = stepAbove(peak);
	if (shown === undefined || wanted >= shown) return wanted;
	const calm = stepAbove(peak * 1.5);
	return calm < shown ? calm : shown;
}

/** The smallest 1, 2 or 5 times a power of ten that is not below the value. */
export function stepAbove(value: number, smallest = smallestScale): number {
	if (!(value > smallest)) return smallest;
	const power = 10 ** Math.floor(Math.log10(value));
	for (const factor of [1, 2, 5, 10]) {
		if (factor * power >= value * (1 - 1e-9)) return factor * power;
	}
	return 10 * power;
}
