/** Rates as people write them. */

const units: Readonly<Record<string, number>> = {
	'': 1,
	k: 1e3,
	m: 1e6,
	g: 1e9,
	ki: 1024,
	mi: 1024 ** 2,
	gi: 1024 ** 3,
};

/** Bytes a second of `2MB/s`, `512KiB`, `1000000`; undefined for what is no rate or less than one byte. */
export function parseRate(text: string): number | undefined {
	const match = /^(\d+(?:\.\d+)?)\s*([kmg]i?)?b?(?:\/s)?$/i.exec(text.trim());
	if (!match) return undefined;
	const rate = Math.round(Number(match[1]) * units[(match[2] ?? '').toLowerCase()]!);
	return Number.isSafeInteger(rate) && rate >= 1 ? rate : undefined;
}
